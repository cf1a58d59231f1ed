"""Where the labs keep things: the project, the user's cache folder, the folders of runs and of recordings."""
import os

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.abspath(os.path.join(HERE, '..', '..', '..'))


class LabError(Exception):
    """The lab cannot go on; the text is for the person at the terminal."""


def cache(name):
    """What outlives a run of one lab: the virtual environment and the database template."""
    root = os.environ.get('VNCDOCTOR_CACHE') or os.path.join(
        os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache'), 'vncdoctor')
    return os.path.join(root, name)


def recordings(lab):
    return os.path.join(PROJECT, 'fixtures', lab)


def reports(lab):
    """Where reports on recordings go."""
    return os.path.join(PROJECT, 'target', 'lab', 'recorded', lab)


def default_run(lab):
    return os.path.join(PROJECT, 'target', 'lab', lab)
