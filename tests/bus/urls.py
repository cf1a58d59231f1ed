#!/usr/bin/env python3
"""Print what the real oslo.messaging and kombu make of transport URLs, as JSON: by hand, and put together at random.

    tests/bus/urls.py RELEASE        (with the Python of an environment of tests/install/bus)

Of each URL: driver, virtual host, members and query as TransportURL.parse gives them, or null where it raises; and of each
member what kombu connects to, or null where kombu raises.
"""
import collections
import collections.abc
import json
import logging
import random
import sys
import warnings
from urllib import parse

warnings.simplefilter('ignore')
logging.disable(logging.CRITICAL)
for name in ('Mapping', 'MutableMapping', 'Callable', 'Iterable', 'Iterator'):
    setattr(collections, name, getattr(collections.abc, name))     # the old release asks for them there

from kombu import Connection  # noqa: E402
from kombu.transport.pyamqp import Transport  # noqa: E402
from kombu.utils.url import parse_url  # noqa: E402
from oslo_config import cfg  # noqa: E402
from oslo_messaging import transport  # noqa: E402

HAND = [
    'rabbit://nova:pw@ctl1:5672', 'rabbit://nova:pw@ctl1:5672/', 'rabbit://nova:pw@ctl1:5672//', 'rabbit://nova:pw@ctl1/%2F',
    'rabbit://nova:pw@ctl1/%2f', 'rabbit://nova:pw@ctl1/nova', 'rabbit://nova:pw@ctl1//nova', 'rabbit://nova:pw@ctl1/%2Fnova',
    'rabbit://nova:pw@ctl1/a/b', 'rabbit://nova:pw@ctl1/a%2Fb', 'rabbit://nova:pw@ctl1/a/b/', 'rabbit://nova:pw@ctl1/a%3Fb',
    'rabbit://nova:pw@ctl1/a%23b', 'rabbit://nova:pw@ctl1/a%25b', 'rabbit://nova:pw@ctl1/a%2541', 'rabbit://nova:pw@ctl1/a%20b',
    'rabbit://nova:pw@ctl1:5672,nova:pw@ctl2:5672,nova:pw@ctl3:5672/', 'rabbit://nova:pw@ctl1:5672,ctl2:5672/',
    'rabbit://ctl1:5672,nova:pw@ctl2:5672/', 'rabbit://nova:one@ctl1,nova:two@ctl2/', 'rabbit://ctl1,ctl2:1/', 'rabbit://ctl1',
    'rabbit://', 'rabbit:///', 'rabbit:///nova', 'rabbit://,/', 'rabbit://nova:pw@ctl1,,nova:pw@ctl2/', 'rabbit:ctl1', 'rabbit:/nova',
    'rabbit', '', 'ctl1:5672', '//ctl1', 'nova:pw@ctl1:5672', '1rabbit://ctl1', 'rab_bit://ctl1', 'RABBIT://Nova:Pw@CTL1/NOVA',
    ' rabbit://nova:pw@ctl1/', 'rabbit://nova:pw@ctl1/ ', 'rabbit ://ctl1', 'rabbit://nova:p\tw@ctl1/', 'rabbit://nova:p w@ctl1/',
    'rabbit://nova@ctl1/', 'rabbit://nova:@ctl1/', 'rabbit://:pw@ctl1/', 'rabbit://@ctl1/', 'rabbit://:@ctl1/',
    'rabbit://nova:p:w@ctl1/', 'rabbit://nova:p@w@ctl1/', 'rabbit://no@va:pw@ctl1/', 'rabbit://nova:p%40w@ctl1/',
    'rabbit://nova:p%3Aw@ctl1/', 'rabbit://no%3Ava:pw@ctl1/', 'rabbit://nova:p%2Fw@ctl1/', 'rabbit://no%2Fva:pw@ctl1/',
    'rabbit://nova:p%252Fw@ctl1/', 'rabbit://nova:p%25w@ctl1/', 'rabbit://nova:p%zzw@ctl1/', 'rabbit://nova:p%2@ctl1/',
    'rabbit://nova:p%23w@ctl1/', 'rabbit://nova:p%3Fw@ctl1/', 'rabbit://nova:p%2Cw@ctl1/', 'rabbit://nova:p,w@ctl1/',
    'rabbit://nova:p+w@ctl1/', 'rabbit://nova:p%2Bw@ctl1/', 'rabbit://nova:p&$=-_.!*()w@ctl1/', 'rabbit://nova:p%C3%A9w@ctl1/',
    'rabbit://nova:p%FFw@ctl1/', 'rabbit://nova:p;w@ctl1/', 'rabbit://nova:p%5Bw%5D@ctl1/',
    'rabbit://nova:p/w@ctl1/', 'rabbit://nova:p?w@ctl1/', 'rabbit://nova:p#w@ctl1/', 'rabbit://nova:5/w@ctl1/', 'rabbit://nova:5#w@ctl1/',
    'rabbit://nova:pw@ctl1:/', 'rabbit://nova:pw@ctl1:0/', 'rabbit://nova:pw@ctl1:65535/', 'rabbit://nova:pw@ctl1:65536/',
    'rabbit://nova:pw@ctl1:-1/', 'rabbit://nova:pw@ctl1:+5672/', 'rabbit://nova:pw@ctl1:5_672/', 'rabbit://nova:pw@ctl1: 5672 /',
    'rabbit://nova:pw@ctl1:amqp/', 'rabbit://nova:pw@ctl1:5672:5673/', 'rabbit://nova:pw@:5672/', 'rabbit://:5672/',
    'rabbit://nova:pw@[::1]:5672/', 'rabbit://nova:pw@[::1]/', 'rabbit://nova:pw@[fd00::1]:5672,nova:pw@[fd00::2]:5672/',
    'rabbit://nova:pw@[::1/', 'rabbit://nova:pw@::1]/', 'rabbit://nova:pw@[::1]:/', 'rabbit://nova:pw@[::1]:x/',
    'rabbit://nova:pw@[FD00::A]:5672/', 'rabbit://[::1]', 'rabbit://nova:pw@10.0.0.1:5672/', 'rabbit://nova:pw@ctl1.example.:5672/',
    'rabbit://nova:pw@ctl1/?ssl=1', 'rabbit://nova:pw@ctl1/?ssl=1&ssl_ca_file=/etc/ca.pem', 'rabbit://nova:pw@ctl1?ssl=1',
    'rabbit://nova:pw@ctl1/nova?ssl=true&ssl=false', 'rabbit://nova:pw@ctl1/?ssl', 'rabbit://nova:pw@ctl1/?ssl=',
    'rabbit://nova:pw@ctl1/?a=b+c%20d&%65=f', 'rabbit://nova:pw@ctl1/?heartbeat=30&heartbeat_timeout_threshold=30',
    'rabbit://nova:pw@ctl1/?a=b=c', 'rabbit://nova:pw@ctl1/?=b', 'rabbit://nova:pw@ctl1/?&&a=b&', 'rabbit://nova:pw@ctl1/nova#frag',
    'rabbit://nova:pw@ctl1/?a=b#frag', 'rabbit://nova:pw@ctl1/?a=b?c=d',
    'kombu+amqp://nova:pw@ctl1/', 'kombu+memory:///', 'kombu+memory://', 'kombu+rabbit://nova:pw@ctl1/nova', 'amqp://nova:pw@ctl1/',
    'amqps://nova:pw@ctl1/', 'fake://', 'fake:/', 'kafka://nova:pw@ctl1:9092/', 'zmq+redis://',
]


