"""How far a sweep is, for whoever watches."""

from __future__ import annotations


class Progress:
    """Whoever watches a sweep; this one looks away."""

    def told(self, sentence: str) -> None:
        """Something worth telling while it is being prepared."""

    def done(self, points: int, of: int) -> None:
        """How many points are done."""
