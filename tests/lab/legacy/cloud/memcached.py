"""One question to one memcached."""
import socket


def holds(address, port, key):
    with socket.create_connection((address, port), 3) as peer:
        peer.sendall(b'get %s\r\nquit\r\n' % key.encode())
        with peer.makefile('rb') as answer:
            return answer.read().startswith(b'VALUE')
