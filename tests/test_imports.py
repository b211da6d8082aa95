"""Who imports whom, and what a start costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import archcalc

HOME = Path(archcalc.__file__).parent
MODULES = sorted(HOME.rglob("*.py"))

# a module imports, when it is loaded, only from rooms above its own
ROOMS = """
    errors collector lazy shown shelf
    dims
    expressions quantities
    domains
    window arrays written intervals
    spec
    fields
    tables register
    layer
    familiar
    layers
    schema
    graph
    receptive
    analysis
    alignment saved
    difference
    folding
    memory training
    measures
    conventions
    gaps
    verdicts check
    symbolic
    forward witness swift verification
    derivation
    explanation explain notes
    closed_form
    solution
    render convert
    drawing
    export
    network
    loading
    sweeping
    web
    calculation verbs
    exhibits
    testing sphinx
    cli
"""
ORDER = {room: i for i, line in enumerate(ROOMS.split("\n")) for room in line.split()}


def imports(tree: ast.Module):
    """Modules of archcalc that a module imports as it is loaded: not under TYPE_CHECKING, not in functions."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "archcalc":
            for alias in node.names:
                whole = f"{node.module}.{alias.name}".split(".")[1:]
                yield whole
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("archcalc."):
                    yield alias.name.split(".")[1:]


def name(path: Path) -> str:
    return ".".join(path.relative_to(HOME).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_imports_only_from_rooms_above_its_own(path):
    own = name(path).split(".")[0]
    if own == "__init__":
        own = "cli"
    assert own in ORDER, f"{own} is a room that nobody has placed"
    for target in imports(ast.parse(path.read_text(encoding="utf-8"))):
        room = target[0]
        if room in {"__version__", own}:
            continue
        assert ORDER[room] < ORDER[own] or (ORDER[room] == ORDER[own] and room != own), (
            f"{name(path)} imports {'.'.join(target)}"
        )


def test_rooms_on_one_line_do_not_import_one_another_in_a_circle():
    edges = {}
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        own = name(path).split(".")[0]
        edges.setdefault(own, set()).update(t[0] for t in imports(tree) if t[0] != own)
    for room, others in edges.items():
        for other in others:
            assert room not in edges.get(other, ()), f"{room} and {other} import each other"


def test_the_list_of_kinds_is_what_the_files_declare():
    from archcalc import layers
    from archcalc.register import KINDS

    ops = layers.load_all()
    declared = {
        op: kind.__module__.rpartition(".")[2]
        for op, kind in KINDS.items()
        if kind.__module__.startswith("archcalc.layers")
    }
    assert declared == {op: home for home, words in layers.HOMES.items() for op in words.split()}
    assert sorted(ops) == sorted(declared)
    told = ast.parse(Path(layers.__file__).read_text(encoding="utf-8"))
    typed = {
        alias.name
        for node in ast.walk(told)
        if isinstance(node, ast.ImportFrom) and "layers." in (node.module or "")
        for alias in node.names
    }
    assert typed == {KINDS[op].__name__ for op in ops} == set(dir(layers))


def test_families_of_kinds_never_import_one_another():
    for path in (HOME / "layers").glob("*.py"):
        if path.stem == "__init__":
            continue
        for target in imports(ast.parse(path.read_text(encoding="utf-8"))):
            if target[0] == "layers":
                assert target[1] == "bases", f"{path.stem} imports {target[1]}"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_heavy_packages_are_imported_only_where_they_are_used(path):
    heavy = {"numpy", "sympy", "rich", "graphviz", "wasmtime", "resvg_py", "hypothesis", "yaml"}
    if name(path).startswith(("symbolic", "testing", "sweeping")):
        return
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            found = {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found = {(node.module or "").split(".")[0]}
        else:
            continue
        assert not found & heavy


def loaded(code: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after some code."""
    text = f"import sys\nbefore = set(sys.modules)\n{code}\nprint('\\n'.join(sorted(set(sys.modules) - before)), file=sys.stderr)"
    ran = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True, timeout=60)
    return set(ran.stderr.split())


HEAVY = {"sympy", "numpy", "graphviz", "rich", "wasmtime", "resvg_py", "hypothesis", "dataclasses", "inspect",
         "importlib.metadata", "importlib.resources", "asyncio", "tempfile", "unittest"}  # fmt: skip


def test_importing_the_package_loads_nothing_else():
    found = loaded("import archcalc")
    assert {module for module in found if module.split(".")[0] == "archcalc"} == {"archcalc"}
    assert not {module for module in found if module.split(".")[0] in HEAVY | {"yaml", "argparse", "json"}}


@pytest.mark.parametrize(
    "args",
    [["report", "lenet5"], ["report", "lenet5", "-f", "json"], ["report", "lenet5", "-f", "csv"], ["check", "lenet5"],
     ["check", "lenet5", "params=61706"], ["explain", "lenet5", "C3"], ["list"], [],
     ["report", "resnet50", "--convention", "fvcore"], ["report", "resnet50", "--convention", "all"],
     ["solve", "person", "--for", "width=0.25:1:0.25", "macs <= 20M"]],
    ids=" ".join,
)  # fmt: skip
def test_an_integer_report_in_a_pipe_loads_nothing_heavy(args):
    found = loaded(f"from archcalc.cli import main\nmain({args!r})")
    assert "archcalc.cli" in found
    assert not {module for module in found if module in HEAVY or module.split(".")[0] in HEAVY}


def test_every_public_name_is_there():
    assert sorted(archcalc.__all__) == list(archcalc.__all__)
    for public in archcalc.__all__:
        assert getattr(archcalc, public).__doc__
    assert set(archcalc.__all__) <= set(dir(archcalc))
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = archcalc.no_such_name
