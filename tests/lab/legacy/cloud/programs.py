"""The command lines and environments of everything that runs."""
import hashlib
import json
import os
from collections import namedtuple

from . import conf
from .layout import COMPUTE, CONTROLLERS
from .places import HERE, cache, venv_python

# `mark` fingerprints all that the program was started with: when it changes, the program is restarted
Program = namedtuple('Program', 'argv env mark')

MEMCACHEDS = ('memcached1', 'memcached2', 'memcached3')
CONSOLEAUTHS = tuple('consoleauth-' + host for host in CONTROLLERS)
# in the order of their start
ORDER = ('epmd', 'rabbit', 'vnc') + MEMCACHEDS + (
    'driver', 'conductor') + CONSOLEAUTHS + ('novncproxy', 'compute')
# what keeps a connection to RabbitMQ
ON_THE_BUS = ('driver', 'conductor') + CONSOLEAUTHS + ('novncproxy', 'compute')
# the nova service behind a program: its host and the name of its log
LOGS = dict({'conductor': ('ctl1', 'nova-conductor'), 'novncproxy': ('ctl1', 'nova-novncproxy'),
             'compute': (COMPUTE, 'nova-compute')},
            **{'consoleauth-' + host: (host, 'nova-consoleauth') for host in CONTROLLERS})


def log_of(run, name):
    host, log = LOGS[name]
    return os.path.join(run, host, 'log', log + '.log')


def wanted(run, fault, ports):
    """Every program the fault leaves running, by name, in the order of their start."""
    found = dict(_all(run, fault, ports))
    return {name: found[name] for name in ORDER if name not in fault.down}


def _all(run, fault, ports):
    layout = fault.layout
    basic = dict(os.environ, LC_ALL='C.UTF-8', PYTHONUNBUFFERED='1',
                 LAB_VNC_PORT_FILE=os.path.join(run, 'vnc_port'))
    erlang = _erlang(run, basic, layout, ports)
    yield 'epmd', _program(['/usr/bin/epmd', '-port', str(ports['epmd']), '-address', '127.0.0.1'],
                           erlang, '')
    yield 'rabbit', _program(['/usr/lib/rabbitmq/bin/rabbitmq-server'], erlang,
                             conf.transport_url(layout, ports))
    yield 'vnc', _program(['/usr/bin/qemu-system-x86_64', '-machine', 'none', '-nodefaults',
                           '-display', 'none', '-vnc',
                           '%s:%d' % (layout.hypervisor, ports['vnc'] - 5900)], basic)
    for name, address in zip(MEMCACHEDS, fault.listen or layout.nodes):
        yield name, _program(['/usr/bin/memcached', '-u', 'nobody', '-l', address, '-p',
                              str(ports['memcached']), '-U', '0', '-m', '16', '-vv'], basic)
    yield 'driver', _program([venv_python(), os.path.join(HERE, 'rpc_driver.py'),
                              str(ports['driver'])] + conf.arguments(run, 'ctl1'),
                             dict(basic, PYTHONDONTWRITEBYTECODE='1'),
                             conf.common('ctl1', fault, ports))
    for name, (host, binary) in LOGS.items():
        read = [conf.common(host, fault, ports)]
        if name in CONSOLEAUTHS:
            read.append(conf.token_store(host, fault, ports))
        argv = [os.path.join(cache(), 'venv', 'bin', binary)] + conf.arguments(run, host)
        yield name, _program(argv, basic, read)


def _program(argv, env, read=''):
    mark = hashlib.sha1(json.dumps([argv, read]).encode()).hexdigest()
    return Program(argv, env, mark)


def _erlang(run, basic, layout, ports):
    """RabbitMQ of its own: node name, folders, ports; nothing of the machine's is read or written."""
    home = os.path.join(run, 'rabbit')
    return dict(
        basic, HOME=home, ERL_EPMD_PORT=str(ports['epmd']), ERL_EPMD_ADDRESS='127.0.0.1',
        RABBITMQ_NODENAME='lab@localhost', RABBITMQ_NODE_IP_ADDRESS=layout.controllers[0],
        RABBITMQ_NODE_PORT=str(ports['rabbit']), RABBITMQ_DIST_PORT=str(ports['distribution']),
        RABBITMQ_MNESIA_BASE=home, RABBITMQ_LOG_BASE=home,
        RABBITMQ_PID_FILE=os.path.join(home, 'pid'),
        RABBITMQ_ENABLED_PLUGINS_FILE=os.path.join(home, 'plugins'),
        RABBITMQ_CONF_ENV_FILE=os.path.join(home, 'none'),
        RABBITMQ_CONFIG_FILE=os.path.join(home, 'rabbitmq'),
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}')
