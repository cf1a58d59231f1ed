"""Asks the cloud's APIs as its administrator."""
import json
import time
import urllib.error
import urllib.request

from common.places import LabError
from common.waiting import until

from . import site

NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def http(method, url, body=None, headers=(), seconds=30):
    """Status, headers and the JSON (or text) of an answer."""
    request = urllib.request.Request(
        url, json.dumps(body).encode() if body is not None else None,
        dict({'Content-Type': 'application/json', 'Accept': 'application/json'}, **dict(headers)), method=method)
    try:
        with NO_PROXY.open(request, timeout=seconds) as answer:
            status, head, raw = answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        status, head, raw = error.code, error.headers, error.read()
    except OSError as error:
        raise LabError('%s %s: %s' % (method, url, error)) from error
    try:
        return status, head, json.loads(raw or b'null')
    except ValueError:
        return status, head, raw.decode('utf-8', 'replace')


class Api:
    """The administrator's session; one token serves the whole run."""

    def __init__(self, ports):
        self.ports, self._token, self._project = ports, None, None

    def login(self):
        status, head, said = http('POST', site.identity(self.ports) + '/auth/tokens', {'auth': {
            'identity': {'methods': ['password'], 'password': {'user': {
                'name': 'admin', 'domain': {'id': 'default'}, 'password': site.ADMIN_PASSWORD}}},
            'scope': {'project': {'name': 'admin', 'domain': {'id': 'default'}}}}})
        if status != 201:
            raise LabError('keystone says %d: %s' % (status, said))
        self._token, self._project = head['X-Subject-Token'], said['token']['project']['id']

    @property
    def project(self):
        if self._project is None:
            self.login()
        return self._project

    def ask(self, method, path, body=None, microversion='2.96'):
        if self._token is None:
            self.login()
        return http(method, 'http://%s:%d/v2.1%s' % (site.CTL1, self.ports['api'], path), body,
                    {'X-Auth-Token': self._token, 'OpenStack-API-Version': 'compute ' + microversion})

    def console(self):
        """The URL of a new console."""
        status, _head, said = self.ask('POST', '/servers/%s/remote-consoles' % site.SERVER_UUID,
                                       {'remote_console': {'protocol': 'vnc', 'type': 'novnc'}})
        if status != 200:
            raise LabError('POST remote-consoles: %d %s' % (status, said))
        return said['remote_console']['url']

    def wait_state(self, service, state, seconds=40):
        """Until os-services says so of the service."""
        def there():
            status, _head, said = self.ask('GET', '/os-services')
            return status == 200 and any(
                s['binary'] == 'nova-' + service and s['state'] == state for s in said['services'])
        if not until(there, seconds, 0.5):
            raise LabError('nova-%s does not become %s' % (service, state))


def ready(ports, seconds=60):
    """Waits until Keystone and nova-api answer."""
    def there():
        try:
            Api(ports).login()
        except LabError:
            return False
        return True
    began = time.monotonic()
    if not until(there, seconds, 0.3):
        raise LabError('keystone does not answer after %d s' % (time.monotonic() - began))
