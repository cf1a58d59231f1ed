"""The faults: what differs from the healthy cloud, and what vncdoctor must say of it.

`expect` names the exit code, the home step of the verdict's cause and the rows of the field study that this cause may
carry (`()`: a cause that has no row there). A fault is plain data; `conf.py` and `programs.py` read what concerns files
and processes, `stage.py` what happens after the token. Options may be functions of the run's ports.
"""
from dataclasses import dataclass, field, replace

from common.expect import Broken, Works

from . import site


SAME = 'the same as with files'


@dataclass(frozen=True)
class Fault:
    about: str
    expect: object
    conf: dict = field(default_factory=dict)    # program -> section -> option -> value; None takes one out
    clock: dict = field(default_factory=dict)   # program -> how many seconds its clock is off
    base_url: object = None                     # of the ports; None: where the proxy, or its balancer, listens
    front: str = ''                             # the balancer's kind
    knows_ca: bool = False                      # browser and vncdoctor trust the CA of the site
    second_proxy: bool = False                  # ctl2 has one too
    vnc: object = ''                            # options of QEMU's -vnc; None: no QEMU
    vnc_listen: str = ''                        # empty: cmp1's address
    stand_ins: tuple = ()                       # (kind, name of the port)
    down: tuple = ()                            # not running from the start
    fails: tuple = ()                           # programs that do not come up
    # what happens between the token and the browser: see stage.ACTIONS
    after: tuple = ()
    page: object = None                         # of the ports: where the browser gets the page instead
    # the server itself has no console: there is no URL, and only `--server` has something to ask
    no_console: bool = False
    # what is expected of `--server`, which asks for a new console; None: nothing that holds still
    live: object = SAME

    def expected(self, level):
        """Credentials alone show nothing of what only files and logs tell: candidates will do."""
        if level != 'live':
            return self.expect
        if self.live != SAME:
            return self.live
        return replace(self.expect, or_candidates=True) if isinstance(self.expect, Broken) else self.expect


def proxy(**sections):
    return {'novncproxy': sections}


def compute(**sections):
    return {'compute': sections}


def tls(name):
    return {'cert': '@run/pki/%s-cert.pem' % name, 'key': '@run/pki/%s-key.pem' % name}


def tls_url(ports):
    return site.url(ports, scheme='https')


VENCRYPT = dict(auth_schemes='vencrypt', vencrypt_ca_certs='@run/pki/ca-cert.pem',
                vencrypt_client_cert='@run/pki/client-cert.pem', vencrypt_client_key='@run/pki/client-key.pem')

