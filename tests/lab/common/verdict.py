"""Is a report what a fault expects?"""
from .expect import Broken

SEVERITIES = ('note', 'warning', 'error')
FEW = 4             # candidates that are named


def words(expect):
    if isinstance(expect, Broken):
        rows = ' or '.join(expect.rows + expect.causes) or 'no row'
        candidates = ', or candidates' if expect.or_candidates else ''
        return 'exit 1, step %d, %s%s%s' % (expect.step, rows, candidates, ', or it opens' if by_luck(expect) else '')
    return 'exit 0, at most a ' + expect.most


def found(report, code, rows):
    """What the report says, in the words of `words`."""
    verdict = report.get('verdict', {})
    if verdict.get('cause'):
        cause = verdict['cause']
        carried = ', '.join(rows.get(cause, ['unknown to explain'])) or 'no row'
        return 'exit %d, step %s, %s (%s)' % (code, verdict.get('step'), carried, cause)
    candidates = verdict.get('candidates', [])
    if len(candidates) > FEW:
        return 'exit %d, undecided: many causes' % code     # which they are changes with every cause that is added
    if candidates:
        return 'exit %d, undecided: %s' % (code, ' or '.join(
            '%s at %s' % (c.get('cause'), c.get('step')) for c in candidates))
    worst = loudest(report)
    loud = [f.get('cause') for f in report.get('findings', []) if f.get('severity') not in ('note', None)]
    which = ' (%s)' % ', '.join(sorted(set(loud))) if loud else ''
    return 'exit %d, %s%s' % (code, 'at most a ' + worst if worst else 'no finding', which)


def loudest(report):
    severities = [finding.get('severity') for finding in report.get('findings', [])]
    strange = [s for s in severities if s not in SEVERITIES]
    return strange[0] if strange else max(severities, key=SEVERITIES.index, default='')


def meets(expect, report, code, rows):
    if isinstance(expect, Broken):
        told = code == 1 and (names(expect, report, rows) or expect.or_candidates and among(expect, report, rows))
        return told or by_luck(expect) and opens(report, code, 'note')
    return opens(report, code, expect.most)


def by_luck(expect):
    """Chance decides who gets the console, and nothing but one try is at hand."""
    return expect.opens_for_some and expect.or_candidates


def opens(report, code, most):
    allowed = ('',) + SEVERITIES[:SEVERITIES.index(most) + 1]
    return code == 0 and 'cause' not in report.get('verdict', {}) and loudest(report) in allowed


def names(expect, report, rows):
    """The verdict's step and cause are the expected ones."""
    verdict = report.get('verdict', {})
    return is_it(expect, verdict.get('step'), verdict.get('cause'), rows)


def is_it(expect, step, cause, rows):
    """Step and cause are the expected ones."""
    carried = rows.get(cause)
    if step != expect.step or carried is None:
        return False
    if cause in expect.causes:
        return True
    return bool(set(carried) & set(expect.rows)) if expect.rows else not carried


def among(expect, report, rows):
    """No cause is chosen, and the truth, or what looks like it from outside, is among the candidates."""
    verdict = report.get('verdict', {})
    return 'cause' not in verdict and any(
        is_it(expect, c.get('step'), c.get('cause'), rows) or c.get('cause') in expect.looks_like
        for c in verdict.get('candidates', []))
