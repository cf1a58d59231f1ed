"""Free ports, chosen once per run and kept in its folder."""
import json
import os
import random
import socket

from .places import LabError

RANGE = range(20000, 32000)     # below the kernel's ephemeral ports, above QEMU's 5900


def free(port):
    """True when nothing listens on the port at any address of this machine."""
    with socket.socket() as probe:
        try:
            probe.bind(('', port))
        except OSError:
            return False
    return True


def choose(run, names):
    found = [port for port in random.sample(RANGE, 200) if free(port)][:len(names)]
    if len(found) < len(names):
        raise LabError('no free ports between %d and %d' % (RANGE[0], RANGE[-1]))
    ports = dict(zip(names, found))
    with open(os.path.join(run, 'ports.json'), 'w') as out:
        json.dump(ports, out, indent=1)
    return ports


def load(run):
    try:
        with open(os.path.join(run, 'ports.json')) as saved:
            return json.load(saved)
    except FileNotFoundError:
        raise LabError('no cloud was booted in ' + run) from None
