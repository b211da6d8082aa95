"""A model that somebody asked for by name: `package.module:factory`, the one way in which code is run."""

from __future__ import annotations

import os
import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from archcalc.errors import ArchcalcError, MissingError, Problem, UsageError, likely, quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import ModuleType

    import torch

_NAMED = re.compile(r"(?P<home>(?:[^:]*[/\\])?[A-Za-z_][\w.]*):(?P<what>[A-Za-z_][\w.]*)\Z")
EXAMPLE = "torchvision.models:resnet50"


def is_factory(text: str) -> bool:
    """Whether a text names a factory: a module or the path of a `.py` file, a colon, and a name in it."""
    found = _NAMED.match(text)
    return found is not None and (not _is_path(found["home"]) or found["home"].endswith(".py"))


def _is_path(home: str) -> bool:
    return "/" in home or "\\" in home


def made(text: str, arguments: Mapping[str, Any] | None = None) -> torch.nn.Module:
    """The module that a factory makes, on the meta device, where its weights take no memory.

    Raises MissingError or UsageError for what is not there, fails, or is no module.
    """
    torch = needed()
    found = _NAMED.match(text)
    if found is None:
        raise UsageError(Problem(f"{quote(text)} names no factory", fix=EXAMPLE))
    with _here():
        home = _home(found["home"])
        factory: Any = home
        for part in found["what"].split("."):
            if not hasattr(factory, part):
                raise _absent(home, factory, part, text)
            factory = getattr(factory, part)
        return (
            factory if isinstance(factory, torch.nn.Module) else _called(factory, text, dict(arguments or {}))
        )


def needed() -> Any:
    """PyTorch, or one sentence that says how to get it."""
    try:
        import torch
    except ModuleNotFoundError:
        why = ("its CPU build is enough, and much smaller than the one with CUDA", "see pytorch.org for both")
        what = "PyTorch models are read with PyTorch, which is not installed"
        raise MissingError(Problem(what, why, "pip install 'archcalc[torch]'")) from None
    return torch


@contextmanager
def _here() -> Iterator[None]:
    """The current folder among those that modules are imported from, as `python -m` has it."""
    folder = os.getcwd()
    added = folder not in sys.path and "" not in sys.path
    if added:
        sys.path.insert(0, folder)
    try:
        yield
    finally:
        if added and folder in sys.path:
            sys.path.remove(folder)


def _home(home: str) -> ModuleType:
    """The module of a factory, imported, or run where it is a file."""
    from importlib import import_module

    try:
        if home.endswith(".py"):
            return _run(home)
        return import_module(home)
    except ModuleNotFoundError as error:
        if not f"{home}.".startswith(f"{error.name}."):
            raise _failed(f"importing {quote(home)}", error) from error
        what = f"there is no module {quote(home)}"
        file = f"{home.replace('.', '/')}.py"
        why = (f"{quote(error.name or '')} is neither installed nor in the current folder",)
        raise MissingError(Problem(what, why, more=f"a file is named with its ending: {file}:…")) from None
    except ArchcalcError:
        raise
    except Exception as error:
        raise _failed(f"importing {quote(home)}", error) from error


def _run(path: str) -> ModuleType:
    from importlib.util import module_from_spec, spec_from_file_location

    if not os.path.isfile(path):
        raise MissingError(Problem(f"there is no file {quote(path)}"))
    name = os.path.basename(path).removesuffix(".py")
    found = spec_from_file_location(name, path)
    assert found is not None
    assert found.loader is not None
    module = module_from_spec(found)
    sys.modules.setdefault(name, module)
    folder = os.path.dirname(os.path.abspath(path))
    sys.path.insert(0, folder)
    try:
        found.loader.exec_module(module)
    finally:
        sys.path.remove(folder)
    return module


def _absent(home: ModuleType, owner: Any, part: str, text: str) -> MissingError:
    """What a module has instead of a name that is not there."""
    torch = needed()
    models = [
        name
        for name, value in vars(home).items()
        if isinstance(value, type)
        and issubclass(value, torch.nn.Module)
        and value.__module__ == home.__name__
    ]
    close = likely(part, [name for name in vars(owner) if not name.startswith("_")]) if owner is home else ""
    fix = f"{text.rpartition(':')[0]}:{close}" if close else ""
    why = (f"modules in it: {', '.join(models[:6])}",) if models else ()
    return MissingError(Problem(f"{quote(home.__name__)} has no {quote(part)}", why, fix))


def _called(factory: Any, text: str, arguments: dict[str, Any]) -> torch.nn.Module:
    """What a factory gives, on the meta device; where it cannot be made there, as it is made elsewhere."""
    from archcalc.convert.torch.exporting import quiet

    torch = needed()
    if not callable(factory):
        what = f"{quote(text)} is {type(factory).__name__}, and neither a module nor what makes one"
        raise UsageError(Problem(what))
    with quiet():
        try:
            with torch.device("meta"):
                found = factory(**arguments)
        except Exception as error:  # noqa: BLE001  (whatever the factory's own code raises)
            try:
                found = factory(**arguments)
            except Exception as again:  # noqa: BLE001  (the same)
                raise _failed(f"{quote(text)} could not be made", again) from error
    if not isinstance(found, torch.nn.Module):
        what = f"{quote(text)} makes {type(found).__name__}, and no torch.nn.Module"
        raise UsageError(Problem(what))
    parts = [*found.parameters(), *found.buffers()]
    if any(part.is_meta for part in parts):  # some may be made of numbers that stood ready
        found.to("meta")
    return found  # type: ignore[no-any-return]


def _failed(what: str, error: BaseException) -> UsageError:
    from archcalc.convert.torch.exporting import told

    more = "--with name=value gives it arguments" if isinstance(error, TypeError) else ""
    return UsageError(
        Problem(f"{what}: {type(error).__name__}" if "import" in what else what, told(error), more=more)
    )
