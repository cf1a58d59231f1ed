"""Where the lab keeps things: the project, the user's cache folder, the folder of a run."""
import glob
import os
import shutil
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.abspath(os.path.join(HERE, '..', '..', '..', '..'))
RECORDINGS = os.path.join(PROJECT, 'fixtures', 'legacy')
DEFAULT_RUN = os.path.join(PROJECT, 'target', 'lab', 'legacy')
NO_PYTHON = 'no Python 2.7: name one in LAB_PYTHON, or install it with pyenv'


class LabError(Exception):
    """The lab cannot go on; the text is for the person at the terminal."""


def cache():
    """What outlives a run: the virtual environment and the database template."""
    root = os.environ.get('VNCDOCTOR_CACHE') or os.path.join(
        os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache'), 'vncdoctor')
    return os.path.join(root, 'legacy-queens')


def venv_python():
    return os.path.join(cache(), 'venv', 'bin', 'python')


def find_python():
    """A Python 2.7 with ssl and sqlite3 (nova needs both), or None."""
    pyenv = os.environ.get('PYENV_ROOT') or os.path.expanduser('~/.pyenv')
    tries = [os.environ.get('LAB_PYTHON')]
    tries += sorted(glob.glob(os.path.join(pyenv, 'versions', '2.7.*', 'bin', 'python2.7')))
    tries += [shutil.which('python2.7')]
    probe = 'import ssl, sqlite3, sys; sys.exit(sys.version_info[:2] != (2, 7))'
    for path in filter(None, tries):
        try:
            if subprocess.call([path, '-c', probe], stderr=subprocess.DEVNULL) == 0:
                return path
        except OSError:
            continue
    return None
