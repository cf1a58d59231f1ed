"""How much of a fault vncdoctor tells: right cause, right step, an honest `cannot tell`, or wrong."""
from . import verdict
from .expect import Broken

RIGHT_CAUSE, RIGHT_STEP, CANNOT_TELL, WRONG = KINDS = ('right cause', 'right step', 'cannot tell', 'wrong')


def score(expect, report, code, rows):
    """One of KINDS. A report that names candidates and chooses none cannot tell, as long as the truth is among them; one that
    finds nothing amiss where the console is broken is wrong."""
    if not isinstance(expect, Broken):
        return _healthy(expect, report, code, rows)
    said = report.get('verdict', {})
    if code == 3:
        return CANNOT_TELL
    if code != 1:
        return WRONG
    if said.get('cause'):
        if verdict.meets(expect, report, code, rows):
            return RIGHT_CAUSE
        return RIGHT_STEP if said.get('step') == expect.step else WRONG
    among = [c for c in said.get('candidates', []) if c.get('step') == expect.step]
    return CANNOT_TELL if among else WRONG


def _healthy(expect, report, code, rows):
    if verdict.meets(expect, report, code, rows):
        return RIGHT_CAUSE
    return CANNOT_TELL if code == 3 else WRONG
