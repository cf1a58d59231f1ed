"""Runs vncdoctor as an operator would, from the run's folder, and keeps what it said."""
import json
import os
import shlex
import subprocess

from .places import PROJECT, LabError

DEADLINE = 120      # seconds; far above what any row needs, so that a hang is a failed row


def binary():
    named = os.environ.get('VNCDOCTOR_BIN')
    built = [os.path.join(PROJECT, 'target', kind, 'vncdoctor') for kind in ('release', 'debug')]
    for path in [named] if named else built:
        if os.access(path, os.X_OK):
            return os.path.abspath(path)
    raise LabError('no vncdoctor: ' + (named or 'build it with cargo, or name one in VNCDOCTOR_BIN'))


def rows_of_causes():
    """Cause id -> the rows of the field study it carries, as `explain` lists them."""
    done = _run(PROJECT, ['explain', '--format', 'json'])
    try:
        return {cause['id']: cause['field'] for cause in json.loads(done.stdout)['causes']}
    except (ValueError, KeyError, TypeError) as error:
        raise LabError('`vncdoctor explain --format json` lists no causes (exit %d): %s'
                       % (done.returncode, error or done.stderr)) from error


def check(folder, keep, arguments, env=()):
    """The report and exit code of `check`; command, report and stderr stay in files named `keep`."""
    done = _run(folder, ['check', '--format', 'json'] + arguments, env)
    for kind, text in (('json', done.stdout), ('stderr', done.stderr),
                       ('command', shlex.join(done.args) + '\n')):
        with open('%s.%s' % (keep, kind), 'w') as out:
            out.write(text)
    try:
        return json.loads(done.stdout), done.returncode
    except ValueError as error:
        words = (done.stderr.strip() or done.stdout.strip() or 'no output').splitlines()
        raise LabError('exit %d, no JSON: %s' % (done.returncode, words[-1])) from error


def collect(folder, output, arguments, env=()):
    done = _run(folder, ['collect', '--output', output] + arguments, env)
    if done.returncode:
        raise LabError('collect, exit %d: %s' % (done.returncode, done.stderr.strip()))


def _run(folder, arguments, more=()):
    """`more`: what the environment has beside this machine's own."""
    # no proxy, and no cloud, of the machine's environment may come between
    env = {k: v for k, v in os.environ.items()
           if not k.lower().endswith('_proxy') and not k.startswith('OS_')}
    try:
        return subprocess.run([binary()] + arguments, cwd=folder, env=dict(env, **dict(more)),
                              text=True, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=DEADLINE, check=False)
    except subprocess.TimeoutExpired as error:
        raise LabError('vncdoctor %s did not end in %d s' % (arguments[0], DEADLINE)) from error
