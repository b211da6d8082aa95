"""Parts done one after the other: here, on every core, or on a Dask cluster; and put together in order.

Whoever does a part, it is known by its number, and it is taken once. A worker that is lost takes
nothing along: what it had not handed over is done again elsewhere, and comes out the same.
"""

from __future__ import annotations

import os
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from archcalc.errors import MissingError, Problem, UsageError, quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from archcalc.sweeping.work import Job, Part

_AHEAD = 4  # parts in hand for each worker, so that none waits and memory stays bounded
_WORTH = 8  # parts below which another process takes longer to start than it saves
_TRIES = 3  # times that a part is handed out where its worker is lost


def parts(job: Job, jobs: int = 1, dask: str = "") -> Iterator[Part]:
    """Every part of a job, in order. Raises MissingError where a cluster cannot be reached."""
    if dask:
        with _cluster(dask) as (submit, workers):
            yield from _ordered(job, submit, workers)
    elif min(jobs, job.parts) > 1:
        with _processes(min(jobs, job.parts)) as submit:
            yield from _ordered(job, submit, jobs)
    else:
        yield from map(job.part, range(job.parts))


def cores(asked: int | None, job_parts: int) -> int:
    """The processes that a sweep is worth: those asked for, or else every core for a long one."""
    if asked is not None:
        return asked
    return (os.cpu_count() or 1) if job_parts >= _WORTH else 1


def _ordered(job: Job, submit: Callable[[Job, int], Any], workers: int) -> Iterator[Part]:
    """Parts in order, a few of them in hand at a time."""
    waiting: deque[Any] = deque()
    following = 0
    for expected in range(job.parts):
        while following < job.parts and len(waiting) < _AHEAD * workers:
            waiting.append(submit(job, following))
            following += 1
        part: Part = waiting.popleft().result()
        assert part.number == expected
        yield part


def _part(job: Job, number: int) -> Part:
    return job.part(number)


@contextmanager
def _processes(count: int) -> Iterator[Callable[[Job, int], Any]]:
    """Processes of this machine; started afresh, so that no thread of ours is copied half-way."""
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"))
    try:
        yield lambda job, number: pool.submit(_part, job, number)
    except BrokenProcessPool:
        why = ("it may have run out of memory",)
        raise MissingError(
            Problem("a process of the sweep was ended from outside", why, "--jobs 1")
        ) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _cluster(address: str) -> Iterator[tuple[Callable[[Job, int], Any], int]]:
    """The workers of a Dask cluster."""
    try:
        from distributed import Client
    except ImportError:
        raise MissingError(
            Problem("a sweep on a cluster needs Dask", fix="pip install 'archcalc[dask]'")
        ) from None
    try:
        client = Client(address, timeout="10s", set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        why = (f"Dask says: {said}",)
        raise MissingError(Problem(f"there is no Dask scheduler at {quote(address)}", why)) from None
    try:
        workers = len(client.scheduler_info(n_workers=-1)["workers"])
        if not workers:
            raise UsageError(Problem("the Dask cluster has no workers", fix=f"dask worker {address}"))
        yield _Handed(client).submit, workers
    finally:
        client.close()


class _Handed:
    """Parts handed to a cluster; Dask does a part again where its worker is lost."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.job: Any = None

    def submit(self, job: Job, number: int) -> Any:
        """Hand out a part; the job itself goes to every worker once."""
        if self.job is None:
            self.job = self.client.scatter(job, broadcast=True, hash=False)
        return self.client.submit(_part, self.job, number, pure=False, retries=_TRIES)
