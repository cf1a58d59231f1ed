"""What vncdoctor is given of the cloud, from the run's folder, at each level of input."""
from .conf import HOSTS


def configs():
    return _each('--config', '%s=%s/nova.conf')


def logs():
    return _each('--log', '%s=%s/log')


def _each(option, form):
    # relative paths: reports and recordings do not tell where the lab ran
    return [word for host in HOSTS for word in (option, form % (host, host))]


def levels(staged):
    """Level of input -> arguments of vncdoctor."""
    url = ['--url', staged['url']]
    return {'url': url, 'config': url + configs(), 'logs': url + configs() + logs()}