# Neighbours share as much as possible, so that going from one to the next restarts little.
FAULTS = {
    'healthy': Fault('one controller, one compute node, cell1', Works()),
    # -- the VNC server --
    'vnc-closed': Fault('nothing listens on the VNC port', Broken(15, ()), vnc=None),
    'vnc-blackhole': Fault('packets to the VNC port are dropped', Broken(15, ('E5',)), vnc=None,
                           stand_ins=(('blackhole', 'vnc'),)),
    'vnc-mute': Fault('what listens on the VNC port says nothing', Broken(15, (), or_candidates=True), vnc=None,
                      stand_ins=(('mute', 'vnc'),)),
    'vnc-not-rfb': Fault('a web server listens on the VNC port', Broken(15, (), or_candidates=True), vnc=None,
                         stand_ins=(('http', 'vnc'),)),
    'vnc-password': Fault('QEMU asks for a VNC password', Broken(15, ('E11',), ('vnc-security-refused',)), vnc='password-secret=vncpw'),
    'vnc-vencrypt-refused': Fault('QEMU wants VeNCrypt, the proxy offers none',
                                  Broken(15, ('E10',), ('vnc-security-refused',)),
                                  vnc='tls-creds=vnctls'),
    'vnc-listens-loopback': Fault('QEMU listens on 127.0.0.1, the token says the address of cmp1', Broken(5, ('E3',), looks_like=('vnc-port-closed',)), live=Broken(15, ()),
                                  vnc_listen='127.0.0.1', conf=compute(vnc={'server_listen': '127.0.0.1'})),
    'vnc-vencrypt-only': Fault('the proxy wants VeNCrypt, QEMU offers none',
                               Broken(15, ('E10',), ('vnc-security-refused',)),
                               conf=proxy(vnc=VENCRYPT)),
    'healthy-vencrypt': Fault('VeNCrypt on both sides', Works(), vnc='tls-creds=vnctls', conf=proxy(vnc=VENCRYPT)),
    # -- the token and its database --
    'unknown-token': Fault('the row of the token is gone', Broken(14, ('A9', 'A10')), live=Works(),
                           after=(('sql', 'delete from console_auth_tokens'),)),
    # where nova now says that the guest is, nothing listens either
    'port-moved': Fault("the guest's VNC port changed after the token", Broken(14, ('B5',)), after=(('move-vnc',),),
                        live=Broken(15, ())),
    'server-deleted': Fault('the server was deleted after the token', Broken(14, ('B5', 'E9')), live=None,
                            after=(('sql', 'update instances set deleted = id, deleted_at = now()'),)),
    'wrong-cell-cell0': Fault('the proxy reads nova_cell0', Broken(14, ('B1',)), conf=proxy(
        database={'connection': lambda p: site.database(p, 'nova_cell0')})),
    'wrong-cell-cell2': Fault('the proxy reads the database of another cell', Broken(14, ('B1',)), conf=proxy(
        database={'connection': lambda p: site.database(p, 'nova_cell2')})),
    'wrong-cell-api': Fault('the proxy reads nova_api', Broken(14, ('B1',)), conf=proxy(
        database={'connection': lambda p: site.database(p, 'nova_api')})),
    'db-not-named': Fault('the proxy has no [database] connection', Broken(14, ('B1', 'B2')), conf=proxy(
        database={'connection': None})),
    'db-password': Fault("the proxy's database password is wrong", Broken(14, ('B2',)), conf=proxy(
        database={'connection': lambda p: site.database(p, 'nova_cell1', password='yesterday')})),
    'db-unknown': Fault('the proxy names a database that does not exist', Broken(14, ('B2', 'B1')), conf=proxy(
        database={'connection': lambda p: site.database(p, 'nova_cell9')})),
    'db-port': Fault('the proxy names a port where no database listens', Broken(14, ('B2',)), conf=proxy(
        database={'connection': lambda p: site.database(p, 'nova_cell1', port=p['nowhere'])})),
    'one-proxy-other-cell': Fault('two proxies behind a balancer, the second reads another cell',
                                  Broken(14, ('B1',), opens_for_some=True),
                                  front='two', second_proxy=True, conf={'novncproxy2': {'database': {
                                      'connection': lambda p: site.database(p, 'nova_cell2')}}}),
    'healthy-two-proxies': Fault('two proxies behind a balancer', Works(), front='two', second_proxy=True),
    # -- the message bus, seen from the proxy --
    'bus-password': Fault("the proxy's RabbitMQ password is wrong", Broken(14, ('B2',)), conf=proxy(
        DEFAULT={'transport_url': lambda p: site.bus(p, password='yesterday')})),
    'bus-vhost': Fault('the proxy names a virtual host that does not exist', Broken(14, ('B2', 'B1')), conf=proxy(
        DEFAULT={'transport_url': lambda p: site.bus(p, vhost='nova')})),
    'bus-port': Fault('the proxy names a port where no RabbitMQ listens', Broken(14, ('B2',)), conf=proxy(
        DEFAULT={'transport_url': lambda p: site.bus(p, port=p['nowhere'])})),
    # -- the page and its URL --
    'origin-foreign': Fault('the page that opens the console stands on another host',
                            Broken(13, ('C5',), opens_for_some=True),
                            after=(('origin', 'http://portal.example.com'),), live=Works()),
    'baseurl-wrong-host': Fault('novncproxy_base_url has a name that does not resolve', Broken(8, ('C1',)),
                                base_url=lambda p: site.url(p, host='controller.invalid')),
    'baseurl-loopback': Fault('novncproxy_base_url has 127.0.0.1', Broken(8, ('C1',)),
                              base_url=lambda p: site.url(p, host='127.0.0.1')),
    'baseurl-wrong-port': Fault('novncproxy_base_url has a port where nothing listens',
                                Broken(8, ('C1', 'C2'), looks_like=('novncproxy-not-running',),
                                       or_candidates=True),
                                base_url=lambda p: site.url(p, port='nowhere')),
    'baseurl-wrong-page': Fault('novncproxy_base_url has vnc_auto.html, which noVNC 1.0 dropped', Broken(8, ('C8',)),
                                base_url=lambda p: site.url(p, page='/vnc_auto.html')),
    'baseurl-https-plain': Fault('novncproxy_base_url is https, the proxy has no certificate', Broken(8, ('C3', 'D5')),
                                 base_url=tls_url),
    # -- nova-compute's answer --
    'proxyclient-unset': Fault('server_proxyclient_address unset on cmp1, so 127.0.0.1', Broken(6, ('E1',)),
                               conf=compute(vnc={'server_proxyclient_address': None})),
    'proxyclient-renamed': Fault('vncserver_proxyclient_address, which nova 25 dropped', Broken(6, ('E2', 'E1')),
                                 conf=compute(vnc={'server_proxyclient_address': None,
                                                   'vncserver_proxyclient_address': site.CMP1})),
    'proxyclient-unresolved': Fault('server_proxyclient_address has a name that the proxy cannot resolve',
                                    Broken(15, ('E12',)),
                                    conf=compute(vnc={'server_proxyclient_address': 'cmp1.invalid'})),
    'expired-token': Fault('token_ttl = 2, opened 4 s later', Broken(14, ('A9',)), after=(('wait', 4),),
                           conf=compute(consoleauth={'token_ttl': '2'}), live=None),
    'console-off': Fault('[vnc] enabled = false on cmp1', Broken(4, ('E6',)), no_console=True,
                         conf=compute(vnc={'enabled': 'false'})),
    # -- the proxy itself --
    'proxy-down': Fault('nova-novncproxy does not run', Broken(13, ('F2',)), down=('novncproxy',)),
    'proxy-bound-loopback': Fault('novncproxy_host = 127.0.0.1', Broken(13, ('F3',), looks_like=('novncproxy-not-running',)),
                                  conf=proxy(vnc={'novncproxy_host': '127.0.0.1'})),
    'port-taken-http': Fault("somebody else's web server has the proxy's port", Broken(13, ('F3',), ('upgrade-refused',)),
                             stand_ins=(('http', 'proxy'),), fails=('novncproxy',)),
    'port-taken-mute': Fault("what has the proxy's port says nothing", Broken(13, ('F3',), ('upgrade-refused',)),
                             stand_ins=(('mute', 'proxy'),), fails=('novncproxy',)),
    # -- TLS --
    'tls-self-signed': Fault('a certificate that no browser trusts', Broken(12, ('D6',)), base_url=tls_url,
                             conf=proxy(DEFAULT=dict(tls('self'), ssl_only='true'))),
    'tls-other-name': Fault('a certificate for another name', Broken(12, ('D6',)), base_url=tls_url,
                            conf=proxy(DEFAULT=dict(tls('stranger'), ssl_only='true'))),
    'tls-only-http-url': Fault('the proxy speaks TLS only, novncproxy_base_url is http', Broken(8, ('C3',)),
                               conf=proxy(DEFAULT=dict(tls('self'), ssl_only='true'))),
    'tls-certificate-missing': Fault('ssl_only, and the certificate is not there', Broken(13, ('D5', 'F2')),
                                     base_url=tls_url, conf=proxy(DEFAULT=dict(tls('nobody'), ssl_only='true')),
                                     fails=('novncproxy',)),
    # -- a balancer --
    'healthy-haproxy': Fault('HAProxy in front', Works(), front='plain'),
    'origin-host-rewritten': Fault('HAProxy rewrites Host', Broken(13, ('C5',)), front='rewrite-host'),
    'origin-protocol': Fault('TLS ends at HAProxy: an unknown certificate, and behind it no X-Forwarded-Proto',
                             Broken(12, ('D6',)), front='tls', base_url=site.url, live=Works(),
                             page=lambda p: site.url(p, scheme='https', port='front')),
    'origin-protocol-known': Fault('TLS ends at HAProxy with a certificate that is known, and behind it no X-Forwarded-Proto',
                                   Broken(13, ('C4',)), front='tls-known', base_url=site.url, live=Works(), knows_ca=True,
                                   page=lambda p: site.url(p, scheme='https', port='front')),
    'healthy-tls': Fault('TLS ends at HAProxy, which says so in X-Forwarded-Proto', Works(), front='tls-told', knows_ca=True,
                         base_url=lambda p: site.url(p, scheme='https', port='front')),
    'haproxy-no-upgrade': Fault('HAProxy drops Upgrade', Broken(13, ('D1',)), front='no-upgrade'),
    'haproxy-backend-gone': Fault('HAProxy finds no proxy at its backend', Broken(13, ('D4', 'D8', 'F2'), ('upgrade-refused',)),
                                  front='backend-gone'),
    'haproxy-health-check': Fault('HAProxy checks the proxy with GET /, which it answers with 404',
                                  Broken(13, ('D4',), ('upgrade-refused',)), front='check-root'),
    # -- clocks, and what the proxy asks nova-compute --
    'expired-by-skew': Fault("nova-conductor's clock is 15 minutes behind", Broken(14, ('A9',)),
                             clock={'conductor': -900}),
    'compute-silent': Fault('nova-compute hangs', Broken(14, ()), live=Broken(3, ()), after=(('pause', 'compute'), ('down', 'compute'))),
    'compute-down': Fault('nova-compute stopped after the token', Broken(14, ()), live=Broken(3, ()),
                          after=(('kill', 'compute'), ('down', 'compute'))),
    'db-down': Fault('MariaDB stopped after the token', Broken(14, ('B2',)), live=Broken(2, ()), after=(('kill', 'database'),)),
    'bus-down': Fault('RabbitMQ stopped after the token', Broken(14, ('B2',)), live=Broken(3, ()), after=(('kill', 'rabbit'),)),
}
