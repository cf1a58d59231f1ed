"""Command lines and environments: how a program is started, and by what it is known to be still the same."""
import glob
import hashlib
import json
import os
from collections import namedtuple

# `mark` fingerprints all that the program was started with: when it changes, the program is restarted
Program = namedtuple('Program', 'argv env mark')


def program(argv, env, read=''):
    mark = hashlib.sha1(json.dumps([argv, read]).encode()).hexdigest()
    return Program(argv, env, mark)


def basic(**more):
    """The environment of every program."""
    return dict(os.environ, LC_ALL='C.UTF-8', PYTHONUNBUFFERED='1', **more)


def rabbit(run, address, ports, read):
    """RabbitMQ and its port mapper, of this run alone; nothing of the machine's is read or written.
    Wants rabbit/plugins and rabbit/rabbitmq.conf in the run's folder."""
    home = os.path.join(run, 'rabbit')
    erlang = dict(
        basic(), HOME=home, ERL_EPMD_PORT=str(ports['epmd']), ERL_EPMD_ADDRESS='127.0.0.1',
        RABBITMQ_NODENAME='lab@localhost', RABBITMQ_NODE_IP_ADDRESS=address,
        RABBITMQ_NODE_PORT=str(ports['rabbit']), RABBITMQ_DIST_PORT=str(ports['distribution']),
        RABBITMQ_MNESIA_BASE=home, RABBITMQ_LOG_BASE=home,
        RABBITMQ_PID_FILE=os.path.join(home, 'pid'),
        RABBITMQ_ENABLED_PLUGINS_FILE=os.path.join(home, 'plugins'),
        RABBITMQ_CONF_ENV_FILE=os.path.join(home, 'none'),
        RABBITMQ_CONFIG_FILE=os.path.join(home, 'rabbitmq'),
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}')
    for plugins in glob.glob('/usr/lib/rabbitmq/lib/*/plugins'):
        erlang['RABBITMQ_PLUGINS_DIR'] = plugins
    yield 'epmd', program(['/usr/bin/epmd', '-port', str(ports['epmd']), '-address', '127.0.0.1'],
                          erlang, '')
    yield 'rabbit', program(['/usr/lib/rabbitmq/bin/rabbitmq-server'], erlang, read)


def files_of_rabbit(run, user, password):
    """Settings of a fresh RabbitMQ with one user."""
    home = os.path.join(run, 'rabbit')
    os.makedirs(home, exist_ok=True)
    for name, text in (('plugins', '[].\n'),
                       ('rabbitmq.conf', 'default_user = %s\ndefault_pass = %s\n' % (user, password))):
        with open(os.path.join(home, name), 'w') as out:
            out.write(text)
