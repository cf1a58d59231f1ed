"""The long waits of a cloud with nova's own timeouts, replayed: a proxy that answers 101 and is silent for a minute or more,
as nova 34's was seen to be, with the logs of that time moved to now."""
import base64
import hashlib
import os
import re
import shutil
import socketserver
import threading
import time
from datetime import datetime, timedelta

from .cloud import NOVNC
from .places import HERE

CAPTURED = os.path.join(os.path.dirname(HERE), 'captured')
PORT = '26080'          # the proxy's in the captured files
# nova's stamp at the head of a line, and websockify's own further on
FORMS = ((re.compile(r'^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d', re.MULTILINE), '%Y-%m-%d %H:%M:%S'),
         (re.compile(r'\d\d/[A-Z][a-z]{2}/\d{4} \d\d:\d\d:\d\d'), '%d/%b/%Y %H:%M:%S'))
GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'


def files(name, folder, port):
    """nova.conf of both hosts and the proxy's log, in the folder; the token that the log is about."""
    os.makedirs(folder, exist_ok=True)
    for kept in ('nova.conf', 'nova-compute.conf', name + '.log'):
        with open(os.path.join(CAPTURED, kept)) as read:
            text = read.read().replace(PORT, str(port))
        path = os.path.join(folder, kept if kept.endswith('.conf') else 'nova-novncproxy.log')
        with open(path, 'w') as out:
            out.write(moved(text))
    for kept in ('nova.conf', 'nova-compute.conf'):         # older than any program: not edited since
        os.utime(os.path.join(folder, kept), (0, 0))
    return re.search(r'token=([0-9a-f-]{36})', text).group(1)


def moved(text):
    """The log as if its last line were of now."""
    stamps = FORMS[0][0].findall(text)
    if not stamps:
        return text
    later = datetime.now() - datetime.strptime(stamps[-1], FORMS[0][1]) - timedelta(seconds=2)
    for stamp, form in FORMS:
        text = stamp.sub(lambda at, form=form: (datetime.strptime(at.group(), form) + later).strftime(form), text)
    return text


class Proxy(socketserver.ThreadingTCPServer):
    """Pages as nova-novncproxy gives them; to an upgrade 101, and then nothing until the client goes."""

    allow_reuse_address = daemon_threads = True

    def __init__(self):
        super().__init__(('127.0.0.1', 0), Answer)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]


class Answer(socketserver.StreamRequestHandler):
    def handle(self):
        path = self.rfile.readline().decode('latin-1').split(' ')[1]
        key, binary = None, False
        while (line := self.rfile.readline().decode('latin-1').rstrip()):
            name, value = line.split(': ', 1)
            if name.lower() == 'sec-websocket-key':
                key = value
            binary |= name.lower() == 'sec-websocket-protocol' and 'binary' in value
        if key:
            accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
            self.say('101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade',
                     'Sec-WebSocket-Accept: ' + accept, *['Sec-WebSocket-Protocol: binary'] * binary)
            self.rfile.read()           # until the client goes
            return
        page = os.path.join(NOVNC, path.split('?')[0].lstrip('/'))
        if not os.path.realpath(page).startswith(os.path.realpath(NOVNC)) or not os.path.isfile(page):
            self.say('404 File not found', 'Content-Length: 0')
            return
        self.say('200 OK', 'Content-type: text/html', 'Content-Length: %d' % os.path.getsize(page))
        with open(page, 'rb') as read:
            shutil.copyfileobj(read, self.wfile)

    def say(self, *lines):
        date = time.strftime('%a, %d %b %Y %H:%M:%S GMT', time.gmtime())
        self.wfile.write('\r\n'.join(('HTTP/1.1 ' + lines[0], 'Server: WebSockify Python/3.11.7', 'Date: ' + date)
                                     + lines[1:] + ('', '')).encode())
