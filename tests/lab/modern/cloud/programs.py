"""The command lines and environments of everything that runs."""
import os
import sys

from common.programs import basic, program, rabbit

from . import conf, database, haproxy, site
from .places import HERE, venv

NOVA = tuple(conf.SERVICES)
# what keeps a connection to RabbitMQ, and what keeps one to the database
ON_THE_BUS = NOVA
LOGS = {name: os.path.join(host, 'log', service + '.log') for name, (host, service) in conf.SERVICES.items()}


def wanted(run, fault, ports):
    """Every program the fault leaves running, by name."""
    return {name: made for name, made in _all(run, fault, ports) if name not in fault.down}


def _all(run, fault, ports):
    yield from rabbit(run, site.CTL1, ports, '')
    yield 'database', database.mariadb(run, ports)
    yield 'network', _stand_in(run, 'network', site.CTL1, ports['network'])
    env = basic(PYTHONDONTWRITEBYTECODE='1', OS_KEYSTONE_CONFIG_DIR=os.path.join(run, 'keystone'))
    yield 'keystone', _serve(site.CTL1, ports['keystone'], 'keystone.wsgi.api:application', env)
    for name in NOVA:
        if name != 'novncproxy2' or fault.second_proxy:
            yield name, _nova(run, name, fault, ports)
    if fault.front:
        path, text = haproxy.configuration(run, fault.front, ports)
        yield 'haproxy', program(['/usr/sbin/haproxy', '-db', '-f', path], basic(), text)
    if fault.vnc is not None:
        yield 'vnc', _qemu(run, fault, ports)
    for kind, port in fault.stand_ins:
        address = site.CMP1 if port == 'vnc' else site.CTL1
        yield 'stand-in-' + port, _stand_in(run, kind, address, ports[port])


def _nova(run, name, fault, ports):
    env = basic(PYTHONDONTWRITEBYTECODE='1', LAB_VNC_PORT_FILE=os.path.join(run, 'vnc_port'),
                OS_NOVA_CONFIG_DIR=conf.folder(run, name),
                OS_NOVA_CONFIG_FILES='api-paste.ini;nova.conf;lab.conf')
    read = [conf.sections(name, fault, ports)]
    if name == 'api':
        return _serve(site.CTL1, ports['api'], 'nova.wsgi.osapi_compute:application', env, read)
    _host, service = conf.SERVICES[name]
    argv = [venv('bin', service)] + conf.arguments(run, name)
    if name in fault.clock:
        env.update(PYTHONPATH=os.path.join(HERE, 'clock'), LAB_CLOCK_OFFSET=str(fault.clock[name]))
    return program(argv, env, [read, fault.clock.get(name, 0)])


def _serve(address, port, application, env, read=''):
    return program([venv('bin', 'python'), os.path.join(HERE, 'serve.py'), address, str(port), application],
                   env, read)


def _stand_in(run, kind, address, port):
    # an empty folder: somebody else's web server has no page of noVNC
    return program(['/usr/bin/env', '-C', os.path.join(run, 'empty'), sys.executable,
                    os.path.join(HERE, 'stand_in.py'), kind, address, str(port)], basic())


def _qemu(run, fault, ports):
    listen = fault.vnc_listen or site.CMP1
    objects = []
    if 'vncpw' in fault.vnc:
        objects = ['-object', 'secret,id=vncpw,data=' + site.VNC_PASSWORD]
    if 'vnctls' in fault.vnc:
        objects = ['-object', 'tls-creds-x509,id=vnctls,endpoint=server,verify-peer=on,dir='
                   + os.path.join(run, 'pki', 'qemu')]
    display = '%s:%d%s' % (listen, ports['vnc'] - 5900, fault.vnc and ',' + fault.vnc)
    return program(['/usr/bin/qemu-system-x86_64', '-name', site.SERVER, '-machine', 'pc', '-accel', 'tcg', '-m',
                    '16', '-nodefaults', '-vga', 'std', '-display', 'none'] + objects + ['-vnc', display], basic())