def random_urls(count):
    choice = random.Random(9).choice
    names = ['ctl1', 'ctl2.example', '10.0.0.1', '[fd00::1]', '[::1]', '', 'CTL3', 'fd00::1', 'a_b']
    ports = ['', ':5672', ':5671', ':0', ':', ':x', ':70000']
    words = ['nova', 'pw', 'p%40w', 'p@w', 'p%2Fw', 'p:w', '', 'p%25', 'p/w', 'p#w', '%', 'p%3fw', 'pw%2C', '1', 'p%E2%82%ACw']
    paths = ['', '/', '//', '/nova', '/%2F', '/a%2Fb', '/a/b', '/a%3Fb', '/%25', '/nova/']
    queries = ['', '', '', '?ssl=1', '?a=b&a=c', '?x', '?a=%2F+', '?ssl=1#x', '#x']
    for _ in range(count):
        members = []
        for _ in range(choice([1, 1, 2, 3])):
            who = choice(['', choice(words) + '@', choice(words) + ':' + choice(words) + '@', 'nova:pw@', 'nova:pw@'])
            members.append(who + choice(names) + choice(ports))
        yield choice(['rabbit', 'rabbit', 'kombu+amqp']) + '://' + ','.join(members) + choice(paths) + choice(queries)


def broker(url, member):
    old = not hasattr(transport, 'netutils')
    host = member.hostname or ''
    if old:
        host = '[%s]' % host if ':' in host else host
    else:
        host = transport.netutils.escape_ipv6(host)
    text = 'amqp://%s:%s@%s:%s/%s' % (parse.quote(member.username or ''), parse.quote(member.password or ''), host,
                                      str(member.port or 5672), url.virtual_host or '')
    try:
        got = parse_url(text)
    except ValueError:
        return None
    default = Transport(Connection('amqp://')).default_connection_params
    default = dict(default, virtual_host='/')           # amqp/connection.py
    full = {key: got[key] or default[key] for key in ('userid', 'password', 'hostname', 'virtual_host', 'port')}
    return {'host': full['hostname'], 'port': full['port'], 'username': full['userid'], 'password': full['password'],
            'virtual_host': full['virtual_host']}


def row(conf, text):
    try:
        url = transport.TransportURL.parse(conf, text or ' ')
    except (ValueError, transport.InvalidTransportURL):
        return {'url': text, 'error': True}
    return {
        'url': text, 'driver': url.transport, 'virtual_host': url.virtual_host,
        'members': [{'host': m.hostname, 'port': m.port, 'username': m.username, 'password': m.password} for m in url.hosts],
        'query': [list(pair) for pair in url.query.items()],
        'brokers': [broker(url, m) for m in url.hosts],
    }


def main():
    conf = cfg.ConfigOpts()
    conf([])
    rows = [row(conf, text) for text in HAND + list(random_urls(250))]
    print('{"release": %d, "rows": [' % int(sys.argv[1]))
    print(',\n'.join(json.dumps(one) for one in rows))
    print(']}')


main()
