"""Judges the recorded evidence of the real cloud against the same table as the live one."""
import os

from . import doctor
from .faults import FAULTS
from .places import RECORDINGS, LabError


def path(name):
    return os.path.join(RECORDINGS, name + '.json')


def judge(rows, names, reports):
    os.makedirs(reports, exist_ok=True)
    for name in names:
        rows.add(name + ' (recorded)', FAULTS[name].expect, lambda name=name: one(name, reports))


def one(name, reports):
    if not os.path.exists(path(name)):
        raise LabError('no recording; make it with tests/lab/legacy/record ' + name)
    return doctor.check(os.path.dirname(path(name)), os.path.join(reports, name + '.recorded'),
                        ['--bundle', name + '.json'])
