"""nova 34.0.0 with what it needs, playwright-core, noVNC of several years and empty databases: once, in the cache folder."""
import glob
import os
import shutil

from common.install import check_packages, finished, run, say, text, whole

from . import database
from .places import HERE, LAB, cache, node_modules, venv

PACKAGES = {'chromium': '/usr/bin/chromium', 'haproxy': '/usr/sbin/haproxy',
            'mariadb-server': '/usr/sbin/mariadbd', 'novnc': '/usr/share/novnc/vnc_lite.html',
            'openssl': '/usr/bin/openssl', 'qemu-system-x86': '/usr/bin/qemu-system-x86_64',
            'rabbitmq-server': '/usr/lib/rabbitmq/bin/rabbitmq-server',
            'nodejs': '/usr/bin/node', 'npm': '/usr/bin/npm'}
PINS = os.path.join(HERE, 'pins-nova34.txt')
NODE_PINS = os.path.join(HERE, 'package.json')
PYTHON = '/usr/bin/python3'     # Debian 12's, 3.11: what the pins were made for


def install():
    """Leaves alone what is there and whole; builds the rest."""
    check_packages(PACKAGES)
    os.makedirs(cache(), exist_ok=True)
    if not whole(venv(), PINS):
        _make_venv()
    for drivers in glob.glob(venv('lib', 'python3*', 'site-packages', 'nova', 'virt')):
        _put(os.path.join(HERE, 'lab_driver.py'), drivers)      # nova loads drivers from its own package only
    if not whole(node_modules(), NODE_PINS):
        _make_node_modules()
    if not os.path.isdir(database.template()):
        database.make_template()


def _put(path, folder):
    there = os.path.join(folder, os.path.basename(path))
    if not os.path.exists(there) or text(there) != text(path):
        shutil.copy(path, there)


def _make_venv():
    say(LAB, 'building the Python environment of nova 34.0.0 (two minutes)')
    shutil.rmtree(venv(), ignore_errors=True)
    shutil.rmtree(database.template(), ignore_errors=True)      # another nova's schema
    run(PYTHON, '-m', 'venv', venv())
    run(venv('bin', 'pip'), 'install', '-q', '--disable-pip-version-check', 'wheel', 'setuptools<81')
    run(venv('bin', 'pip'), 'install', '-q', '--disable-pip-version-check', '--no-deps',
        '--no-build-isolation', '-r', PINS)
    finished(venv(), PINS)


def _make_node_modules():
    say(LAB, 'fetching playwright-core and noVNC')
    home = os.path.dirname(node_modules())
    shutil.rmtree(home, ignore_errors=True)
    os.makedirs(home)
    shutil.copy(NODE_PINS, home)
    run('npm', 'install', '--silent', '--no-audit', '--no-fund', '--ignore-scripts', cwd=home)
    finished(node_modules(), NODE_PINS)
