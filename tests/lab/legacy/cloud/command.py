"""What the lab's commands share: options, usage, and an end that leaves nothing half done."""
import sys

from .faults import FAULTS
from .interrupt import termination_interrupts
from .places import DEFAULT_RUN, LabError

__all__ = ['DEFAULT_RUN', 'known', 'run', 'split', 'usage']


def usage(doc, why=''):
    print((why + '\n\n' if why else '') + doc, file=sys.stderr)
    sys.exit(2)


def split(argv, doc, with_value=(), flags=()):
    """Options (by name) and words of a command line."""
    options, words, left = {}, [], list(argv)
    while left:
        word = left.pop(0)
        if word in ('-h', '--help'):
            print(doc)
            sys.exit(0)
        if word in with_value and left:
            options[word] = left.pop(0)
        elif word in flags:
            options[word] = True
        elif word.startswith('-'):
            usage(doc, 'unknown or incomplete option ' + word)
        else:
            words.append(word)
    return options, words


def known(name):
    if name not in FAULTS:
        raise LabError('no fault %s; one of: %s' % (name, ' '.join(FAULTS)))
    return name


def run(main):
    termination_interrupts()
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
    except LabError as error:
        print('legacy lab: %s' % error, file=sys.stderr)
        sys.exit(1)
