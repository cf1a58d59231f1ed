"""What vncdoctor is given of the cloud, from the run's folder, at each level of input."""
from . import conf, site


def configs(fault):
    return [word for program, (host, service) in _services(fault)
            for word in ('--config', '%s:%s=%s/%s/nova.conf' % (host, service[5:], host, service))]


def logs(fault):
    hosts = dict.fromkeys(host for _program, (host, _service) in _services(fault))
    # relative paths: reports and recordings do not tell where the lab ran
    return [word for host in hosts for word in ('--log', '%s=%s/log' % (host, host))]


def _services(fault):
    return [one for one in conf.SERVICES.items() if one[0] != 'novncproxy2' or fault.second_proxy]


def levels(fault, staged):
    """Level of input -> arguments of vncdoctor. The last one needs the credentials in the environment."""
    url = ['--url', staged['url']] if staged['url'] else ['--server', site.SERVER]
    files = {'config': url + configs(fault), 'logs': url + configs(fault) + logs(fault)}
    # nova-api asks Keystone and every cell before it answers, on two cores that build and test as well
    live = {'live': ['--server', site.SERVER, '--timeout', '10']} if fault.live else {}
    return dict({'url': url}, **files, **live) if staged['url'] else live
