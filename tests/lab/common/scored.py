"""How much of a fault vncdoctor tells: right cause, right step, an honest `cannot tell`, or wrong."""
from . import verdict
from .expect import Broken

RIGHT_CAUSE, RIGHT_STEP, CANNOT_TELL, WRONG = KINDS = ('right cause', 'right step', 'cannot tell', 'wrong')


def score(expect, report, code, rows):
    """One of KINDS. A report that names candidates and chooses none cannot tell, as long as the truth is among them; one that
    finds nothing amiss where the console is broken is wrong, and so is another cause, unless it says `possible` of the right
    step."""
    if not isinstance(expect, Broken):
        return RIGHT_CAUSE if verdict.meets(expect, report, code, rows) else CANNOT_TELL if code == 3 else WRONG
    if code == 3 or code == 0 and expect.opens_for_some:
        return CANNOT_TELL
    if code != 1:
        return WRONG
    said = report.get('verdict', {})
    if not said.get('cause'):
        return CANNOT_TELL if verdict.among(expect, report, rows) else WRONG
    if verdict.names(expect, report, rows):
        return RIGHT_CAUSE
    if not only_possible(report, said['cause']):
        return WRONG
    if said.get('step') == expect.step:
        return RIGHT_STEP
    return CANNOT_TELL if said['cause'] in expect.looks_like else WRONG


def only_possible(report, cause):
    return all(finding.get('confidence') == 'possible' for finding in report['findings'] if finding['cause'] == cause)
