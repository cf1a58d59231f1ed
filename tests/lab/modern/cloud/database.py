"""MariaDB's folder and Keystone's file: made once in the cache folder, copied for a run, pointed at its ports."""
import hashlib
import os
import shutil
import sqlite3
import subprocess
import tempfile

from common import ports as free_ports
from common.install import run as quietly, say
from common.places import LabError
from common.processes import Processes
from common.programs import basic, program
from common.waiting import until

from . import conf, site
from .faults import FAULTS
from .places import LAB, cache, venv


def template():
    return os.path.join(cache(), 'database')


def mariadb(run, ports):
    """The program. Small logs: nothing here is worth keeping."""
    as_root = ['--user=root'] if os.geteuid() == 0 else []
    return program(['/usr/sbin/mariadbd', '--no-defaults', '--datadir=' + os.path.join(run, 'database'),
                    '--bind-address=' + site.CTL1, '--port=%d' % ports['database'],
                    '--socket=' + socket(run), '--innodb-flush-log-at-trx-commit=0',
                    '--skip-log-bin', '--innodb-log-file-size=16M', '--innodb-buffer-pool-size=64M',
                    '--max-connections=400', '--skip-name-resolve'] + as_root, basic())


def socket(run):
    # the name of a socket has at most 107 bytes, and a run's folder may have more
    return os.path.join(tempfile.gettempdir(), 'vncdoctor-%s.sock' % hashlib.sha1(run.encode()).hexdigest()[:12])


def sql(run, *statements, database='nova_cell1'):
    done = subprocess.run(
        ['mariadb', '--no-defaults', '-S', socket(run), '-N', '-B', '-e', '; '.join(statements), database],
        text=True, capture_output=True, check=False)
    if done.returncode:
        raise LabError('mariadb: ' + done.stderr.strip())
    return done.stdout


def answers(run):
    return subprocess.run(['mariadb-admin', '--no-defaults', '-S', socket(run), 'ping'],
                          capture_output=True, check=False).returncode == 0


def copy(run):
    for name in ('database', 'keystone'):
        shutil.copytree(os.path.join(template(), name), os.path.join(run, name))


def reset(run):
    """As if no token had ever been made and nothing been deleted."""
    sql(run, 'delete from console_auth_tokens', 'update instances set deleted = 0, deleted_at = null, '
        "vm_state = 'active', power_state = 1, task_state = null")


def point_at(run, ports):
    """Cell mappings and Keystone's catalogue hold addresses."""
    bus = {'nova_cell0': 'none:///', 'nova_cell1': site.bus(ports), 'nova_cell2': site.bus(ports, vhost='cell2')}
    mapped = ["update cell_mappings set transport_url = '%s', database_connection = '%s' where name = '%s'"
              % (bus[cell], site.database(ports, cell), cell[5:]) for cell in site.CELLS]
    sql(run, *mapped, database='nova_api')
    catalogue = sqlite3.connect(os.path.join(run, 'keystone', 'keystone.sqlite'))
    with catalogue:
        for service, where in (('identity', site.identity(ports)),
                               ('compute', 'http://%s:%d/v2.1' % (site.CTL1, ports['api'])),
                               ('network', 'http://%s:%d' % (site.CTL1, ports['network']))):
            catalogue.execute('UPDATE endpoint SET url = ? WHERE service_id IN '
                              '(SELECT id FROM service WHERE type = ?)', (where, service))
    catalogue.close()


# -- the template --

def make_template():
    say(LAB, 'building the database template (one minute)')
    os.makedirs(cache(), exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache()) as run:
        with open(os.path.join(run, 'ports.json'), 'w') as out:
            out.write('{}')
        ports = dict.fromkeys(site.PORTS, 1)                       # replaced in every run
        ports.update(free_ports.choose(run, ('database',)))
        _nova(run, ports)
        _keystone(os.path.join(run, 'keystone'))
        whole = template() + '.new'
        shutil.rmtree(whole, ignore_errors=True)
        os.makedirs(whole)
        for name in ('database', 'keystone'):
            os.rename(os.path.join(run, name), os.path.join(whole, name))
        os.rename(whole, template())


