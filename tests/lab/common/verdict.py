"""Is a report what a fault expects?"""
from .expect import Broken

SEVERITIES = ('note', 'warning', 'error')


def words(expect):
    if isinstance(expect, Broken):
        return 'exit 1, step %d, %s' % (expect.step, ' or '.join(expect.rows) or 'no row')
    return 'exit 0, at most a ' + expect.most


def found(report, code, rows):
    """What the report says, in the words of `words`."""
    verdict = report.get('verdict', {})
    if verdict.get('cause'):
        cause = verdict['cause']
        carried = ', '.join(rows.get(cause, ['unknown to explain'])) or 'no row'
        return 'exit %d, step %s, %s (%s)' % (code, verdict.get('step'), carried, cause)
    if verdict.get('candidates'):
        return 'exit %d, undecided: %s' % (code, ' or '.join(
            '%s at %s' % (c.get('cause'), c.get('step')) for c in verdict['candidates']))
    worst = loudest(report)
    return 'exit %d, %s' % (code, 'at most a ' + worst if worst else 'no finding')


def loudest(report):
    severities = [finding.get('severity') for finding in report.get('findings', [])]
    strange = [s for s in severities if s not in SEVERITIES]
    return strange[0] if strange else max(severities, key=SEVERITIES.index, default='')


def meets(expect, report, code, rows):
    verdict = report.get('verdict', {})
    if isinstance(expect, Broken):
        carried = rows.get(verdict.get('cause'))
        if code != 1 or verdict.get('step') != expect.step or carried is None:
            return False
        return bool(set(carried) & set(expect.rows)) if expect.rows else not carried
    allowed = ('',) + SEVERITIES[:SEVERITIES.index(expect.most) + 1]
    return code == 0 and 'cause' not in verdict and loudest(report) in allowed
