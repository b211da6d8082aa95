"""A sweep on a Dask cluster: the same rows as here, also where a worker is lost on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

import archcalc
from archcalc.errors import MissingError
from archcalc.sweeping import grid as grids

distributed = pytest.importorskip("distributed", reason="Dask is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")  # what its own start says of ports and forks


@pytest.fixture
def cluster():
    """A scheduler and two workers, each a process of its own."""
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    plain = ["--port", "0", "--no-dashboard"]
    scheduler = subprocess.Popen([*command, *plain], stderr=subprocess.PIPE, text=True)
    address = next(line.split()[-1] for line in scheduler.stderr if "Scheduler at:" in line)
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--no-nanny", "--no-dashboard"]
    workers = [
        subprocess.Popen([*worker, "--nthreads", "1"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(2)
    ]
    try:
        with distributed.Client(address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
        yield address, workers
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait(timeout=20)
        scheduler.stderr.close()


def test_a_worker_that_is_stopped_takes_nothing_along(cluster, monkeypatch):
    address, workers = cluster
    monkeypatch.setattr(grids, "BOX", 64)
    sizes = {"H": "24:151", "W": "24:151"}
    alone = archcalc.sweep("lenet5", sizes=sizes, columns="params,macs,C5.H")
    shared = archcalc.sweep("lenet5", sizes=sizes, columns="params,macs,C5.H", dask=address)
    pieces = shared.csv()
    found = [next(pieces), next(pieces), next(pieces)]
    os.kill(workers[0].pid, signal.SIGKILL)
    found += pieces
    assert "".join(found) == "".join(alone.csv())
    assert vars(shared.counts) == vars(alone.counts)
    assert shared.counts.points == 128 * 128


def test_an_address_without_a_scheduler():
    start = time.monotonic()
    with pytest.raises(MissingError, match=r"there is no Dask scheduler at 'tcp://127.0.0.1:1'"):
        archcalc.sweep("lenet5", H="32:34", dask="tcp://127.0.0.1:1").counts  # noqa: B018
    assert time.monotonic() - start < 60
