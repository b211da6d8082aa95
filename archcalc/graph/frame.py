"""Where a layer is built: in the network, or in one use of a block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.expressions import ExpressionError, Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from archcalc.dims import Dim
    from archcalc.spec import Entry


class Frame:
    """What names mean among the layers of a network, or of a block where it is used."""

    def __init__(
        self,
        path: str,
        names: Mapping[str, Any],
        inputs: dict[str, str],
        layers: Iterable[Entry],
        axis: Callable[[Frame, str, str], Dim],
        outer: Frame | None = None,
    ) -> None:
        self.path = path  # what stands before a layer's name: `stage2.1.`
        self.inputs = inputs  # the name of an input here -> the node that gives it
        self.ends: dict[str, str] = {}  # a layer's name -> the node that makes what it gives
        self.entries = {entry.name: entry for entry in layers}
        self.scope = Scope(names, lambda name, word: axis(self, name, word))
        self.scope.choices = outer.scope.choices if outer else None
        self.words: dict[str, Any] = {}  # arguments that are no numbers, as written
        self.outer = outer
        self.owner = ""  # the path whose tensors are used here
        self.trainable: bool = outer.trainable if outer else True
        self.times: Dim = outer.times if outer else 1
        self.held: Dim = outer.held if outer else 1
        self.blocks: tuple[str, ...] = outer.blocks if outer else ()  # that this stands in
        self.told: tuple[str, ...] = outer.told if outer else ()  # where those are used, for complaints

    def outermost(self) -> Mapping[str, Any]:
        """The symbols of the network, which every block sees."""
        frame = self
        while frame.outer is not None:
            frame = frame.outer
        return frame.scope.names

    def known(self) -> list[str]:
        """Names that a layer may read: inputs, and layers above."""
        return [*self.ends, *self.inputs]

    def given(self, plain: Any) -> Any:
        """A field's text, or the word or list that it stands for where it names an argument."""
        return self.words.get(plain, plain) if isinstance(plain, str) else plain

    def truth(self, text: Any) -> bool:
        """What a condition comes to. Raises ExpressionError where it is no condition."""
        value = {"true": True, "false": False}.get(text) if isinstance(text, str) else None
        if value is None:
            value = self.scope.value(self.given(text))
        if isinstance(value, bool):
            return value
        if isinstance(value, int):
            raise ExpressionError(f"is {value}, and must be true or false")
        raise ExpressionError("decides structure, so it must have a value and cannot stay a letter")
