"""A running cloud: booted once, then brought from fault to fault by restarting only what differs."""
import json
import os
import shutil
import signal

from . import addresses, ports
from .interrupt import undisturbed
from .places import LabError
from .processes import Processes
from .waiting import listening, until


class Cloud:
    """What a lab's own cloud adds: which programs a fault wants, and how they are started."""

    LAB = ''            # `legacy`, `modern`: marks the run's folder as one that may be emptied
    PORTS = ()          # names of the ports chosen at boot
    LAST = ()           # programs that end after those which speak to them, in this order
    LOGS = {}           # program -> its log, from the run's folder

    def __init__(self, run):
        self.run = os.path.abspath(run)
        self.processes = Processes(self.run)

    # -- boot and down --

    def fresh(self):
        """An empty folder with ports chosen; ends what an earlier boot in it left running."""
        self.down()
        marker = os.path.join(self.run, self.LAB + '-lab')
        if os.path.isdir(self.run) and os.listdir(self.run) and not os.path.exists(marker):
            raise LabError('%s is not empty and not a folder of the lab' % self.run)
        shutil.rmtree(self.run, ignore_errors=True)
        os.makedirs(os.path.join(self.run, 'reports'))
        self.write(self.LAB + '-lab',
                   'this folder belongs to the %s lab; `lab boot` empties it\n' % self.LAB)
        ports.choose(self.run, self.PORTS)

    def down(self):
        """Ends every program of this run."""
        if not os.path.isdir(self.run):
            return
        with undisturbed():
            self.processes.stop([n for n in self.processes.table() if n not in self.LAST])
            for name in self.LAST:
                self.processes.stop([name])
            addresses.remove(self.run)

    # -- programs --

    def stale(self, wanted):
        """What lives and is unwanted or was started differently."""
        alive = [n for n in self.processes.table() if self.processes.alive(n)]
        return {n for n in alive if n not in wanted or wanted[n].mark != self.processes.mark(n)}

    def launch(self, missing, *names):
        for name in names:
            if name in missing:
                self.processes.start(name, missing[name])

    def listens(self, address, port, seconds=20, by=''):
        """Waits until something does; with `by`, no longer than that program lives."""
        reached = until(lambda: listening(address, self.ports[port])
                        or by and not self.processes.alive(by), seconds)
        if not reached or not listening(address, self.ports[port]):
            raise LabError('%s does not listen on %s:%d; output under %s'
                           % (port, address, self.ports[port], os.path.join(self.run, 'out')))

    def kill(self, *names):
        self.processes.stop(names)

    # -- logs: each fault has its own, after the start-up lines of programs that kept running --

    def pause(self, name):
        """The program lives and answers nobody; the next fault starts it anew."""
        os.kill(self.processes.table()[name]['pid'], signal.SIGSTOP)
        self.processes.spoil(name)

    def forget_logs(self):
        start_up = self._start_up()
        for name, log in self.LOGS.items():
            path = os.path.join(self.run, log)
            if not os.path.exists(path):
                continue
            if self.processes.alive(name):
                os.truncate(path, start_up.get(name, 0))     # nova opened it for appending
            else:
                os.remove(path)

    def note_start_up(self, names):
        sizes = self._start_up()
        for name in names:
            if name in self.LOGS:
                path = os.path.join(self.run, self.LOGS[name])
                sizes[name] = os.path.getsize(path) if os.path.exists(path) else 0
        self.write('start-up.json', json.dumps(sizes))

    def _start_up(self):
        path = os.path.join(self.run, 'start-up.json')
        return json.loads(self.read('start-up.json')) if os.path.exists(path) else {}

    # -- the run's folder --

    def since(self):
        """When this run began: older than every program of it."""
        return os.path.getmtime(os.path.join(self.run, self.LAB + '-lab')) - 60

    def write(self, name, text):
        path = os.path.join(self.run, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w') as out:
            out.write(text)

    def read(self, name):
        with open(os.path.join(self.run, name)) as read:
            return read.read().strip()

    @property
    def ports(self):
        return ports.load(self.run)
