"""The two sites the lab can be: everything on loopback, or each host with an address of its own.

On loopback no address can be wrong for being a loopback one. The second site adds documentation
addresses (RFC 5737) to the loopback interface, so that 127.0.0.1 in a file means what it means
between machines: the wrong host.
"""
from collections import namedtuple

CONTROLLERS = ('ctl1', 'ctl2', 'ctl3')
COMPUTE = 'cmp1'

# name; address of each controller; of each memcached; of the hypervisor; what is added to `lo`
Layout = namedtuple('Layout', 'name controllers nodes hypervisor added')

LOOPBACK = Layout('loopback', ('127.0.0.1',) * 3, ('127.0.0.1', '127.0.0.2', '127.0.0.3'),
                  '127.0.0.50', ())
ADDRESSES = Layout('addresses', ('192.0.2.11', '192.0.2.12', '192.0.2.13'),
                   ('192.0.2.11', '192.0.2.12', '192.0.2.13'), '192.0.2.50',
                   ('192.0.2.11', '192.0.2.12', '192.0.2.13', '192.0.2.50'))
