"""A fault as an operator meets it: a console is asked for, then something breaks, then a browser tries."""
import time
from urllib.parse import urlsplit
from urllib.request import urlopen

from common.browser import open_console
from common.expect import Works
from common.places import LabError

from . import chromium, database, pki
from .faults import FAULTS

SESSIONS = 2        # of a console behind two proxies: a balancer hands them round
MOST = 8            # where one of the two is broken: it deals the page's files round as well, so chance decides who gets a session


def stage(cloud, name):
    """Brings the cloud to the fault; the URL an operator would paste, and what the browser showed."""
    fault = FAULTS[name]
    cloud.apply(name)
    if fault.no_console:
        return _no_console(cloud, name)
    url, origin = cloud.api.console(), ''
    for what, *arguments in fault.after:
        origin = ACTIONS[what](cloud, *arguments) or origin
    shown = fault.page(cloud.ports) if fault.page else url.split('?')[0]
    pasted = '%s?%s' % (shown, urlsplit(url).query)
    known = pki.fingerprint(cloud.run) if fault.knows_ca else ''
    seen, opens = _browse(pasted, origin, fault, known)
    if opens != isinstance(fault.expect, Works):
        raise LabError('the cloud is not what %s says: the browser shows %s' % (name, seen))
    time.sleep(0.3)         # the last log lines
    return {'fault': name, 'about': fault.about, 'url': pasted, 'browser': seen}


def _no_console(cloud, name):
    try:
        cloud.api.console()
    except LabError as error:
        said = str(error).split(': ', 1)[1]
        return {'fault': name, 'about': FAULTS[name].about, 'url': None, 'browser': 'no URL: HTTP ' + said[:3]}
    raise LabError('nova gives a console, and %s says that it has none' % name)


def _browse(url, origin, fault, known):
    if origin:              # a page of somebody else; noVNC's own library would say the same
        ended = _session(url, origin)
        return 'a page on another host: ' + ended, ended == 'console'
    opened, bad = [], []
    wanted = SESSIONS if fault.second_proxy else 1
    most = MOST if getattr(fault.expect, 'opens_for_some', False) else wanted
    while len(opened) < wanted or (not bad and len(opened) < most):
        opened.append(chromium.browse(url, known))
        bad = [seen for seen in opened if not chromium.connected(seen)]
        if most > wanted:       # the page's requests may be even in number: one more, and it is the other proxy's turn
            with urlopen(url.split('?')[0], timeout=10) as page:
                page.read()
    words = chromium.words((bad or opened)[0])
    if bad and len(bad) < len(opened):
        words = 'now Connected, now ' + words
    return words, not bad


def _session(url, origin):
    """The WebSocket that noVNC opens for the URL, without noVNC."""
    return open_console(url.replace('?path=%3Ftoken%3D', '?token='), origin, patience=12)['ended']


def move_vnc(cloud):
    """The compute now tells another port than the token's row holds."""
    cloud.write('vnc_port', '%d\n' % (cloud.ports['vnc'] + 7))


ACTIONS = {'kill': lambda cloud, *names: cloud.kill(*names),
           'pause': lambda cloud, name: cloud.pause(name),
           'sql': lambda cloud, statement: database.sql(cloud.run, statement) and None,
           'move-vnc': move_vnc,
           'wait': lambda cloud, seconds: time.sleep(seconds),
           'down': lambda cloud, service: cloud.api.wait_state(service, 'down'),
           'origin': lambda cloud, origin: origin}
