"""The programs a lab started, each known by its pid and start time, so that nothing else is ever ended."""
import json
import os
import signal
import subprocess
import time

from .interrupt import undisturbed


def started(pid):
    """The kernel's start time of a live process (clock ticks since boot), None when it is gone."""
    try:
        with open('/proc/%d/stat' % pid) as stat:
            fields = stat.read().rsplit(')', 1)[1].split()
    except OSError:
        return None
    return None if fields[0] == 'Z' else fields[19]


def members(entries):
    """The live processes of the sessions that the entries' programs lead."""
    ours = {e['pid'] for e in entries if started(e['pid']) in (None, e['started'])}
    found = []
    for pid in filter(str.isdigit, os.listdir('/proc')) if ours else ():
        try:
            with open('/proc/%s/stat' % pid) as stat:
                fields = stat.read().rsplit(')', 1)[1].split()
        except OSError:
            continue
        if fields[0] != 'Z' and int(fields[3]) in ours:
            found.append(int(pid))
    return found


class Processes:
    """A table kept in a file, so that another command can end what this one started."""

    def __init__(self, run):
        self.run = run
        self.path = os.path.join(run, 'processes.json')

    def table(self):
        try:
            with open(self.path) as table:
                return json.load(table)
        except FileNotFoundError:
            return {}

    def _save(self, table):
        with open(self.path + '.new', 'w') as out:
            json.dump(table, out, indent=1)
        os.replace(self.path + '.new', self.path)

    def alive(self, name):
        entry = self.table().get(name)
        return entry is not None and started(entry['pid']) == entry['started']

    def mark(self, name):
        """The fingerprint a live program was started with, None when it does not run."""
        return self.table()[name]['mark'] if self.alive(name) else None

    def spoil(self, name):
        """The program is not what it was started as: whoever compares marks starts it anew."""
        table = self.table()
        table[name]['mark'] = ''
        self._save(table)

    def start(self, name, program):
        """Starts a program in a session of its own; its output goes to out/NAME."""
        out = os.path.join(self.run, 'out', name)
        os.makedirs(os.path.dirname(out), exist_ok=True)
        with open(out, 'ab') as log, undisturbed():
            process = subprocess.Popen(
                program.argv, env=program.env, cwd=self.run, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True)
            table = self.table()
            table[name] = {'pid': process.pid, 'started': started(process.pid),
                           'mark': program.mark}
            self._save(table)

    def stop(self, names, patience=4):
        """Ends the named programs with their children: asked first, killed after `patience` seconds."""
        table = self.table()
        mine = [table[name] for name in names if name in table]
        for sign, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 5)):
            for pid in members(mine):
                try:
                    os.kill(pid, sign)
                except ProcessLookupError:
                    pass                    # gone between the look and the signal
            until = time.monotonic() + seconds
            while members(mine) and time.monotonic() < until:
                time.sleep(0.05)
        for name in names:
            table.pop(name, None)
        self._save(table)
