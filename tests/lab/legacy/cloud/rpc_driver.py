"""Runs inside nova's environment (Python 2.7): asks nova's own APIs over the lab's RabbitMQ.

usage: rpc_driver.py PORT --config-file FILE...
Listens on 127.0.0.1:PORT; one line [ACTION, ARG...] is answered by one line {"answer"|"error"}.
  ready SERVER...      wait until every TOPIC:HOST answers nova's own RPC ping
  instance             create an instance (and its cell mapping) on host cmp1
  token UUID N         N times nova.compute.api.API().get_vnc_console, as nova-api does
  check HOST TOKEN     check_token on one nova-consoleauth by name
"""
import json
import os
import re
import sys
import time
import uuid

import eventlet
eventlet.monkey_patch()

import oslo_messaging as messaging
from oslo_log import log as logging

import nova.conf
from nova import config
from nova import context as nova_context
from nova import objects
from nova import rpc
from nova.compute import vm_states


def client(topic, host, namespace=None, version='2.1', timeout=None):
    target = messaging.Target(topic=topic, namespace=namespace, version=version)
    kw = {'timeout': timeout} if timeout else {}
    return rpc.get_client(target).prepare(server=host, **kw)


def ping(ctxt, service):
    topic, host = service.split(':')
    until = time.time() + 90
    while True:
        try:
            client(topic, host, 'baseapi', '1.0', timeout=1).call(ctxt, 'ping', arg='lab')
            return None
        except messaging.MessagingTimeout as e:
            if time.time() > until:
                return str(e)


def ready(ctxt, *services):
    pool = eventlet.GreenPool()
    return dict(zip(services, pool.imap(lambda s: ping(ctxt, s), services)))


def instance(ctxt):
    cell = [c for c in objects.CellMappingList.get_all(ctxt) if c.name == 'cell1'][0]
    made = objects.Instance(ctxt, uuid=str(uuid.uuid4()), project_id='lab', user_id='lab',
                            host='cmp1', node='cmp1', vm_state=vm_states.ACTIVE,
                            display_name='labvm')
    made.create()
    objects.InstanceMapping(ctxt, instance_uuid=made.uuid, cell_mapping=cell,
                            project_id='lab').create()
    return made.uuid


def token(ctxt, instance_uuid, count):
    from nova.compute import api
    found = objects.Instance.get_by_uuid(ctxt, instance_uuid)
    compute, out = api.API(), []
    for _i in range(count):
        url = compute.get_vnc_console(ctxt, found, 'novnc')['url']
        out.append({'token': re.search('token=(.*)', url).group(1), 'url': url})
    return out


def check(ctxt, host, token):
    return client('consoleauth', host).call(ctxt, 'check_token', token=token)


ACTIONS = {'ready': ready, 'instance': instance, 'token': token, 'check': check}


def serve(peer):
    lines = peer.makefile('rwb')
    try:
        asked = json.loads(lines.readline())
        answer = {'answer': ACTIONS[asked[0]](nova_context.get_admin_context(), *asked[1:])}
    except Exception as e:
        answer = {'error': '%s: %s' % (type(e).__name__, e)}
    lines.write(json.dumps(answer).encode() + b'\n')
    lines.close()
    peer.close()


if __name__ == '__main__':
    config.parse_args(['rpc_driver'] + sys.argv[2:] + [
        '--log-file', os.path.abspath('out/driver.log')])
    logging.setup(nova.conf.CONF, 'nova')
    objects.register_all()
    listener = eventlet.listen(('127.0.0.1', int(sys.argv[1])))
    while True:
        connection, _address = listener.accept()
        eventlet.spawn_n(serve, connection)
