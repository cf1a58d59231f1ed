"""The hosts, their addresses and the secrets of the site. Documentation addresses (RFC 5737) are added to the loopback
interface, so that 127.0.0.1 in a file means what it means between machines: the wrong host."""

ADDRESSES = {'ctl1': '192.0.2.21', 'ctl2': '192.0.2.22', 'cmp1': '192.0.2.61'}
CTL1, CTL2, CMP1 = ADDRESSES.values()

PORTS = ('database', 'rabbit', 'distribution', 'epmd', 'keystone', 'network', 'api', 'proxy', 'front', 'vnc', 'nowhere')

# not `guest`, whom RabbitMQ admits on loopback addresses only
BUS_USER, BUS_PASSWORD = 'openstack', 'bus-secret'
DB_USER, DB_PASSWORD = 'nova', 'database-secret'
NOVA_PASSWORD, ADMIN_PASSWORD = 'service-secret', 'admin-secret'
VNC_PASSWORD = 'vncpw'
SECRETS = (BUS_PASSWORD, DB_PASSWORD, NOVA_PASSWORD, ADMIN_PASSWORD)

SERVER = 'lab-vm'
# fixed, so that recordings of two runs tell the same server
SERVER_UUID = '6a1f8c52-93d4-4c0b-9a0e-2f7d1b6c5e38'

CELLS = ('nova_cell0', 'nova_cell1', 'nova_cell2')


def database(ports, name, user=DB_USER, password=DB_PASSWORD, host=CTL1, port=None):
    return 'mysql+pymysql://%s:%s@%s:%d/%s' % (user, password, host, port or ports['database'], name)


def bus(ports, user=BUS_USER, password=BUS_PASSWORD, host=CTL1, port=None, vhost=''):
    return 'rabbit://%s:%s@%s:%d/%s' % (user, password, host, port or ports['rabbit'], vhost)


def identity(ports):
    return 'http://%s:%d/v3' % (CTL1, ports['keystone'])


def url(ports, scheme='http', host=CTL1, port='proxy', page='/vnc_lite.html'):
    """A novncproxy_base_url."""
    return '%s://%s:%d%s' % (scheme, host, ports[port], page)


def credentials(ports):
    """What an administrator's shell has."""
    return {'OS_AUTH_URL': identity(ports), 'OS_USERNAME': 'admin', 'OS_PASSWORD': ADMIN_PASSWORD,
            'OS_PROJECT_NAME': 'admin', 'OS_USER_DOMAIN_NAME': 'Default',
            'OS_PROJECT_DOMAIN_NAME': 'Default', 'OS_REGION_NAME': 'RegionOne',
            'OS_IDENTITY_API_VERSION': '3'}
