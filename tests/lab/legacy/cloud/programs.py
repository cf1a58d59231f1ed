"""The command lines and environments of everything that runs."""
import os

from common.programs import basic, program, rabbit

from . import conf
from .layout import COMPUTE, CONTROLLERS
from .places import HERE, cache, venv_python

MEMCACHEDS = ('memcached1', 'memcached2', 'memcached3')
CONSOLEAUTHS = tuple('consoleauth-' + host for host in CONTROLLERS)
# in the order of their start
ORDER = ('epmd', 'rabbit', 'vnc') + MEMCACHEDS + (
    'driver', 'conductor') + CONSOLEAUTHS + ('novncproxy', 'compute')
# what keeps a connection to RabbitMQ
ON_THE_BUS = ('driver', 'conductor') + CONSOLEAUTHS + ('novncproxy', 'compute')
# the nova service behind a program: its host and its executable
SERVICES = dict({'conductor': ('ctl1', 'nova-conductor'), 'novncproxy': ('ctl1', 'nova-novncproxy'),
                 'compute': (COMPUTE, 'nova-compute')},
                **{'consoleauth-' + host: (host, 'nova-consoleauth') for host in CONTROLLERS})
LOGS = {name: os.path.join(host, 'log', service + '.log')
        for name, (host, service) in SERVICES.items()}


def wanted(run, fault, ports):
    """Every program the fault leaves running, by name, in the order of their start."""
    found = dict(_all(run, fault, ports))
    return {name: found[name] for name in ORDER if name not in fault.down}


def _all(run, fault, ports):
    layout = fault.layout
    env = basic(LAB_VNC_PORT_FILE=os.path.join(run, 'vnc_port'))
    yield from rabbit(run, layout.controllers[0], ports, conf.transport_url(layout, ports))
    yield 'vnc', program(['/usr/bin/qemu-system-x86_64', '-machine', 'none', '-nodefaults',
                          '-display', 'none', '-vnc',
                          '%s:%d' % (layout.hypervisor, ports['vnc'] - 5900)], env)
    for name, address in zip(MEMCACHEDS, fault.listen or layout.nodes):
        yield name, program(['/usr/bin/memcached', '-u', 'nobody', '-l', address, '-p',
                             str(ports['memcached']), '-U', '0', '-m', '16', '-vv'], env)
    yield 'driver', program([venv_python(), os.path.join(HERE, 'rpc_driver.py'),
                             str(ports['driver'])] + conf.arguments(run, 'ctl1'),
                            dict(env, PYTHONDONTWRITEBYTECODE='1'),
                            conf.common('ctl1', fault, ports))
    for name, (host, service) in SERVICES.items():
        read = [conf.common(host, fault, ports)]
        if name in CONSOLEAUTHS:
            read.append(conf.token_store(host, fault, ports))
        argv = [os.path.join(cache(), 'venv', 'bin', service)] + conf.arguments(run, host)
        yield name, program(argv, env, read)
