"""A fault as an operator meets it: tokens taken, then something breaks, then browsers try."""
import hashlib
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from common.browser import open_console
from common.expect import Works
from common.places import LabError

from .faults import FAULTS
from .memcached import holds

TOKENS, SESSIONS = 4, 3      # sessions of each token: RabbitMQ hands the checks round
ENOUGH = 40                  # tokens until one lies on the memcached a fault wants


def stage(cloud, name):
    """Brings the cloud to the fault; the URL an operator would paste, and what browsers saw."""
    fault = FAULTS[name]
    cloud.apply(name)
    tokens = take(cloud, fault)
    for what, *args in fault.after:
        ACTIONS[what](cloud, *args)
    urls = [token['url'] for token in tokens]
    with ThreadPoolExecutor(len(urls) * SESSIONS) as browsers:
        ended = list(browsers.map(lambda url: open_console(url, fault.origin), urls * SESSIONS))
    time.sleep(0.3)          # the last log lines
    failed = Counter(url for url, seen in zip(urls * SESSIONS, ended) if seen['ended'] != 'console')
    worst = max(urls, key=lambda url: failed[url])
    sessions = Counter(seen['ended'] for seen in ended)
    if bool(failed) == isinstance(fault.expect, Works):
        raise LabError('the cloud is not what %s says: sessions ended with %s' % (
            name, dict(sessions)))
    return {'fault': name, 'about': fault.about, 'url': worst, 'sessions': dict(sessions)}


def take(cloud, fault):
    instance = cloud.read('instance')
    tokens = cloud.driver.ask('token', instance, TOKENS)
    if not fault.lands_on:
        return tokens
    node = fault.layout.nodes[int(fault.lands_on[-1]) - 1]
    here = []
    while not here and len(tokens) <= ENOUGH:
        tokens += cloud.driver.ask('token', instance, TOKENS)
        here = [t for t in tokens if holds(node, cloud.ports['memcached'],
                                           hashlib.sha1(t['token'].encode()).hexdigest())]
    return here[:TOKENS]


def move_vnc(cloud):
    """The compute now tells another port than the token's connect_info holds."""
    cloud.write('vnc_port', '%d\n' % (cloud.ports['vnc'] + 7))


ACTIONS = {'kill': lambda cloud, *names: cloud.kill(*names),
           'start': lambda cloud, name: cloud.start(name),
           'pause': lambda cloud, name: cloud.pause(name),
           'wait': lambda cloud, seconds: time.sleep(seconds),
           'move-vnc': move_vnc}
