"""What vncdoctor must say of a fault."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Broken:
    """The console does not open: exit 1, this step, a cause with one of these rows of the field study
    (`()`: a cause that has no row there)."""
    step: int
    rows: tuple
    # causes that have no such row, and say the same with less
    causes: tuple = ()
    # causes at another step that look the same from outside: `possible` of one of them is an honest guess
    looks_like: tuple = ()
    # what it takes to choose is not within reach of what `compare` gives: candidates with this step among them will do
    or_candidates: bool = False
    # at times, or for others, the console opens: to those who look but once, too
    opens_for_some: bool = False


@dataclass(frozen=True)
class Works:
    """The console opens: exit 0, and no finding above this severity."""
    most: str = 'note'
