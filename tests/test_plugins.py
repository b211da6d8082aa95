"""Kinds from elsewhere: of an installed package by its entry point, of a module or a file by `--plugin`."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from jsonschema import Draft7Validator

from archcalc import layers, register

KIND = '''
from archcalc.dims import Shape, product
from archcalc.layer import Layer, Work, dim


class Gain(Layer, op="gain", takes="C H W", also=("amplifier",)):
    """Each map times a gain of its own.

    Shapes   (C, H, W) -> the same
    Counts   a multiplication for each number
    Source   made up for this test
    """

    rows: object = dim("gains for each map", default=1)

    def weights(self, x):
        """The gains."""
        return {"gain": Shape((x[0], self.rows))}

    def work(self, x, y):
        """A multiplication for each number."""
        return Work(mul=product(y))


class Source(Layer, op="given_vector"):
    """Nothing read, one number made."""

    inputs = (0, 0)

    def output(self):
        """One number."""
        return Shape((1,), ("C",))


class Bend(Layer, op="bend"):
    """The same."""

    bends = True
'''
SPEC = """\
archcalc: 1
name: with gains
input: [3, 8, 8]
layers:
  - {name: conv, op: conv2d, out_channels: 4, kernel_size: 3, activation: bend}
  - {name: gain, op: gain, rows: 2}
