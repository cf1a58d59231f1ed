"""What vncdoctor must say of a fault."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Broken:
    """The console does not open: exit 1, this step, a cause with one of these rows of the field study
    (`()`: a cause that has no row there)."""
    step: int
    rows: tuple


@dataclass(frozen=True)
class Works:
    """The console opens: exit 0, and no finding above this severity."""
    most: str = 'note'
