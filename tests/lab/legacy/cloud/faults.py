"""The faults: what differs from the healthy cloud, and what vncdoctor must say of it.

`expect` names the exit code, the home step of the verdict's cause and the rows of the field study
that this cause may carry (`()`: a cause that has no row there). A fault is plain data; `conf.py`
and `programs.py` read what concerns files and processes, `stage.py` what happens after the tokens.
"""
from dataclasses import dataclass

from common.expect import Broken, Works

from .layout import ADDRESSES, LOOPBACK, Layout


@dataclass(frozen=True)
class Fault:
    about: str
    expect: object
    layout: Layout = LOOPBACK
    # nova-consoleauth's token store
    backend: str = 'dogpile.cache.memcached'    # '' leaves the option out
    enabled: bool = True                        # False leaves the option out
    misspelt: bool = False                      # memcached_servers in [DEFAULT], no [cache]
    lists: tuple = ()                           # per controller; empty: the layout's nodes
    token_ttl: int = 0                          # seconds; 0: nova's default
    # programs
    listen: tuple = ()                          # addresses of the memcacheds; empty: the nodes
    down: tuple = ()                            # not running from the start
    proxyclient: bool = True                    # False leaves server_proxyclient_address out
    # what happens between the tokens and the browser's sessions
    lands_on: str = ''                          # only tokens that this memcached holds are used
    after: tuple = ()                           # ('kill', program...), ('pause', program), ('start', program),
                                                # ('wait', s), ('move-vnc',)
    origin: str = ''                            # of the page; empty: the proxy's own
    # configuration alone, without logs, must lead to the same verdict
    files_suffice: bool = False


N1, N2, N3 = LOOPBACK.nodes
CONSOLEAUTHS = ('consoleauth-ctl1', 'consoleauth-ctl2', 'consoleauth-ctl3')

# Neighbours share as much as possible, so that going from one to the next restarts little.
FAULTS = {
    'healthy': Fault(
        'enabled, dogpile.cache.memcached, three nodes', Works(), files_suffice=True),
    'one-node-down': Fault(
        'second memcached dead from before the first token', Works('warning'), down=('memcached2',)),
    'bound-local': Fault(
        'each controller lists all three, memcached answers only on the first', Works('warning'),
        listen=('127.0.0.1', '127.0.0.12', '127.0.0.13')),
    'bound-elsewhere': Fault(
        'memcached listens on 127.0.0.11-13, the lists say 127.0.0.1-3', Broken(10, ('A6',)),
        listen=('127.0.0.11', '127.0.0.12', '127.0.0.13')),
    'one-node-flap': Fault(
        'second memcached killed after it took tokens, then started empty', Broken(10, ('A6',)),
        lands_on='memcached2', after=(('kill', 'memcached2'), ('start', 'memcached2'))),
    'node-frozen': Fault(
        'second memcached took tokens, and now takes connections and answers nobody', Broken(10, ('A6',)),
        lands_on='memcached2', after=(('pause', 'memcached2'),)),
    'vnc-closed': Fault(
        'nothing listens on the VNC port', Broken(15, ()), down=('vnc',)),
    'origin-host': Fault(
        "the page's origin is another host", Broken(13, ('C5',), opens_for_some=True), origin='http://203.0.113.7'),
    'port-changed': Fault(
        "the guest's VNC port changed after the token", Broken(14, ('B5',)), after=(('move-vnc',),)),
    'compute-down': Fault(
        'nova-compute killed after the token', Broken(14, ()), after=(('kill', 'compute'),)),
    'consoleauth-down': Fault(
        'every nova-consoleauth killed after the token', Broken(14, ('A5',)),
        after=(('kill',) + CONSOLEAUTHS,)),
    'one-consoleauth-hangs': Fault(
        'the second nova-consoleauth of three takes checks and answers none',
        Broken(14, ('A5',), opens_for_some=True),
        after=(('pause', 'consoleauth-ctl2'),)),
    'healthy-pool': Fault(
        'enabled, oslo_cache.memcache_pool, three nodes', Works(),
        backend='oslo_cache.memcache_pool', files_suffice=True),
    'typo': Fault(
        'memcached_servers in [DEFAULT], which this release ignores; no [cache]',
        Broken(10, ('A2',)), misspelt=True, files_suffice=True),
    'cache-disabled': Fault(
        'backend and memcache_servers right, enabled missing', Broken(10, ('A3', 'A1')),
        enabled=False, files_suffice=True),
    'backend-null': Fault(
        'enabled and memcache_servers, backend left at its default', Broken(10, ('A3',)),
        backend='', files_suffice=True),
    'list-drift': Fault(
        'ctl2 has the list reversed, ctl3 lacks the third node', Broken(10, ('A4',)),
        lists=((N1, N2, N3), (N3, N2, N1), (N1, N2)), files_suffice=True),
    'expired': Fault(
        'token_ttl = 1, opened 3 s later', Broken(14, ('A9',)), token_ttl=1, after=(('wait', 3),)),
    'addresses-healthy': Fault(
        'each host has its own address, nothing is wrong', Works(), layout=ADDRESSES,
        files_suffice=True),
    'proxyclient-loopback': Fault(
        'server_proxyclient_address unset on cmp1, so 127.0.0.1', Broken(6, ('E1',)),
        layout=ADDRESSES, proxyclient=False, files_suffice=True),
    'loopback-lists': Fault(
        'every controller lists only 127.0.0.1', Broken(10, ('A4',)), layout=ADDRESSES,
        lists=(('127.0.0.1',),) * 3, files_suffice=True),
}
