"""The table both `compare` and `replay` print, and its closing line."""
import time

from . import verdict
from .places import LabError


class Rows:
    def __init__(self, rows_of_causes):
        self.rows_of_causes = rows_of_causes
        self.passed = self.failed = 0
        self._line('', 'fault', 'expected', 'found', 'seconds')

    @staticmethod
    def _line(*columns):
        print('%-4s %-34s %-28s %-58s %7s' % columns, flush=True)

    def add(self, name, expect, report_and_code):
        """One row; `report_and_code` is called, and what it raises is what was found. Returns what was found."""
        began = time.monotonic()
        try:
            report, code = report_and_code()
            said = verdict.found(report, code, self.rows_of_causes)
            good = verdict.meets(expect, report, code, self.rows_of_causes)
        except LabError as error:
            said, good = str(error), False
        self.passed, self.failed = self.passed + good, self.failed + (not good)
        self._line('ok' if good else 'FAIL', name, verdict.words(expect), said,
                   '%.1f' % (time.monotonic() - began))
        return said

    def close(self, skipped=''):
        print('%d passed, %d failed%s' % (self.passed, self.failed, skipped), flush=True)
        return 1 if self.failed else 0
