"""Documentation addresses on the loopback interface, removed exactly as they were added."""
import json
import os
import shutil
import subprocess

from .interrupt import undisturbed
from .places import LabError


def _file(run):
    return os.path.join(run, 'addresses.json')


def added(run):
    try:
        with open(_file(run)) as saved:
            return json.load(saved)
    except FileNotFoundError:
        return []


def _save(run, addresses):
    with open(_file(run), 'w') as out:
        json.dump(addresses, out)


def add(run, addresses):
    mine = added(run)
    lacking = [address for address in addresses if address not in mine]
    present = subprocess.run(['ip', '-o', '-4', 'addr', 'show'], capture_output=True, text=True,
                             check=True).stdout
    for address in lacking:
        if ' %s/' % address in present:
            raise LabError('%s is already an address of this machine, and not one that this '
                           'run added' % address)
        with undisturbed():
            _change('add', address)
            mine.append(address)
            _save(run, mine)


def remove(run):
    mine = added(run)
    while mine:
        _change('del', mine[-1])
        mine.pop()
        _save(run, mine)


def _change(what, address):
    """As root, or through a sudo that asks nothing."""
    command = ['ip', 'addr', what, address + '/32', 'dev', 'lo']
    if os.geteuid() != 0:
        if not shutil.which('sudo'):
            raise LabError('changing addresses of the loopback interface needs root')
        command = ['sudo', '-n'] + command
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError('%s (needs root): %s' % (' '.join(command), done.stderr.strip()))
