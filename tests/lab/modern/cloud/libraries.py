"""What noVNC of several years shows of the same console: Debian's pages, and the npm package's library under a page of ours."""
import os
from urllib.parse import urlsplit

from . import chromium
from .places import node_modules

# a fault of each kind that noVNC tells apart: none, the end before any RFB byte, a refused security handshake
FAULTS = ('healthy', 'vnc-closed', 'vnc-password')


def versions():
    return sorted(name[6:] for name in os.listdir(node_modules()) if name.startswith('novnc-'))


def shown(url):
    """Page -> what it shows, for the console of this URL."""
    parts = urlsplit(url)
    pages = {'1.3.0, `vnc_lite.html`': '/vnc_lite.html?' + parts.query,
             '1.3.0, `vnc.html`': '/vnc.html?autoconnect=true&' + parts.query}
    for version in versions():
        pages[version + ', the library'] = '/library.html?version=%s&%s' % (version, parts.query)
    return {page: chromium.words(chromium.browse('%s://%s%s' % (parts.scheme, parts.netloc, path)))
            for page, path in sorted(pages.items())}
