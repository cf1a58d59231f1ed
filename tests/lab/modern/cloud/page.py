"""docs/lab-modern.md: what the last whole run saw. Only what does not change from run to run stands there."""
import json
import os

from common import verdict
from common.places import PROJECT

PAGE = os.path.join(PROJECT, 'docs', 'lab-modern.md')
HEAD = """# The modern cloud, fault by fault

Written by `tests/lab/modern/compare`. nova 34.0.0 with Keystone, MariaDB, RabbitMQ, QEMU, HAProxy and Debian's noVNC 1.3.0
in Chromium; [tests/lab/modern/README.md](../tests/lab/modern/README.md) says how. *Browser* is what stood on the screen, with
the WebSocket's close code; *with all files* is `check --url … --config … --log …`, *live* is `check --server …` with an
administrator's credentials and nothing else: it asks for a new console, which works where only the old one broke.

| fault | what is wrong | browser | expected | with all files | live |
|---|---|---|---|---|---|
"""


LIBRARIES = """
## The same console in noVNC of several years

Debian's pages of 1.3.0, and the npm package's library under a page of ours that shows what the library tells its page.

| noVNC | %s |
%s
"""


def _kept(run):
    path = os.path.join(run, 'table.json')
    if not os.path.exists(path):
        return {}
    with open(path) as read:
        return json.load(read)


def keep(run, name, row):
    """What was seen of one fault in this run."""
    table = dict(_kept(run), **{name: row})
    with open(os.path.join(run, 'table.json'), 'w') as out:
        json.dump(table, out, indent=1)


def write(run, faults):
    """The page, once every fault was seen."""
    table = _kept(run)
    if set(faults) - set(table):
        return
    rows = []
    for name, fault in faults.items():
        row = table[name]
        rows.append('| `%s` | %s |' % (name, ' | '.join((
            fault.about, row['browser'], verdict.words(fault.expect), row.get('logs', ''), row.get('live', '')))))
    libraries = {name: table[name]['libraries'] for name in faults if table[name]['libraries']}
    pages = ['|---' * (len(libraries) + 1) + '|']
    for page in next(iter(libraries.values()), ()):
        pages.append('| %s | %s |' % (page, ' | '.join(shown[page] for shown in libraries.values())))
    names = ' | '.join('`%s`' % name for name in libraries)
    with open(PAGE, 'w') as out:
        out.write(HEAD + '\n'.join(rows) + '\n' + LIBRARIES % (names, '\n'.join(pages)))
