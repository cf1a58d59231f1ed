"""Recordings: redacted evidence of a real cloud at a fault, one for each level of input."""
import json
import os
import socket
import sys

from . import doctor, places
from .places import LabError

WHOLE = 'logs'      # the level whose recording has the fault's bare name


def path(lab, name, level=WHOLE):
    kind = '' if level == WHOLE else '.' + level
    return os.path.join(places.recordings(lab), name + kind + '.json')


def judge(lab, name, level=WHOLE):
    """The report and exit code of a recording."""
    recording = path(lab, name, level)
    if not os.path.exists(recording):
        raise LabError('no recording; make it in tests/lab/%s' % lab)
    os.makedirs(places.reports(lab), exist_ok=True)
    return doctor.check(os.path.dirname(recording), os.path.join(places.reports(lab), '%s.%s' % (name, level)),
                        ['--bundle', os.path.basename(recording)])


def record(lab, run, name, level, arguments, secrets, cache, env=()):
    """Keeps what `collect` gathers; 1 if that cannot be kept, else 0."""
    try:
        _record(lab, run, name, level, arguments, secrets, cache, env)
    except LabError as error:
        print('%s, %s: %s' % (name, level, error), file=sys.stderr, flush=True)
        return 1
    return 0


def _record(lab, run, name, level, arguments, secrets, cache, env):
    """Refuses a recording that holds one of the secrets in clear."""
    kept, new = path(lab, name, level), os.path.join(run, 'reports', '%s.%s.recording' % (name, level))
    if os.path.exists(kept):
        os.remove(kept)         # an old one would be taken for the new one
    doctor.collect(run, new, arguments, env)
    with open(new) as read:
        text = read.read()
    for secret in secrets:
        if secret in text:
            raise LabError('the recording of %s holds a secret; it stays in %s' % (name, new))
    text = json.dumps(json.loads(scrubbed(text, run, cache)), indent=0, separators=(',', ':'))
    with open(new, 'w') as write:
        write.write(text + '\n')
    os.makedirs(os.path.dirname(kept), exist_ok=True)
    os.replace(new, kept)
    print('%s: %d bytes' % (os.path.relpath(kept, places.PROJECT), len(text)), flush=True)


def scrubbed(text, run, cache):
    """The recording without this machine's own names, longest folder first."""
    home = os.path.expanduser('~')
    for folder, word in ((run, 'LAB'), (places.PROJECT, 'PROJECT'), (cache, 'CACHE'),
                         (home + '/', 'HOME/'), ('"%s"' % home, '"HOME"'),
                         ('"%s"' % socket.gethostname(), '"lab"')):
        text = text.replace(folder, word)
    return text