def _nova(run, ports):
    quietly('mariadb-install-db', '--no-defaults', '--datadir=' + os.path.join(run, 'database'),
            '--auth-root-authentication-method=normal', '--skip-test-db',
            *(['--user=root'] if os.geteuid() == 0 else []))
    processes, started = Processes(run), mariadb(run, ports)
    # by its socket alone: the site's addresses may not be there yet
    started = started._replace(argv=[w for w in started.argv if 'bind-address' not in w] + ['--skip-networking'])
    processes.start('database', started)
    try:
        if not until(lambda: answers(run), 30):
            raise LabError('the template\'s MariaDB does not start; see %s/out' % run)
        sql(run, *['create database %s character set utf8mb3' % name for name in ('nova_api',) + site.CELLS],
            "create user %s@'%%' identified by '%s'" % (site.DB_USER, site.DB_PASSWORD),
            "grant all on *.* to %s@'%%'" % site.DB_USER,
            "create user %s@localhost identified by '%s'" % (site.DB_USER, site.DB_PASSWORD),
            "grant all on *.* to %s@localhost" % site.DB_USER, database='mysql')
        conf.write(run, ['api'], FAULTS['healthy'], ports, 0)
        files = conf.arguments(run, 'api')
        _over_socket(run, ports)
        manage = [venv('bin', 'nova-manage')] + files
        quietly(*manage, 'api_db', 'sync')
        quietly(*manage, 'cell_v2', 'map_cell0', '--database_connection', local(run, 'nova_cell0'))
        for cell in site.CELLS[1:]:
            quietly(*manage, 'cell_v2', 'create_cell', '--name', cell[5:], '--database_connection',
                    local(run, cell), '--transport-url', 'rabbit://replaced/' + cell)
        for cell in site.CELLS:
            _over_socket(run, ports, cell)
            quietly(*manage, 'db', 'sync', '--local_cell')
    finally:
        processes.stop(['database'], patience=20)


def local(run, name):
    return '%s?unix_socket=%s' % (site.database({'database': 1}, name, host='localhost'), socket(run))


def _over_socket(run, ports, cell='nova_cell0'):
    """The API's files, which name the site's addresses, pointed at the socket."""
    path = os.path.join(conf.folder(run, 'api'), 'lab.conf')
    said = conf.PLUMBING.format(run=run, host='ctl1', service='manage', network='replaced') + conf.text({
        'database': {'connection': local(run, cell)}, 'api_database': {'connection': local(run, 'nova_api')}})
    with open(path, 'w') as out:
        out.write(said)


KEYSTONE = """[database]
connection = sqlite:///{home}/keystone.sqlite
[token]
provider = fernet
[fernet_tokens]
key_repository = {home}/fernet
[credential]
key_repository = {home}/credential
[fernet_receipts]
key_repository = {home}/fernet
"""


def write_keystone(home):
    os.makedirs(home, exist_ok=True)
    path = os.path.join(home, 'keystone.conf')
    with open(path, 'w') as out:
        out.write(KEYSTONE.format(home=home))
    return path


def _keystone(home):
    """The administrator, nova's own account, and a catalogue with addresses to be replaced."""
    manage = [venv('bin', 'keystone-manage'), '--config-file', write_keystone(home)]
    for keys in ('fernet', 'credential'):
        os.makedirs(os.path.join(home, keys), 0o700)
    quietly(*manage, 'db_sync')
    owner = ['--keystone-user', str(os.geteuid()), '--keystone-group', str(os.getegid())]
    quietly(*manage, 'fernet_setup', *owner)
    quietly(*manage, 'credential_setup', *owner)
    for user, password, project, role in (('admin', site.ADMIN_PASSWORD, 'admin', 'admin'),
                                          ('nova', site.NOVA_PASSWORD, 'service', 'admin')):
        quietly(*manage, 'bootstrap', '--bootstrap-username', user, '--bootstrap-password', password,
                '--bootstrap-project-name', project, '--bootstrap-role-name', role,
                '--bootstrap-region-id', 'RegionOne', '--bootstrap-public-url', 'http://replaced',
                '--bootstrap-internal-url', 'http://replaced', '--bootstrap-admin-url', 'http://replaced')
    catalogue = sqlite3.connect(os.path.join(home, 'keystone.sqlite'))
    with catalogue:
        for kind, name in (('compute', 'nova'), ('network', 'neutron')):
            catalogue.execute("INSERT INTO service (id, type, enabled, extra) VALUES (?, ?, 1, ?)",
                              (kind, kind, '{"name": "%s"}' % name))
            for interface in ('public', 'internal', 'admin'):
                catalogue.execute(
                    "INSERT INTO endpoint (id, interface, service_id, url, extra, enabled, region_id) "
                    "VALUES (?, ?, ?, 'http://replaced', '{}', 1, 'RegionOne')",
                    ('%s-%s' % (kind, interface), interface, kind))
    catalogue.close()
