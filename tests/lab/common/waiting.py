"""Waiting with a deadline."""
import socket
import time


def until(true, seconds, every=0.05):
    """True as soon as `true()` is, False after so many seconds."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(every)
    return True


def listening(address, port):
    try:
        socket.create_connection((address, port), 1).close()
    except OSError:
        return False
    return True
