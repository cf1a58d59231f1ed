"""The running Queens cloud."""
import os

from common import addresses
from common.cloud import Cloud as Running
from common.programs import files_of_rabbit

from . import conf, database, install, programs
from .driver import Driver
from .faults import FAULTS
from .places import LAB


class Cloud(Running):
    LAB = LAB
    PORTS = ('memcached', 'rabbit', 'distribution', 'epmd', 'proxy', 'vnc', 'driver')
    LAST = ('rabbit', 'epmd')
    LOGS = programs.LOGS

    def boot(self, name='healthy'):
        """Everything from nothing."""
        install.install()
        self.fresh()
        self.write('web/vnc_auto.html', '<html><title>noVNC</title>the lab</html>\n')
        files_of_rabbit(self.run, conf.USER, conf.PASSWORD)
        database.copy(self.run)
        try:
            self.apply(name)
            self.write('instance', self.driver.ask('instance'))
        except BaseException:
            self.down()
            raise

    def apply(self, name):
        """Files, programs, caches and logs as if the cloud had always had this fault."""
        fault = FAULTS[name]
        addresses.add(self.run, fault.layout.added)
        wanted = programs.wanted(self.run, fault, self.ports)
        stale = self._stale(fault, wanted)
        self.processes.stop(stale - {'rabbit'})
        self.processes.stop(stale & {'rabbit'})
        conf.write(self.run, fault, self.ports, self.since())
        self.write('vnc_port', '%d\n' % self.ports['vnc'])
        database.point_at(self.run, conf.transport_url(fault.layout, self.ports))
        self.forget_logs()
        self._start({n: p for n, p in wanted.items() if not self.processes.alive(n)}, fault)
        if not fault.layout.added:
            addresses.remove(self.run)
        self.write('fault', name)

    def _stale(self, fault, wanted):
        """What must end: unwanted, started differently, or holding what the last fault left."""
        stale = self.stale(wanted) | set(programs.MEMCACHEDS)   # contents and counters start at nothing
        if 'pool' in fault.backend:
            stale.update(programs.CONSOLEAUTHS)     # the pool keeps connections and dead marks
        if 'rabbit' in stale:
            stale.update(programs.ON_THE_BUS)
        return stale

    def _start(self, missing, fault):
        self.launch(missing, 'epmd')
        if 'epmd' in missing:
            self.listens('127.0.0.1', 'epmd')
        self.launch(missing, 'rabbit', 'vnc', *programs.MEMCACHEDS)
        for name, address in zip(programs.MEMCACHEDS, fault.listen or fault.layout.nodes):
            if name in missing:
                self.listens(address, 'memcached')
        if 'vnc' in missing:
            self.listens(fault.layout.hypervisor, 'vnc')
        if 'rabbit' in missing:
            self.listens(fault.layout.controllers[0], 'rabbit', 90)
        self.launch(missing, 'driver', 'conductor', 'novncproxy', *programs.CONSOLEAUTHS)
        if 'driver' in missing:
            self.listens('127.0.0.1', 'driver', 60)
        if 'compute' in missing:
            self.driver.ready('conductor:ctl1')     # nova-compute would wait 10 s for it
        self.launch(missing, 'compute')
        if 'novncproxy' in missing:
            self.listens(fault.layout.controllers[0], 'proxy', 60)
        self.driver.ready(*[':'.join(n.split('-')) for n in programs.CONSOLEAUTHS if n in missing],
                          *['compute:cmp1'] * ('compute' in missing))
        self.note_start_up(missing)

    def start(self, name):
        """A single program, for what happens after the tokens."""
        fault = FAULTS[self.read('fault')]
        self._start({name: programs.wanted(self.run, fault, self.ports)[name]}, fault)

    @property
    def driver(self):
        return Driver(self.ports['driver'])
