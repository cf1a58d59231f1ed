"""Ctrl-C and termination: one way out, through every `finally`, and moments that must not be cut in two."""
import contextlib
import signal

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def _interrupt(*_):
    raise KeyboardInterrupt


def termination_interrupts():
    """SIGTERM takes the way of Ctrl-C."""
    signal.signal(signal.SIGTERM, _interrupt)


@contextlib.contextmanager
def undisturbed():
    """Puts off an interruption until the block is done: no program is started without being
    written down, and none is left because Ctrl-C came twice."""
    came = []
    before = {s: signal.getsignal(s) for s in SIGNALS if callable(signal.getsignal(s))}
    for each in before:
        signal.signal(each, lambda *_: came.append(True))
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    if came:
        raise KeyboardInterrupt
