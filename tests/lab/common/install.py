"""What the labs' installations share: Debian's packages, quiet commands, an environment known by its pins."""
import os
import shutil
import subprocess
import sys

from .places import LabError


def check_packages(packages):
    """`packages`: name of each Debian package and a file of it."""
    missing = [package for package, path in packages.items() if not os.path.exists(path)]
    if missing:
        raise LabError('Debian packages missing: ' + ' '.join(missing))


def text(path):
    with open(path) as read:
        return read.read()


def whole(venv, pins):
    """Is the environment there, and built from these very pins?"""
    stamp = os.path.join(venv, 'pins')
    return os.path.exists(stamp) and text(stamp) == text(pins)


def finished(venv, pins):
    shutil.copy(pins, os.path.join(venv, 'pins'))


def run(*command, env=None, cwd=None):
    """A quiet command; its last words when it fails."""
    done = subprocess.run(command, env=env, cwd=cwd, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise LabError('%s failed with %d:\n%s' % (' '.join(command[:4]), done.returncode,
                                                   done.stdout[-3000:]))
    return done.stdout


def say(lab, words):
    print('%s: %s' % (lab, words), file=sys.stderr, flush=True)
