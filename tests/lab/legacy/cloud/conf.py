"""nova.conf of each host, as an operator would write it, and lab.conf beside it.

nova.conf holds what concerns consoles and names no path of this machine; lab.conf holds the lab's
plumbing (SQLite, folders, intervals, the compute driver). nova reads both, vncdoctor only the first.
"""
import os

from .layout import COMPUTE, CONTROLLERS

# not `guest`, whom RabbitMQ admits on loopback addresses only
USER, PASSWORD = 'openstack', 'lab-password'
HOSTS = CONTROLLERS + (COMPUTE,)

PLUMBING = """[DEFAULT]
log_dir = {run}/{host}/log
state_path = {run}/{host}
web = {run}/web
report_interval = 30
{driver}[database]
connection = sqlite:///{run}/db/nova.sqlite
[api_database]
connection = sqlite:///{run}/db/api.sqlite
[oslo_concurrency]
lock_path = {run}/{host}/lock
[conductor]
workers = 1
[placement]
region_name = lab
auth_type = none
"""
DRIVER = """compute_driver = lab_virt.LabDriver
heal_instance_info_cache_interval = -1
sync_power_state_interval = -1
update_resources_interval = -1
shelved_poll_interval = -1
running_deleted_instance_action = noop
instance_usage_audit = false
"""


def transport_url(layout, ports):
    return 'rabbit://%s:%s@%s:%d/' % (USER, PASSWORD, layout.controllers[0], ports['rabbit'])


def proxy_url(layout, ports):
    return 'http://%s:%d/vnc_auto.html' % (layout.controllers[0], ports['proxy'])


def common(host, fault, ports):
    """What every service on the host reads: sections with their lines."""
    layout = fault.layout
    compute = host == COMPUTE
    address = layout.hypervisor if compute else layout.controllers[CONTROLLERS.index(host)]
    sections = {
        'DEFAULT': ['host = ' + host, 'my_ip = ' + ('127.0.0.1' if not layout.added else address),
                    'transport_url = ' + transport_url(layout, ports), 'rpc_response_timeout = 10'],
        'vnc': ['enabled = true', 'novncproxy_base_url = ' + proxy_url(layout, ports)]}
    if compute:
        sections['vnc'].append('server_listen = ' + layout.hypervisor)
        if fault.proxyclient:
            sections['vnc'].append('server_proxyclient_address = ' + layout.hypervisor)
    else:
        sections['vnc'] += ['novncproxy_host = ' + layout.controllers[0],
                            'novncproxy_port = %d' % ports['proxy']]
    return sections


def token_store(host, fault, ports):
    """What only nova-consoleauth reads."""
    if host not in CONTROLLERS:
        return {}
    lists = fault.lists or (fault.layout.nodes,) * 3
    servers = ','.join('%s:%d' % (node, ports['memcached'])
                       for node in lists[CONTROLLERS.index(host)])
    sections = {}
    if fault.token_ttl:
        sections['consoleauth'] = ['token_ttl = %d' % fault.token_ttl]
    if fault.misspelt:
        sections['DEFAULT'] = ['memcached_servers = ' + servers]
        return sections
    sections['cache'] = ['enabled = true'] if fault.enabled else []
    if fault.backend:
        sections['cache'].append('backend = ' + fault.backend)
    sections['cache'].append('memcache_servers = ' + servers)
    return sections


def text(*parts):
    """One file of several dictionaries of sections, in the order they first name a section."""
    merged = {}
    for part in parts:
        for section, lines in part.items():
            merged.setdefault(section, []).extend(lines)
    return '\n'.join('[%s]\n%s\n' % (section, '\n'.join(lines))
                     for section, lines in merged.items())


def write(run, fault, ports, since):
    """All files of a fault. Their time is `since`, before any program started: the fault is a
    cloud that has always been configured so, not one edited under running programs."""
    for host in HOSTS:
        folder = os.path.join(run, host)
        os.makedirs(os.path.join(folder, 'log'), exist_ok=True)
        driver = DRIVER if host == COMPUTE else ''
        for name, content in (
                ('nova.conf', text(common(host, fault, ports), token_store(host, fault, ports))),
                ('lab.conf', PLUMBING.format(run=run, host=host, driver=driver))):
            path = os.path.join(folder, name)
            with open(path, 'w') as out:
                out.write(content)
            os.utime(path, (since, since))


def arguments(run, host):
    """How a nova program is told to read both files."""
    return ['--config-file', os.path.join(run, host, 'nova.conf'),
            '--config-file', os.path.join(run, host, 'lab.conf')]
