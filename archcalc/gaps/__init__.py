"""What would close a gap: everything that has the figure that was claimed, computed and never guessed."""

from archcalc.gaps.closing import closing
from archcalc.gaps.values import Closing, Closings, Part

__all__ = ["Closing", "Closings", "Part", "closing"]
