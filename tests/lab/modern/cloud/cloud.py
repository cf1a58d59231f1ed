"""The running cloud of nova 34."""
import os
import shutil
import subprocess

from common import addresses
from common.cloud import Cloud as Running
from common.places import LabError
from common.programs import files_of_rabbit
from common.waiting import until

from . import conf, database, haproxy, install, pki, programs, site
from .api import Api, ready
from .faults import FAULTS
from .places import HERE, LAB, node_modules, venv

NOVNC = '/usr/share/novnc'      # Debian's 1.3.0


class Cloud(Running):
    LAB = LAB
    PORTS = site.PORTS
    LAST = ('rabbit', 'epmd', 'database')
    LOGS = programs.LOGS

    def boot(self, name='healthy'):
        """Everything from nothing."""
        install.install()
        self.fresh()
        files_of_rabbit(self.run, site.BUS_USER, site.BUS_PASSWORD)
        database.copy(self.run)
        database.write_keystone(os.path.join(self.run, 'keystone'))
        pki.make(self.run)
        self._web()
        os.makedirs(os.path.join(self.run, 'empty'))
        try:
            self.apply(name)
            self._make_server()
        except BaseException:
            self.down()
            raise

    def _web(self):
        """noVNC 1.3.0 at the root, other years' libraries under a page of ours."""
        os.makedirs(os.path.join(self.run, 'web', 'novnc'))
        for name in os.listdir(NOVNC):
            if name != 'vnc_auto.html':         # Debian's own link; upstream has none since 1.0
                os.symlink(os.path.join(NOVNC, name), os.path.join(self.run, 'web', name))
        shutil.copy(os.path.join(HERE, 'library.html'), os.path.join(self.run, 'web'))
        for package in os.listdir(node_modules()):
            if package.startswith('novnc-'):
                os.symlink(node_modules(package), os.path.join(self.run, 'web', 'novnc', package[6:]))

    def _make_server(self):
        done = subprocess.run(
            [venv('bin', 'python'), os.path.join(HERE, 'make_server.py'), site.SERVER_UUID, site.SERVER,
             self.api.project] + conf.arguments(self.run, 'conductor'), text=True, capture_output=True, check=False)
        if done.returncode:
            raise LabError('make_server.py: ' + done.stderr[-2000:])

    # -- from fault to fault --

    def apply(self, name):
        """Files, programs, rows and logs as if the cloud had always had this fault."""
        fault = FAULTS[name]
        addresses.add(self.run, site.ADDRESSES.values())
        wanted = programs.wanted(self.run, fault, self.ports)
        stale = self.stale(wanted)
        if not self.processes.alive('rabbit'):
            stale.update(programs.ON_THE_BUS)
        self.processes.stop(stale - set(self.LAST))
        self.processes.stop(stale & set(self.LAST))
        conf.write(self.run, [n for n in programs.NOVA if n in wanted], fault, self.ports, self.since())
        shutil.copy(venv('etc', 'nova', 'api-paste.ini'), conf.folder(self.run, 'api'))
        if fault.front:
            self.write('ctl1/haproxy.cfg', haproxy.configuration(self.run, fault.front, self.ports)[1])
        self.write('vnc_port', '%d\n' % self.ports['vnc'])
        self.forget_logs()
        self._start({n: p for n, p in wanted.items() if not self.processes.alive(n)}, fault)
        self.write('fault', name)

    def _start(self, missing, fault):
        self.launch(missing, 'epmd', 'database', 'network', 'keystone', 'vnc')
        if 'epmd' in missing:
            self.listens('127.0.0.1', 'epmd')
        self.launch(missing, 'rabbit', *[n for n in missing if n.startswith('stand-in-')])
        for kind, port in fault.stand_ins:
            if 'stand-in-' + port in missing and kind != 'blackhole':
                self.listens(site.CMP1 if port == 'vnc' else site.CTL1, port)
        if 'database' in missing:
            self.listens(site.CTL1, 'database', 30)
            database.point_at(self.run, self.ports)
        database.reset(self.run)
        if 'rabbit' in missing:
            self.listens(site.CTL1, 'rabbit', 90)
        self.launch(missing, 'conductor', 'novncproxy', 'novncproxy2', 'haproxy')
        if 'conductor' in missing:
            self._consumed('conductor')             # nova-compute would wait 10 s for it
        self.launch(missing, 'compute', 'api')
        self._started(missing, fault)
        self.note_start_up(missing)

    def _started(self, missing, fault):
        for name, address, port in (('vnc', fault.vnc_listen or site.CMP1, 'vnc'), ('haproxy', site.CTL1, 'front'),
                                    ('network', site.CTL1, 'network'), ('keystone', site.CTL1, 'keystone'),
                                    ('api', site.CTL1, 'api'), ('novncproxy2', site.CTL2, 'proxy')):
            if name in missing:
                self.listens(address, port, 60)
        if 'novncproxy' in missing:
            self._proxy_up(fault)
        if 'compute' in missing:
            self._consumed('compute.cmp1')
        if 'keystone' in missing:
            ready(self.ports)
        if 'compute' in missing:        # its record is as old as its predecessor's last report
            self.api.wait_state('compute', 'up')

    def _proxy_up(self, fault):
        if 'novncproxy' in fault.fails:
            if not until(lambda: not self.processes.alive('novncproxy'), 30):
                raise LabError('nova-novncproxy runs, and should have ended')
            return
        found = conf.sections('novncproxy', fault, self.ports)
        self.listens(found['vnc']['novncproxy_host'], 'proxy', 60, by='novncproxy')

    def _consumed(self, *queues):
        bus = 'amqp://%s:%s@%s:%d' % (site.BUS_USER, site.BUS_PASSWORD, site.CTL1, self.ports['rabbit'])
        done = subprocess.run([venv('bin', 'python'), os.path.join(HERE, 'consumers.py'), bus, '60', *queues],
                              text=True, capture_output=True, check=False)
        if done.returncode:
            raise LabError('bus: %s; output under %s' % (done.stderr.strip()[-200:], os.path.join(self.run, 'out')))

    @property
    def api(self):
        if getattr(self, '_api', None) is None:
            self._api = Api(self.ports)
        return self._api
