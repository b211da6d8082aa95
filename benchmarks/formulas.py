"""How long a closed form takes: a network in letters, its total multiplied out, written, and where it holds.

    python benchmarks/formulas.py    measure, print; exit 1 where a limit is passed

Each is measured in a process of its own, since what was found once is kept. The import of SymPy is told
apart: it is SymPy's. Beside it stands what SymPy takes to multiply the same total out by `expand`.
"""

from __future__ import annotations

import subprocess
import sys

CASES = (
    ("resnet152", "macs", "H,W,width", 1.0),
    ("resnet152", "flops", "H,W,width", 1.0),
    ("gpt2", "params", "d,L,T,V", 0.5),
    ("gpt2", "flops", "d,L,T,V", 0.5),
)
"""Network, figure, letters, and the seconds of the processor that it may take."""
ROUNDS = 3

CODE = """
import sys, time
start = time.process_time()
import sympy
imported = time.process_time() - start
from archcalc import load
name, quantity, letters = sys.argv[1:]
start = time.process_time()
net = load(name, symbolic=letters.split(","))
loaded = time.process_time() - start
formula = net.formula(quantity)
formula.text, formula.valid
whole = time.process_time() - start
total = getattr(net, quantity)
start = time.process_time()
total.expand()
print(imported, loaded, whole, time.process_time() - start)
"""


def seconds(name: str, quantity: str, letters: str) -> list[float]:
    """Seconds of the import, of the network, of all, and of SymPy's own expand: each the least of some."""
    runs = []
    for _ in range(ROUNDS):
        command = [sys.executable, "-c", CODE, name, quantity, letters]
        ran = subprocess.run(command, check=True, capture_output=True, text=True)
        runs.append([float(word) for word in ran.stdout.split()])
    return [min(run[i] for run in runs) for i in range(4)]


def main() -> int:
    """Measure and print; the exit status says whether a limit was passed."""
    late = False
    for name, quantity, letters, limit in CASES:
        imported, loaded, whole, expand = seconds(name, quantity, letters)
        late = late or whole > limit
        print(
            f"{f'{name} {quantity} in {letters}':<32} {whole:.2f} s of {limit:.1f}: network {loaded:.2f},"
            f" formula {whole - loaded:.2f}; SymPy's import {imported:.2f}, its expand {expand:.2f}"
        )
    return int(late)


if __name__ == "__main__":
    sys.exit(main())
