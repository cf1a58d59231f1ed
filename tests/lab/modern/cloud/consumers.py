"""Runs inside the lab's environment: waits until every named queue has somebody who reads it.

usage: consumers.py amqp://USER:PASSWORD@HOST:PORT SECONDS QUEUE...
"""
import sys
import time
from urllib.parse import urlsplit

import amqp

bus, until = urlsplit(sys.argv[1]), time.monotonic() + float(sys.argv[2])
silent = list(sys.argv[3:])
connection = amqp.Connection('%s:%d' % (bus.hostname, bus.port), bus.username, bus.password)
connection.connect()
while silent:
    channel = connection.channel()
    try:
        if channel.queue_declare(silent[0], passive=True).consumer_count:
            silent.pop(0)
            channel.close()
            continue
        channel.close()
    except amqp.exceptions.NotFound:
        pass                    # which ends the channel
    if time.monotonic() > until:
        sys.exit('nobody reads ' + silent[0])
    time.sleep(0.2)
