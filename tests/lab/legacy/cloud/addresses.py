"""Documentation addresses on the loopback interface, removed exactly as they were added."""
import json
import os
import subprocess

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
    if lacking and os.geteuid() != 0:
        raise LabError('adding addresses to the loopback interface needs root')
    present = subprocess.run(['ip', '-o', '-4', 'addr', 'show'], capture_output=True, text=True,
                             check=True).stdout
    for address in lacking:
        if ' %s/' % address in present:
            raise LabError('%s is already an address of this machine, and not one that this '
                           'run added' % address)
        done = subprocess.run(['ip', 'addr', 'add', address + '/32', 'dev', 'lo'],
                              capture_output=True, text=True, check=False)
        if done.returncode:
            raise LabError('cannot add %s to lo: %s' % (address, done.stderr.strip()))
        mine.append(address)
        _save(run, mine)


def remove(run):
    mine = added(run)
    while mine:
        subprocess.run(['ip', 'addr', 'del', mine[-1] + '/32', 'dev', 'lo'], check=False)
        mine.pop()
        _save(run, mine)