"""


@pytest.fixture
def desk(inside, monkeypatch):
    """A folder with a spec, on the path; what is registered or imported there is forgotten afterwards."""
    (inside / "net.yaml").write_text(SPEC, encoding="utf-8")
    monkeypatch.syspath_prepend(str(inside))
    layers.load_all()
    kept = [(found, found.copy()) for found in (register.KINDS, register._SYNONYMS, register._ASKED)]
    modules = set(sys.modules)
    register._ASKED.clear()
    yield inside
    for found, before in kept:
        found.clear()
        found.update(before)
    for name in set(sys.modules) - modules:
        if str(inside) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def install(folder, text: str = KIND, value: str = "gains.kinds") -> None:
    """A package as an installer leaves it: its modules, and a dist-info with an entry point."""
    (folder / "gains").mkdir(exist_ok=True)
    (folder / "gains" / "__init__.py").write_text("")
    (folder / "gains" / "kinds.py").write_text(text, encoding="utf-8")
    info = folder / "gains-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: gains\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{register.GROUP}]\ngains = {value}\n")


def test_an_installed_package_brings_its_kinds(archcalc, desk):
    install(desk)
    ran = archcalc("report", "net.yaml")
    assert (ran.status, ran.err) == (0, "")
    assert "gain" in ran.out
    found = json.loads(archcalc("report", "net.yaml", "-f", "json").out)
    assert found["total"]["params"] == 4 * (3 * 9 + 1) + 4 * 2


def test_a_kind_that_reads_nothing_may_come_from_a_package(archcalc, desk):
    install(desk)
    text = "archcalc: 1\ninput: [3]\nlayers:\n  - {name: one, op: given_vector}\n  - {name: sum, op: add, from: [input, one]}\n"
    (desk / "net.yaml").write_text(text)
    ran = archcalc("report", "net.yaml")
    assert (ran.status, ran.err) == (0, "")


@pytest.mark.parametrize(
    "args",
    [["calc", "gain", "3x8x8", "rows=2"], ["ops", "gain"], ["ops", "-f", "json", "gain"]],
    ids=" ".join,
)
def test_every_command_about_kinds_finds_it(archcalc, desk, args):
    install(desk)
    ran = archcalc(*args)
    assert (ran.status, ran.err) == (0, "")
    assert "gain" in ran.out


def test_it_is_listed_and_its_other_names_lead_to_it(archcalc, desk):
    install(desk)
    assert "  gain                 Each map times a gain of its own." in archcalc("ops").out.splitlines()
    (desk / "net.yaml").write_text(SPEC.replace("op: gain", "op: amplifier"))
    assert "fix: gain" in archcalc("report", "net.yaml").err


def test_the_schema_knows_it(archcalc, desk):
    assert "gain" not in _ops(json.loads(archcalc("schema").out))
    register._ASKED.clear()
    install(desk)
    found = json.loads(archcalc("schema").out)
    assert "gain" in _ops(found)
    Draft7Validator.check_schema(found)


def _ops(schema) -> list[str]:
    return schema["definitions"]["entry"]["properties"]["op"]["enum"]


def test_a_kind_of_ours_is_found_without_asking_packages(archcalc, desk):
    install(desk, "raise RuntimeError('nobody asked')")
    assert archcalc("report", "lenet5").status == 0
    assert archcalc("ops", "conv2d").status == 0
    assert register.GROUP not in register._ASKED


@pytest.mark.parametrize(
    ("text", "value", "said"),
    [
        ("raise RuntimeError('broken\\nin two lines')", "gains.kinds", "RuntimeError: broken"),
        ("import nothing_of_that_name", "gains.kinds", "No module named 'nothing_of_that_name'"),
        ("import sys\nsys.exit('bye')", "gains.kinds", "SystemExit: bye"),
        ("def (", "gains.kinds", "SyntaxError"),
        (KIND, "gains.others", "No module named 'gains.others'"),
        (KIND, "gains.kinds:Lost", "has no attribute 'Lost'"),
        (KIND.replace('op="gain"', 'op="conv2d"'), "gains.kinds", "there is a kind 'conv2d' already"),
    ],
)
@pytest.mark.parametrize(
    "args", [["report", "net.yaml"], ["ops"], ["calc", "gain", "3x8x8"], ["schema"]], ids=" ".join
)
def test_a_broken_package_is_one_error(archcalc, desk, text, value, said, args):
    install(desk, text, value)
    ran = archcalc(*args)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("the kinds of 'gains' cannot be loaded\n")
    assert f"archcalc.kinds: gains = {value}" in ran.err
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_debug_shows_where_a_plugin_broke(archcalc, desk):
    install(desk, "def load():\n    raise RuntimeError('broken')\n\nload()\n")
    ran = archcalc("report", "net.yaml", "--debug")
    assert ran.status == 2
    assert "Traceback" in ran.err
    assert "in load\n" in ran.err


@pytest.mark.parametrize("word", ["mine.py", "./mine.py", "mine"])
@pytest.mark.parametrize("command", ["report", "explain", "show", "verify"])
def test_a_plugin_is_a_file_or_a_module(archcalc, desk, word, command):
    (desk / "mine.py").write_text(KIND)
    words = {"show": ["--whole"], "explain": ["gain"]}.get(command, [])
    if command == "verify":  # a kind without a forward
        (desk / "net.yaml").write_text(
            SPEC.replace(", activation: bend", "").replace("op: gain, rows: 2", "op: relu")
        )
    for _ in range(2):  # the second time it is there already
        ran = archcalc(command, "net.yaml", *words, "--plugin", word)
        assert (ran.status, ran.err) == (0, "")


def test_two_plugins_and_one_of_them_called_as_a_module_is(archcalc, desk):
    (desk / "json.py").write_text(KIND)
    (desk / "other.py").write_text(
        KIND.replace('"gain"', '"louder"').replace('"given_vector"', '"c2"').replace('"bend"', '"b2"')
    )
    ran = archcalc("ops", "louder", "--plugin", "json.py", "--plugin=other.py")
    assert (ran.status, ran.err) == (0, "")
    assert sys.modules["json"] is json
    assert archcalc("ops", "gain").status == 0


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("mine", "there is no module 'mine'"),
        ("mine.kinds", "there is no module 'mine.kinds'"),
        ("json.nothing", "there is no module 'json.nothing'"),
        ("", "there is no module ''"),
        (".mine", "there is no module '.mine'"),
        ("a b", "there is no module 'a b'"),
        ("no.py", "no plugin is at 'no.py'"),
        ("specs/mine", "no plugin is at 'specs/mine'"),
        ("bad.py", "the plugin 'bad.py' cannot be loaded\n  why: RuntimeError: broken"),
        ("bad", "the plugin 'bad' cannot be loaded\n  why: RuntimeError: broken"),
        (
            "needs.py",
            "the plugin 'needs.py' cannot be loaded\n  why: ModuleNotFoundError: No module named 'nothing_here'",
        ),
        (
            "needs",
            "the plugin 'needs' cannot be loaded\n  why: ModuleNotFoundError: No module named 'nothing_here'",
        ),
        ("./text.txt", "the plugin './text.txt' cannot be loaded\n  why: ImportError: it is no Python file"),
    ],
)
def test_a_plugin_that_is_not_there_or_is_broken_is_one_error(archcalc, desk, word, said):
    (desk / "bad.py").write_text("raise RuntimeError('broken')")
    (desk / "needs.py").write_text("import nothing_here")
    (desk / "text.txt").write_text("gain")
    ran = archcalc("report", "net.yaml", "--plugin", word)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(said)
    assert "Traceback" not in ran.err


def test_a_file_given_as_a_module_is_told_how_to_say_it(archcalc, desk, monkeypatch):
    (desk / "mine.py").write_text(KIND)
    monkeypatch.setattr(sys, "path", [place for place in sys.path if place not in {str(desk), ""}])
    assert "fix: --plugin mine.py" in archcalc("report", "net.yaml", "--plugin", "mine").err


def test_reading_a_spec_imports_nothing_that_it_names(archcalc, desk):
    (desk / "evil.py").write_text("raise SystemExit('imported')")
    for op in ("evil", "evil.py", "./evil.py", "evil:Kind"):
        (desk / "net.yaml").write_text(SPEC.replace("op: gain", f"op: '{op}'"))
        ran = archcalc("report", "net.yaml")
        assert ran.status == 2
        assert "there is no op" in ran.err
        assert "imported" not in ran.err
    assert "evil" not in sys.modules


@pytest.mark.usefixtures("desk")
def test_entry_points_are_looked_for_only_where_an_op_is_unknown():
    code = "import sys; from archcalc.cli import main; main(sys.argv[1:]); print('importlib.metadata' in sys.modules)"
    for name, asked in (("lenet5", "False"), ("net.yaml", "True")):
        ran = subprocess.run(
            [sys.executable, "-c", code, "report", name],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert ran.stdout.splitlines()[-1] == asked


def test_a_mistake_in_a_kind_of_ones_own_is_told_as_that(archcalc, desk):
    (desk / "mine.py").write_text(
        "from archcalc.layer import Layer, Work\n\n\nclass Odd(Layer, op='odd'):\n    def work(self, x, y):\n        return Work(mult=1)\n"
    )
    (desk / "n.yaml").write_text("archcalc: 1\nname: n\ninput: [3]\nlayers:\n  - {name: o, op: odd}\n")
    ran = archcalc("report", "n.yaml", "--plugin", "mine.py")
    assert ran.status == 2
    assert re.search(r"mine\.py:6: TypeError: .*'mult'.*called by archcalc", ran.err)


def test_families_are_listed_by_their_name(archcalc):
    out = archcalc("ops", "join").out
    assert [line.split()[0] for line in out.splitlines() if line.startswith("  ")][:3] == [
        "add",
        "subtract",
        "multiply",
    ]
    assert "conv2d" not in out
    assert "fix: archcalc ops norm" in archcalc("ops", "nrm").err
    assert " family        position_embedding" in archcalc("ops", "embedding").out


def test_how_many_layers_a_kind_reads_is_said(archcalc):
    assert " reads         2 layers or more" in archcalc("ops", "add").out
    assert " reads         2 layers, named" in archcalc("ops", "bilinear").out
    assert " reads         1 to 3 layers" in archcalc("ops", "attention").out
    assert " reads         no layer" in archcalc("ops", "parameter").out
    assert " reads " not in archcalc("ops", "conv2d").out


def test_kinds_as_json(archcalc):
    found = json.loads(archcalc("ops", "-f", "json").out)["kinds"]
    conv = next(kind for kind in found if kind["op"] == "conv2d")
    assert (conv["family"], conv["inputs"]) == ("conv", [1, 1])
    fields = {field["name"]: field for field in conv["fields"]}
    assert fields["out_channels"]["required"]
    assert fields["stride"]["default"] == "1"
    assert {kind["family"] for kind in json.loads(archcalc("ops", "join", "-f", "json").out)["kinds"]} == {
        "join"
    }
    assert archcalc("ops", "nrm", "-f", "json").status == archcalc("ops", "-f", "xml").status == 2
