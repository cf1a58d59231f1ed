"""Opens the console's WebSocket as a browser does, up to RFB's ServerInit, and says how it ended."""
import base64
import os
import socket
import struct
import time
from urllib.parse import urlsplit


def open_console(url, origin='', patience=15):
    """'console' when the screen's size came, else how the connection ended."""
    parts = urlsplit(url)
    where = '%s:%d' % (parts.hostname, parts.port)
    began = time.monotonic()
    try:
        with socket.create_connection((parts.hostname, parts.port), 5) as peer:
            peer.settimeout(patience)
            peer.sendall(upgrade(parts.query, where, origin or 'http://' + where))
            ended = Session(peer).run()
    except ConnectionResetError:
        ended = 'reset'
    except socket.timeout:
        ended = 'silent'
    except OSError as error:
        ended = str(error)
    return {'ended': ended, 'seconds': round(time.monotonic() - began, 2)}


def upgrade(query, host, origin):
    return '\r\n'.join((
        'GET /websockify?%s HTTP/1.1' % query, 'Host: ' + host, 'Upgrade: websocket',
        'Connection: Upgrade', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Protocol: binary',
        'Sec-WebSocket-Key: ' + base64.b64encode(os.urandom(16)).decode(), 'Origin: ' + origin,
        '', '')).encode()


class Session:
    """What came so far: bytes of the wire, and the RFB stream inside the frames."""

    # what RFB sends at least at each stage, and the client's answer to it:
    # version, security types -> none, result -> ClientInit (shared); then ServerInit
    STAGES = ((12, None), (2, b'\1'), (4, b'\1'), (24, None))

    def __init__(self, peer):
        self.peer, self.wire, self.rfb = peer, b'', b''

    def run(self):
        while b'\r\n\r\n' not in self.wire:
            if not self.receive():
                return 'closed before an answer'
        head, self.wire = self.wire.split(b'\r\n\r\n', 1)
        status = head.split(b' ', 2)[1].decode('latin-1')
        if status != '101':
            return 'HTTP ' + status
        for size, answer in self.STAGES:
            while len(self.rfb) < size:
                if not self.receive():
                    return '1006' if not self.rfb else 'closed in RFB'
                self.unframe()
            if size == 24:
                break
            self.peer.sendall(frame(answer or self.rfb[:12]))
            self.rfb = b''
        self.peer.sendall(frame(struct.pack('>H', 1000), 8))
        return 'console'

    def receive(self):
        got = self.peer.recv(4096)
        self.wire += got
        return got

    def unframe(self):
        while len(self.wire) >= 2:
            size, at = self.wire[1] & 0x7f, 2
            if size == 126:
                if len(self.wire) < 4:
                    return
                size, at = struct.unpack('>H', self.wire[2:4])[0], 4
            if len(self.wire) < at + size:
                return
            if self.wire[0] & 15 == 2:
                self.rfb += self.wire[at:at + size]
            self.wire = self.wire[at + size:]


def frame(payload, opcode=2):
    mask = os.urandom(4)
    body = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
    return bytes([0x80 | opcode, 0x80 | len(payload)]) + mask + body
