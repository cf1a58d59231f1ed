"""Asks the resident driver, which speaks nova's own APIs over the lab's RabbitMQ."""
import json
import socket

from common.places import LabError


class Driver:
    def __init__(self, port):
        self.port = port

    def ask(self, action, *args, timeout=150):
        """One action of rpc_driver.py; its answer."""
        try:
            with socket.create_connection(('127.0.0.1', self.port), timeout) as peer:
                peer.sendall(json.dumps([action] + list(args)).encode() + b'\n')
                with peer.makefile('rb') as lines:
                    answer = json.loads(lines.readline())
        except (OSError, ValueError) as error:
            raise LabError('the lab\'s driver does not answer %s: %s' % (action, error)) from error
        if 'error' in answer:
            raise LabError('driver, %s: %s' % (action, answer['error']))
        return answer['answer']

    def ready(self, *services):
        """Waits until every TOPIC:HOST answers nova's own RPC ping."""
        got = self.ask('ready', *services)
        silent = {name: error for name, error in got.items() if error}
        if silent:
            raise LabError('not ready: %s' % silent)
