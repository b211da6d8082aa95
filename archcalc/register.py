"""The register of layer kinds, by op and by the names that other tools give them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.errors import LayerError, MissingError, Problem, likely, printable, quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from archcalc.layer import Layer

KINDS: dict[str, type[Layer]] = {}
"""Every kind by its op."""
_SYNONYMS: dict[str, str] = {}
GROUP = "archcalc.kinds"
"""The entry points by which installed packages bring kinds of their own."""
_ASKED: set[str] = set()  # groups whose entry points have been loaded


def enter(op: str, kind: type[Layer], words: Iterable[str]) -> None:
    """Enter a kind under its op and other names.

    Raises LayerError where the op is another kind's; the same declaration, run again, replaces itself.
    """
    ours = kind.__module__.startswith("archcalc.layers.")
    own = KINDS.get(op) if ours else _known(op)
    if own is not None and (own.__module__, own.__qualname__) != (kind.__module__, kind.__qualname__):
        whose = f"{own.__module__}.{own.__qualname__}"
        raise LayerError(f"there is a kind {op!r} already, {whose}; choose another op")
    KINDS[op] = kind
    for word in words:
        _SYNONYMS.setdefault(bare(word), op)


def bare(word: str) -> str:
    """A word without case, underscores and dashes, so that MaxPooling2D finds max_pooling_2d."""
    return word.lower().replace("_", "").replace("-", "")


def kind(op: str) -> type[Layer] | None:
    """The kind called exactly `op`; one that comes with archcalc is imported when it is first asked for."""
    return _known(op)


def _known(op: str) -> type[Layer] | None:
    found = KINDS.get(op)
    if found is None:
        from archcalc import layers

        layers.load(op)
        found = KINDS.get(op)
    return found


def kind_or_plugin(op: str) -> type[Layer] | None:
    """The kind called exactly `op`, here or in an installed package.

    Packages are asked only for an op that is not here: to find their entry points takes 50 ms.
    Raises LayerError where one of them cannot be loaded.
    """
    found = KINDS.get(op) or _known(op)
    if found is None:
        load_installed()
    return found or KINDS.get(op)


def load_installed() -> None:
    """Load every entry point of the group, once.

    Raises LayerError where one cannot be loaded.
    """
    if GROUP in _ASKED:
        return
    from importlib.metadata import entry_points

    for point in entry_points(group=GROUP):
        package = point.dist.name if point.dist else "an installed package"
        what = f"the kinds of {quote(package)} cannot be loaded"
        _guarded(point.load, what, f"{GROUP}: {point.name} = {point.value}")
    _ASKED.add(GROUP)


def load_plugin(word: str) -> None:
    """Import what somebody named: a module, or the path of a `.py` file; its kinds register themselves.

    Raises LayerError where it fails, MissingError where there is none.
    """
    import os

    if word.endswith(".py") or os.sep in word or "/" in word:
        if not os.path.isfile(word):
            raise MissingError(f"no plugin is at {quote(word)}")
        _guarded(lambda: _run_file(os.path.realpath(word)), f"the plugin {quote(word)} cannot be loaded")
        return
    _guarded(lambda: _run_module(word), f"the plugin {quote(word)} cannot be loaded")


def _guarded(load: Callable[[], object], what: str, *why: str) -> None:
    """Run other people's code; whatever it raises becomes one sentence, and `--debug` shows where."""
    try:
        load()
    except MissingError:
        raise
    except (Exception, SystemExit) as error:
        said = printable(f"{type(error).__name__}: {error}".strip().partition("\n")[0])
        raise LayerError(Problem(what, (*why, said))) from error


def _run_module(word: str) -> None:
    """Import a module.

    Raises MissingError where there is none of that name.
    """
    import os
    from importlib import import_module

    fix = f"--plugin {word}.py" if os.path.isfile(f"{word}.py") else ""
    why = ("a plugin is an installed module, as package.module, or the path of a .py file",)
    missing = MissingError(Problem(f"there is no module {quote(word)}", why, fix))
    if not all(part.isidentifier() for part in word.split(".")):
        raise missing
    try:
        import_module(word)
    except ModuleNotFoundError as error:
        if not f"{word}.".startswith(f"{error.name}."):
            raise  # the module is there, and what it imports is not
        raise missing from None


def _run_file(path: str) -> None:
    """Run a file as a module called as it is; once, however often it is named."""
    import os
    import sys
    from importlib.util import module_from_spec, spec_from_file_location

    name = os.path.basename(path).removesuffix(".py")
    known = sys.modules.get(name)
    if known is not None and os.path.realpath(getattr(known, "__file__", None) or "") == path:
        return
    found = spec_from_file_location(name, path)
    if found is None or found.loader is None:
        raise ImportError("it is no Python file")
    module = module_from_spec(found)
    if known is None:
        sys.modules[name] = module
    try:
        found.loader.exec_module(module)
    except BaseException:
        if known is None:
            sys.modules.pop(name, None)
        raise


def meant(op: str) -> str:
    """The op that an unknown word surely means, or nothing."""
    ops = [kind.op for kind in kinds()]
    return _SYNONYMS.get(bare(op)) or likely(op, ops)


def first(kind: type[Layer]) -> str:
    """What a kind does: the first sentence of its docstring."""
    return (kind.__doc__ or "").strip().partition("\n")[0]


def section(kind: type[Layer], word: str) -> str:
    """A section of the kind's docstring: Shapes, Counts or Source."""
    for line in (kind.__doc__ or "").splitlines():
        lead, _, text = line.strip().partition(" ")
        if lead == word:
            return text.strip()
    return ""


def kinds() -> Iterator[type[Layer]]:
    """Every kind: those that come with archcalc in the order of their files, then others as declared."""
    from archcalc import layers

    own = layers.load_all()
    known = set(own)
    return iter([KINDS[op] for op in own] + [kind for op, kind in KINDS.items() if op not in known])
