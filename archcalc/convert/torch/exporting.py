"""A module's graph by `torch.export`, with nothing spent on numbers, and the module left as it was."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from archcalc.errors import Problem, UsageError, quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import torch

BATCH = 7919
"""Examples in a batch while a graph is traced: a prime, which the sizes of an example do not contain."""
_SHOWN = 300  # characters of PyTorch's own message


def exported(module: torch.nn.Module, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """The exported program of a module in inference, on inputs that are shapes alone.

    Raises UsageError where it cannot be exported, with PyTorch's reason.
    """
    import torch

    with ExitStack() as stack:
        stack.enter_context(inference(module))
        stack.enter_context(quiet())
        try:
            return torch.export.export(module, tuple(args), kwargs, strict=False)
        except Exception as error:  # whatever the module's own code, or PyTorch, raises
            raise _refused(module, error) from error


@contextmanager
def inference(module: torch.nn.Module) -> Iterator[None]:
    """The module as it is in inference, without PyTorch's fused paths; after it everything is as before."""
    import torch

    modes = [(part, part.training) for part in module.modules()]
    fast = torch.backends.mha.get_fastpath_enabled()
    config = getattr(module, "config", None)
    cached = getattr(config, "use_cache", None)
    try:
        module.eval()
        torch.backends.mha.set_fastpath_enabled(False)
        if cached is True and config is not None:
            config.use_cache = False  # keys and values kept for the next token are no output of the network
        with torch.enable_grad():
            yield
    finally:
        if cached is True and config is not None:
            config.use_cache = True
        torch.backends.mha.set_fastpath_enabled(fast)
        for part, training in modes:
            part.training = training


@contextmanager
def quiet() -> Iterator[None]:
    """Without warnings, log lines and prints: a trace is no run, and what goes wrong is told by an error."""
    import io
    import logging
    import warnings
    from contextlib import redirect_stderr, redirect_stdout

    before = logging.root.manager.disable
    with (
        warnings.catch_warnings(),
        redirect_stdout(io.StringIO()),
        redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        logging.disable(logging.CRITICAL)
        try:
            yield
        finally:
            logging.disable(before)


def stand_ins(module: torch.nn.Module, wanted: Sequence[tuple[tuple[int, ...], Any]]) -> list[torch.Tensor]:
    """Tensors of these shapes and types, on the device of the module, that hold no numbers."""
    import torch
    from torch._subclasses.fake_tensor import FakeTensorMode

    device = next((tensor.device for tensor in (*module.parameters(), *module.buffers())), None)
    if device is None or device.type == "meta":
        return [torch.empty(shape, dtype=dtype, device="meta") for shape, dtype in wanted]
    with FakeTensorMode():
        return [torch.empty(shape, dtype=dtype, device=device) for shape, dtype in wanted]


def _refused(module: torch.nn.Module, error: Exception) -> UsageError:
    """PyTorch's complaint, or the module's own, as one of ours."""
    data = "data-dependent" in str(error) or "DataDependent" in type(error).__name__
    why = told(error)
    if data:
        why = (
            *why,
            "what a network does must not depend on the numbers it reads: there would be no one count",
        )
    if str(BATCH) in str(error):
        why = (*why, f"{BATCH} stands for the batch")
    more = "" if data else "is that what its forward reads? --debug shows the whole traceback"
    return UsageError(Problem(f"{quote(type(module).__name__)} could not be traced", why, more=more))


def told(error: BaseException) -> tuple[str, ...]:
    """What somebody else's code complained about, in its first line, and where."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else "it gives no reason"
    text = text.partition("  (Size-like")[0]
    if len(text) > _SHOWN:
        text = f"{text[:_SHOWN]}…"
    where = _where(error)
    return (f"{type(error).__name__}: {text}", *((f"raised at {where}",) if where else ()))


def _where(error: BaseException) -> str:
    """The last line of code that is not PyTorch's own which an error passed through."""
    import os

    found, trace = "", error.__traceback__
    while trace is not None:
        module = trace.tb_frame.f_globals.get("__name__", "")
        if not module.startswith(("torch.", "archcalc.", "importlib.")) and module not in (
            "torch",
            "contextlib",
            "importlib",
        ):
            path = trace.tb_frame.f_code.co_filename
            near = os.path.relpath(path) if os.path.isabs(path) else path
            found = f"{path if near.startswith('..') else near}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found
