"""Where the lab keeps things, and the Python it needs."""
import glob
import os
import shutil
import subprocess

from common import places

LAB = 'legacy'
HERE = os.path.dirname(os.path.abspath(__file__))
DEFAULT_RUN = places.default_run(LAB)
NO_PYTHON = 'no Python 2.7: name one in LAB_PYTHON, or install it with pyenv'


def cache():
    """What outlives a run: the virtual environment and the database template."""
    return places.cache('legacy-queens')


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
