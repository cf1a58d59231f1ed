"""docs/lab-modern.md: what the last whole run saw. Only what does not change from run to run stands there."""
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


def write(table, libraries):
    """`table`: a row for each fault; `libraries`: fault -> page -> what it shows."""
    rows = ['| `%s` | %s |' % (name, ' | '.join((fault.about, browser, verdict.words(fault.expect), whole, live)))
            for name, fault, browser, whole, live in table]
    pages = ['|---' * (len(libraries) + 1) + '|']
    for page in next(iter(libraries.values()), ()):
        pages.append('| %s | %s |' % (page, ' | '.join(shown[page] for shown in libraries.values())))
    names = ' | '.join('`%s`' % name for name in libraries)
    with open(PAGE, 'w') as out:
        out.write(HEAD + '\n'.join(rows) + '\n' + LIBRARIES % (names, '\n'.join(pages)))
