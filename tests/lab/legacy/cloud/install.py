"""nova 17.0.13 on Python 2.7 and an empty database, built once in the user's cache folder."""
import os
import shutil
import subprocess
import tempfile

from common.install import check_packages, finished, run, say, whole
from common.places import LabError

from . import conf, database
from .faults import FAULTS
from .places import HERE, LAB, NO_PYTHON, cache, find_python, venv_python

PACKAGES = {'rabbitmq-server': '/usr/lib/rabbitmq/bin/rabbitmq-server',
            'memcached': '/usr/bin/memcached',
            'qemu-system-x86': '/usr/bin/qemu-system-x86_64'}
PINS = os.path.join(HERE, 'pins-queens.txt')
# the last virtualenv that makes Python 2.7 environments with that Python's own pip
VIRTUALENV = 'virtualenv==16.7.12'


def install():
    """Leaves alone what is there and whole; builds the rest."""
    check_packages(PACKAGES)
    os.makedirs(cache(), exist_ok=True)
    if not whole(_venv(), PINS):
        _make_venv()
    site = subprocess.check_output(
        [venv_python(), '-c', 'import nova.virt; print(nova.virt.__path__[0])'], text=True).strip()
    shutil.copy(os.path.join(HERE, 'lab_virt.py'), site)
    if not os.path.isdir(database.template()):
        _make_template()


def _venv():
    return os.path.join(cache(), 'venv')


def _make_venv():
    python = find_python()
    if python is None:
        raise LabError(NO_PYTHON)
    say(LAB, 'building the Python 2.7 environment of nova 17.0.13 (two minutes)')
    venv, tools = _venv(), os.path.join(cache(), 'tools')
    shutil.rmtree(venv, ignore_errors=True)
    run(python, '-m', 'pip', 'install', '-q', '--upgrade', '--target', tools, VIRTUALENV)
    run(python, '-m', 'virtualenv', '-q', venv, env=dict(os.environ, PYTHONPATH=tools))
    run(venv_python(), '-m', 'pip', 'install', '-q', '--no-deps', '-r', PINS)
    finished(venv, PINS)


# nova's SQLite migrations need the ALTER TABLE RENAME of older SQLite releases
MANAGE = """import sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
event.listen(Engine, 'connect', lambda c, r: c.execute('PRAGMA legacy_alter_table=ON'))
from nova.cmd import manage
sys.exit(manage.main())"""


def _make_template():
    say(LAB, 'building the database template (one minute)')
    with tempfile.TemporaryDirectory(dir=cache()) as site:
        os.makedirs(os.path.join(site, 'db'))
        ports = dict.fromkeys(('memcached', 'rabbit', 'proxy'), 1)     # replaced in every run
        conf.write(site, FAULTS['healthy'], ports, 0)
        nova = 'sqlite:///%s/db/nova.sqlite' % site
        for args in (['api_db', 'sync'], ['db', 'sync'],
                     ['cell_v2', 'map_cell0', '--database_connection', nova + '0'],
                     ['cell_v2', 'create_cell', '--name', 'cell1', '--database_connection', nova,
                      '--transport-url', 'rabbit://replaced']):
            run(venv_python(), '-c', MANAGE, *conf.arguments(site, 'ctl1'), *args)
        os.rename(os.path.join(site, 'db'), database.template())
