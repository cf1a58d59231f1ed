"""nova.conf of each service, as an operator would write it, and lab.conf beside it.

Files lie as Kolla lays them: HOST/SERVICE/nova.conf. They hold what concerns consoles; lab.conf holds the lab's plumbing
(folders, intervals, the compute driver). nova reads both, vncdoctor only the first.
"""
import os

from . import site

# program -> its host and service
SERVICES = {'api': ('ctl1', 'nova-api'), 'conductor': ('ctl1', 'nova-conductor'),
            'novncproxy': ('ctl1', 'nova-novncproxy'), 'novncproxy2': ('ctl2', 'nova-novncproxy'),
            'compute': ('cmp1', 'nova-compute')}

PLUMBING = """[DEFAULT]
log_dir = {run}/{host}/log
log_file = {service}.log
state_path = {run}/{host}/state
web = {run}/web
report_interval = 2
service_down_time = 8
compute_driver = lab_driver.LabDriver
heal_instance_info_cache_interval = -1
sync_power_state_interval = -1
update_resources_interval = -1
shelved_poll_interval = -1
running_deleted_instance_action = noop
instance_usage_audit = false
instance_delete_interval = 86400
[oslo_concurrency]
lock_path = {run}/{host}/state/lock
[conductor]
workers = 1
[placement]
auth_type = none
endpoint_override = http://{network}/placement
[scheduler]
discover_hosts_in_cells_interval = -1
"""
# a lost database is given up after seconds, not after minutes
DATABASE_PLUMBING = """[database]
max_retries = 1
retry_interval = 1
[api_database]
max_retries = 1
retry_interval = 1
"""


def sections(program, fault, ports):
    """What the service's nova.conf says: section -> option -> value."""
    host, _service = SERVICES[program]
    found = {'DEFAULT': {'host': host, 'my_ip': site.ADDRESSES[host],
                         'transport_url': site.bus(ports), 'rpc_response_timeout': '10'}}
    if program != 'compute':
        found['database'] = {'connection': site.database(ports, 'nova_cell1')}
    if program in ('api', 'conductor'):
        found['api_database'] = {'connection': site.database(ports, 'nova_api')}
    if program in ('api', 'compute'):
        account = {'auth_type': 'password', 'auth_url': site.identity(ports), 'username': 'nova',
                   'password': site.NOVA_PASSWORD, 'project_name': 'service',
                   'user_domain_name': 'Default', 'project_domain_name': 'Default',
                   'region_name': 'RegionOne'}
        found['keystone_authtoken'] = dict(account, www_authenticate_uri=site.identity(ports))
        found['neutron'] = account
        found['service_user'] = dict(account, send_service_user_token='true')
    if program == 'compute':
        found['vnc'] = {'enabled': 'true', 'server_listen': site.CMP1,
                        'server_proxyclient_address': site.CMP1,
                        'novncproxy_base_url': base_url(fault, ports)}
    if program.startswith('novncproxy'):
        found['vnc'] = {'enabled': 'true', 'novncproxy_host': site.ADDRESSES[host],
                        'novncproxy_port': str(ports['proxy'])}
    return _changed(found, fault, program, ports)


def base_url(fault, ports):
    if fault.base_url:
        return fault.base_url(ports)
    return site.url(ports, port='front') if fault.front else site.url(ports)


def _changed(found, fault, program, ports):
    """With what the fault says of this program; None takes an option out."""
    for section, options in fault.conf.get(program, {}).items():
        for option, value in options.items():
            value = value(ports) if callable(value) else value
            if value is None:
                found.get(section, {}).pop(option, None)
            else:
                found.setdefault(section, {})[option] = value
    return {section: options for section, options in found.items() if options}


def text(found):
    return '\n'.join('[%s]\n%s\n' % (section, '\n'.join('%s = %s' % one for one in options.items()))
                     for section, options in found.items())


def folder(run, program):
    return os.path.join(run, *SERVICES[program])


def write(run, programs, fault, ports, since):
    """All files of a fault. Their time is `since`, before any program started: the fault is a
    cloud that has always been configured so, not one edited under running programs."""
    for program in programs:
        host, service = SERVICES[program]
        os.makedirs(folder(run, program), exist_ok=True)
        for part in ('log', 'state/lock'):
            os.makedirs(os.path.join(run, host, part), exist_ok=True)
        plumbing = PLUMBING.format(run=run, host=host, service=service,
                                   network='%s:%d' % (site.CTL1, ports['network']))
        if program != 'compute':
            plumbing += DATABASE_PLUMBING
        said = text(sections(program, fault, ports)).replace('@run', run)
        for name, content in (('nova.conf', said), ('lab.conf', plumbing)):
            path = os.path.join(folder(run, program), name)
            with open(path, 'w') as out:
                out.write(content)
            os.utime(path, (since, since))


def arguments(run, program):
    """How a nova program is told to read both files."""
    return [word for name in ('nova.conf', 'lab.conf')
            for word in ('--config-file', os.path.join(folder(run, program), name))]
