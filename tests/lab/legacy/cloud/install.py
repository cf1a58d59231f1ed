"""nova 17.0.13 on Python 2.7 and an empty database, built once in the user's cache folder."""
import os
import shutil
import subprocess
import sys
import tempfile

from . import conf, database
from .faults import FAULTS
from .places import HERE, NO_PYTHON, LabError, cache, find_python, venv_python

PACKAGES = {'rabbitmq-server': '/usr/lib/rabbitmq/bin/rabbitmq-server',
            'memcached': '/usr/bin/memcached',
            'qemu-system-x86': '/usr/bin/qemu-system-x86_64'}
PINS = os.path.join(HERE, 'pins-queens.txt')
# the last virtualenv that makes Python 2.7 environments with that Python's own pip
VIRTUALENV = 'virtualenv==16.7.12'


def check_packages():
    missing = [package for package, path in PACKAGES.items() if not os.path.exists(path)]
    if missing:
        raise LabError('Debian packages missing: ' + ' '.join(missing))


def install():
    """Leaves alone what is there and whole; builds the rest."""
    check_packages()
    os.makedirs(cache(), exist_ok=True)
    if _pins_installed() != _text(PINS):
        _make_venv()
    site = subprocess.check_output(
        [venv_python(), '-c', 'import nova.virt; print(nova.virt.__path__[0])'], text=True).strip()
    shutil.copy(os.path.join(HERE, 'lab_virt.py'), site)
    if not os.path.isdir(database.template()):
        _make_template()


def _text(path):
    with open(path) as read:
        return read.read()


def _stamp():
    return os.path.join(cache(), 'venv', 'pins')


def _pins_installed():
    return _text(_stamp()) if os.path.exists(_stamp()) else None


def _make_venv():
    python = find_python()
    if python is None:
        raise LabError(NO_PYTHON)
    _say('building the Python 2.7 environment of nova 17.0.13 (two minutes)')
    venv, tools = os.path.join(cache(), 'venv'), os.path.join(cache(), 'tools')
    shutil.rmtree(venv, ignore_errors=True)
    _run(python, '-m', 'pip', 'install', '-q', '--upgrade', '--target', tools, VIRTUALENV)
    _run(python, '-m', 'virtualenv', '-q', venv, env=dict(os.environ, PYTHONPATH=tools))
    _run(venv_python(), '-m', 'pip', 'install', '-q', '--no-deps', '-r', PINS)
    shutil.copy(PINS, _stamp())


# nova's SQLite migrations need the ALTER TABLE RENAME of older SQLite releases
MANAGE = """import sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
event.listen(Engine, 'connect', lambda c, r: c.execute('PRAGMA legacy_alter_table=ON'))
from nova.cmd import manage
sys.exit(manage.main())"""


def _make_template():
    _say('building the database template (one minute)')
    with tempfile.TemporaryDirectory(dir=cache()) as run:
        os.makedirs(os.path.join(run, 'db'))
        ports = dict.fromkeys(('memcached', 'rabbit', 'proxy'), 1)     # replaced in every run
        conf.write(run, FAULTS['healthy'], ports, 0)
        nova = 'sqlite:///%s/db/nova.sqlite' % run
        for args in (['api_db', 'sync'], ['db', 'sync'],
                     ['cell_v2', 'map_cell0', '--database_connection', nova + '0'],
                     ['cell_v2', 'create_cell', '--name', 'cell1', '--database_connection', nova,
                      '--transport-url', 'rabbit://replaced']):
            _run(venv_python(), '-c', MANAGE, *conf.arguments(run, 'ctl1'), *args)
        os.rename(os.path.join(run, 'db'), database.template())


def _run(*command, env=None):
    """A quiet command; its last words when it fails."""
    done = subprocess.run(command, env=env, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise LabError('%s failed with %d:\n%s' % (' '.join(command[:4]), done.returncode,
                                                   done.stdout[-3000:]))


def _say(text):
    print('legacy: ' + text, file=sys.stderr, flush=True)
