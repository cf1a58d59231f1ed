"""What the labs' commands share: options, usage, and an end that leaves nothing half done."""
import sys

from .interrupt import termination_interrupts
from .places import LabError


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


def known(name, faults):
    if name not in faults:
        raise LabError('no fault %s; one of: %s' % (name, ' '.join(faults)))
    return name


def run(main, lab):
    termination_interrupts()
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
    except LabError as error:
        print('%s lab: %s' % (lab, error), file=sys.stderr)
        sys.exit(1)
