"""Where the lab keeps things."""
import os

from common import places

LAB = 'modern'
HERE = os.path.dirname(os.path.abspath(__file__))
DEFAULT_RUN = places.default_run(LAB)


def cache():
    """What outlives a run: the virtual environment, node's modules, the database template."""
    return places.cache('modern-34')


def venv(*path):
    return os.path.join(cache(), 'venv', *path)


def node_modules(*path):
    return os.path.join(cache(), 'npm', 'node_modules', *path)
