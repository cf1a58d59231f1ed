"""Python's own hook at its start: a clock that is off by LAB_CLOCK_OFFSET seconds, for the one program that is started so.
nova takes the end of a token's life from it, and the stamps of its log."""
import os
import time

_right, _off = time.time, float(os.environ['LAB_CLOCK_OFFSET'])
time.time = lambda: _right() + _off
