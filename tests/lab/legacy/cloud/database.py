"""nova's two SQLite files: copied from the template, pointed at the folder and bus of this run."""
import os
import shutil
import sqlite3

from .places import cache


def template():
    return os.path.join(cache(), 'db')


def copy(run):
    shutil.rmtree(os.path.join(run, 'db'), ignore_errors=True)
    shutil.copytree(template(), os.path.join(run, 'db'))


def point_at(run, transport_url):
    """The cell mapping holds addresses: nova-api's database and bus of each cell."""
    nova = 'sqlite:///%s/db/nova.sqlite' % run
    db = sqlite3.connect(os.path.join(run, 'db', 'api.sqlite'))
    with db:
        db.execute("UPDATE cell_mappings SET transport_url = ?, database_connection = ? "
                   "WHERE name = 'cell1'", (transport_url, nova))
        db.execute("UPDATE cell_mappings SET database_connection = ? WHERE name = 'cell0'",
                   (nova + '0',))
    db.close()
