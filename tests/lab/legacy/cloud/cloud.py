"""The running cloud: booted once, then brought from fault to fault by restarting only what differs."""
import json
import os
import shutil
import time

from . import addresses, conf, database, install, ports, programs
from .driver import Driver
from .faults import FAULTS
from .interrupt import undisturbed
from .places import LabError
from .processes import Processes
from .waiting import listening, until

MARKER = 'this folder belongs to the legacy lab; `lab boot` empties it\n'


class Cloud:
    def __init__(self, run):
        self.run = os.path.abspath(run)
        self.processes = Processes(self.run)

    # -- boot and down --

    def boot(self, name='healthy'):
        """Everything from nothing; ends what an earlier boot in this folder left running."""
        install.install()
        self.down()
        self._empty()
        ports.choose(self.run)
        database.copy(self.run)
        try:
            self.apply(name)
            self.write('instance', self.driver.ask('instance'))
        except BaseException:
            self.down()
            raise

    def _empty(self):
        marker = os.path.join(self.run, 'legacy-lab')
        if os.path.isdir(self.run) and os.listdir(self.run) and not os.path.exists(marker):
            raise LabError('%s is not empty and not a folder of the lab' % self.run)
        shutil.rmtree(self.run, ignore_errors=True)
        for folder in ('web', 'rabbit', 'reports'):
            os.makedirs(os.path.join(self.run, folder))
        self.write('legacy-lab', MARKER)
        self.write('web/vnc_auto.html', '<html><title>noVNC</title>the lab</html>\n')
        self.write('rabbit/plugins', '[].\n')
        self.write('rabbit/rabbitmq.conf',
                   'default_user = %s\ndefault_pass = %s\n' % (conf.USER, conf.PASSWORD))

    def down(self):
        """Ends every program of this run, the bus after those that speak on it."""
        if not os.path.isdir(self.run):
            return
        last = ('rabbit', 'epmd')
        with undisturbed():
            self.processes.stop([n for n in self.processes.table() if n not in last])
            for name in last:
                self.processes.stop([name])
            addresses.remove(self.run)

    # -- from fault to fault --

    def apply(self, name):
        """Files, programs, caches and logs as if the cloud had always had this fault."""
        fault = FAULTS[name]
        addresses.add(self.run, fault.layout.added)
        wanted = programs.wanted(self.run, fault, self.ports)
        stale = self._stale(fault, wanted)
        self.processes.stop([n for n in stale if n != 'rabbit'])
        self.processes.stop([n for n in stale if n == 'rabbit'])
        conf.write(self.run, fault, self.ports, self._since())
        self.write('vnc_port', '%d\n' % self.ports['vnc'])
        database.point_at(self.run, conf.transport_url(fault.layout, self.ports))
        self._forget_logs()
        self._start({n: p for n, p in wanted.items() if not self.processes.alive(n)}, fault)
        if not fault.layout.added:
            addresses.remove(self.run)
        self.write('fault', name)

    def _stale(self, fault, wanted):
        """What must end: unwanted, started differently, or holding what the last fault left."""
        alive = [n for n in self.processes.table() if self.processes.alive(n)]
        stale = {n for n in alive if n not in wanted or wanted[n].mark != self.processes.mark(n)}
        stale.update(programs.MEMCACHEDS)           # contents and counters start at nothing
        if 'pool' in fault.backend:
            stale.update(programs.CONSOLEAUTHS)     # the pool keeps connections and dead marks
        if 'rabbit' in stale:
            stale.update(programs.ON_THE_BUS)
        return [n for n in alive if n in stale]

    def _start(self, missing, fault):
        self._launch(missing, 'epmd')
        if 'epmd' in missing:
            self._listens('127.0.0.1', 'epmd')
        self._launch(missing, 'rabbit', 'vnc', *programs.MEMCACHEDS)
        for name, address in zip(programs.MEMCACHEDS, fault.listen or fault.layout.nodes):
            if name in missing:
                self._listens(address, 'memcached')
        if 'vnc' in missing:
            self._listens(fault.layout.hypervisor, 'vnc')
        if 'rabbit' in missing:
            self._listens(fault.layout.controllers[0], 'rabbit', 90)
        self._launch(missing, 'driver', 'conductor', 'novncproxy', *programs.CONSOLEAUTHS)
        if 'driver' in missing:
            self._listens('127.0.0.1', 'driver', 60)
        if 'compute' in missing:
            self.driver.ready('conductor:ctl1')     # nova-compute would wait 10 s for it
        self._launch(missing, 'compute')
        if 'novncproxy' in missing:
            self._listens(fault.layout.controllers[0], 'proxy', 60)
        self.driver.ready(*[':'.join(n.split('-')) for n in programs.CONSOLEAUTHS if n in missing],
                          *['compute:cmp1'] * ('compute' in missing))
        for name in missing:
            if name in programs.LOGS:
                self._note_start_up(name)

    def _launch(self, missing, *names):
        for name in names:
            if name in missing:
                self.processes.start(name, missing[name])

    def _listens(self, address, port, seconds=20):
        if not until(lambda: listening(address, self.ports[port]), seconds):
            raise LabError('%s does not listen on %s:%d; output under %s'
                           % (port, address, self.ports[port], os.path.join(self.run, 'out')))

    # -- single programs, for what happens after the tokens --

    def kill(self, *names):
        self.processes.stop(names)

    def start(self, name):
        fault = FAULTS[self.read('fault')]
        self._start({name: programs.wanted(self.run, fault, self.ports)[name]}, fault)

    # -- logs: each fault has its own, after the start-up lines of programs that kept running --

    def _forget_logs(self):
        start_up = self._start_up()
        for name in programs.LOGS:
            path = programs.log_of(self.run, name)
            if not os.path.exists(path):
                continue
            if self.processes.alive(name):
                os.truncate(path, start_up.get(name, 0))     # nova opened it for appending
            else:
                os.remove(path)

    def _note_start_up(self, name):
        sizes = self._start_up()
        path = programs.log_of(self.run, name)
        sizes[name] = os.path.getsize(path) if os.path.exists(path) else 0
        self.write('start-up.json', json.dumps(sizes))

    def _start_up(self):
        path = os.path.join(self.run, 'start-up.json')
        return json.loads(self.read('start-up.json')) if os.path.exists(path) else {}

    # -- the run's folder --

    def _since(self):
        """When this run began: older than every program of it."""
        return os.path.getmtime(os.path.join(self.run, 'legacy-lab')) - 60

    def write(self, name, text):
        with open(os.path.join(self.run, name), 'w') as out:
            out.write(text)

    def read(self, name):
        with open(os.path.join(self.run, name)) as read:
            return read.read().strip()

    @property
    def ports(self):
        return ports.load(self.run)

    @property
    def driver(self):
        return Driver(self.ports['driver'])
