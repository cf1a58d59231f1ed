"""The balancer in front of nova-novncproxy, right and wrong."""
import os

from . import site

FRAME = """global
  log stdout format raw local0
defaults
  mode http
  log global
  option httplog
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  timeout tunnel {tunnel}
frontend novnc
  bind {address}:{port}{tls}
{rules}  default_backend proxies
backend proxies
{check}{servers}"""

# the certificate of each front that ends TLS
TLS = {'tls': 'self', 'tls-known': 'server', 'tls-told': 'server'}

RULES = {'tls-told': '  http-request set-header X-Forwarded-Proto https\n',
         'rewrite-host': '  http-request set-header Host novnc.internal:6080\n',
         'no-upgrade': '  http-request del-header Upgrade\n  http-request del-header Connection\n'}


def configuration(run, kind, ports):
    """Path and text of the file."""
    wanted = ' check inter 500' if kind in ('check-root', 'backend-gone') else ''
    port = ports['nowhere'] if kind == 'backend-gone' else ports['proxy']
    hosts = ('ctl1', 'ctl2') if kind == 'two' else ('ctl1',)
    servers = ''.join('  server %s %s:%d%s\n' % (host, site.ADDRESSES[host], port, wanted) for host in hosts)
    tls = ' ssl crt %s' % os.path.join(run, 'pki', TLS[kind] + '-both.pem') if kind in TLS else ''
    text = FRAME.format(tunnel='4s' if kind == 'short' else '1h', address=site.CTL1, port=ports['front'], tls=tls,
                        rules=RULES.get(kind, ''), servers=servers,
                        check='  option httpchk GET /\n' if kind == 'check-root' else '')
    return os.path.join(run, 'ctl1', 'haproxy.cfg'), text
