"""Stand-ins for what is not nova: usage: stand_in.py KIND ADDRESS PORT

  network     Neutron with no port and no security group: `GET /servers/ID` asks for them; nova-compute, which wants to
              report its resources to Placement here, logs an error at its start
  http        a web server of somebody else
  mute        accepts, and never says a word
  blackhole   a full queue of connections, so that the kernel drops every further SYN: no firewall is touched
"""
import http.server
import json
import socket
import sys
import time

kind, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])


class Network(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        kinds = self.path.split('?')[0].rstrip('/').rsplit('/', 1)[-1]
        versions = [{'id': 'v1.0', 'min_version': '1.0', 'max_version': '1.39', 'status': 'CURRENT',
                     'links': [{'rel': 'self', 'href': ''}]}]
        said = {'versions': versions} if kinds == 'placement' else {kinds.replace('-', '_'): []}
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def listening(backlog):
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((address, port))
    server.listen(backlog)
    return server


if kind in ('network', 'http'):
    handler = Network if kind == 'network' else http.server.SimpleHTTPRequestHandler
    http.server.ThreadingHTTPServer((address, port), handler).serve_forever()
server, kept = listening(0 if kind == 'blackhole' else 50), []
if kind == 'blackhole':
    for _ in range(4):
        full = socket.socket()
        full.setblocking(False)
        full.connect_ex((address, port))
        kept.append(full)
    time.sleep(1e6)
while True:
    kept.append(server.accept())
