"""Sweeps: every row is what the integers give at that size, however it was reckoned."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from io import BytesIO
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import archcalc
from archcalc.analysis import Analysis
from archcalc.errors import MissingError, SpecError, UsageError
from archcalc.expressions import evaluate
from archcalc.measures import Measures
from archcalc.notes import leaving
from archcalc.render.code import python
from archcalc.spec.figures import figure as claimed
from archcalc.sweeping import grid as grids
from archcalc.sweeping.compiling import Compiler
from archcalc.sweeping.front import Rows, front, worse
from archcalc.sweeping.wanted import claim
from archcalc.sweeping.work import Job
from archcalc.sweeping.writing import size_text
from archcalc.symbolic import ceil_div, floor_div, gcd, largest, letter, round_to, smallest, value

EVERY = "params,fixed,connections,neurons,macs,flops,peak,training_macs"

VARYING = """
archcalc: 1
name: a network whose structure varies
symbols: {H: 32, width: 1, depth: 3, pad: 1}
input: [3, H, H]
blocks:
  unit:
    args: {out: required, s: 1}
    layers:
      - {name: a, op: conv2d, out_channels: out, kernel_size: 3, stride: s, padding: pad}
      - {name: b, op: conv2d, out_channels: out, kernel_size: 1, activation: relu}
      - {name: c, block: side, with: {out: out, s: s}, from: input, when: s != 1 or input.C != out}
      - {name: d, op: conv2d, out_channels: out, kernel_size: 1, from: b, when: depth > 2}
      - {name: both, op: concat, from: [d, c]}
  side:
    args: {out: required, s: 1}
    layers:
      - {name: conv, op: conv2d, out_channels: out // 2 + 1, kernel_size: 3, stride: s, padding: pad}
layers:
  - {name: stem, op: conv2d, out_channels: "round_to(24*width, 8)", kernel_size: 3, stride: 2, padding: 1}
  - {name: body, block: unit, with: {out: 24}, repeat: depth}
  - {name: wide, op: conv2d, out_channels: 30*width, kernel_size: 1, repeat: "min(depth, 3)"}
  - {name: gap, op: global_avg_pool2d}
  - {name: fc, op: linear, out_features: 10}
outputs: [fc]
"""
SWEPT = {
    "lenet5": (EVERY + ",C5.H,C3.params,weights", {"H": "20:80", "W": "24:64:4"}),
    "resnet50": (EVERY + ",layer3.H,layer3.macs,layers", {"H": "1:300:7", "W": "32:64:8", "classes": "10,1000"}),
    "resnet50 in depth": (EVERY + ",layer2.params", {"H": "64,90", "n1": "1:3", "n2": "1:4", "n3": "1:2"}),
    "resnet50 by copy": ("params,layer1.1.params,layer1.0.macs", {"n1": "2:3", "H": "64:128:32"}),
    "mobilenet_v1": (EVERY + ",stage5.C,weights", {"width": "0.25:2:0.05", "H": "96:256:32"}),
    "bert-base": ("params,macs,flops,peak,weights", {"L": "1:24", "d": "64:768:88", "T": "64:640:64", "heads": "1:16"}),
    "varying": (EVERY, {"H": "1:40:3", "width": "0.5:1.5:0.1", "depth": "1:6", "pad": "0:1"}),
}  # fmt: skip


def against_ints(
    source: str, columns: str, sizes: dict[str, str], looks: int = 12
) -> archcalc.sweeping.result.Sweep:
    """Hold a sweep against the integer analysis at random points, those left out too."""
    sweep = archcalc.sweep(source, columns=columns, sizes=sizes)
    rows = {tuple(row[name] for name in sweep.grid.names): row for row in sweep}
    draw = random.Random(0)
    for point in {draw.randrange(sweep.grid.points) for _ in range(looks)}:
        at = tuple(sweep.grid.values(point).values())
        try:
            analysis = Analysis(sweep.graph(point))
        except SpecError:
            assert at not in rows
            continue
        for figure in sweep.wanted.figures:
            found = Measures(analysis, figure.dtype).of(figure.at, figure.quantity)
            assert rows[at][figure.name] == found, (at, figure)
    return sweep


@pytest.mark.parametrize("name", SWEPT)
def test_a_row_is_what_the_integers_give(name):
    columns, sizes = SWEPT[name]
    source = VARYING if name == "varying" else name.split()[0]
    sweep = against_ints(source, columns, sizes, looks=60 if name == "varying" else 12)
    if name == "varying":
        assert len(sweep.structures) > 3
        assert 0 < sweep.counts.valid < sweep.counts.points


def test_a_sweep_beyond_int64_moves_to_exact_integers():
    spec = {"archcalc": 1, "name": "wide", "symbols": {"a": 4, "b": 4}, "input": ["a"],
            "layers": [{"name": "fc", "op": "linear", "out_features": "b"}]}  # fmt: skip
    edge = 2**31
    sizes = {"a": f"{edge - 2}:{edge + 2}", "b": f"{edge - 2}:{edge + 1}"}
    sweep = archcalc.sweep(spec, sizes=sizes)
    assert not sweep.structures[0].safe
    assert {(row["a"], row["b"]): row["params"] for row in sweep} == {
        (a, b): a * b + b for a in range(edge - 2, edge + 3) for b in range(edge - 2, edge + 2)
    }
    assert sweep.counts.exact == 20
    assert "20 sizes reckoned in whole numbers beyond 2^62" in str(sweep)
    small = archcalc.sweep(spec, sizes={"a": f"1:{2**30}:{2**29}", "b": f"1:{2**31}:{2**30}"})
    assert small.structures[0].safe
    assert {row["params"] for row in small} == {a * b + b for a in (1, 2**29 + 1) for b in (1, 2**30 + 1)}


def test_only_the_boxes_beyond_int64_are_exact(monkeypatch):
    monkeypatch.setattr(grids, "BOX", 4)
    spec = {"archcalc": 1, "name": "wide", "symbols": {"a": 4, "b": 4}, "input": ["a"],
            "layers": [{"name": "fc", "op": "linear", "out_features": "b"}]}  # fmt: skip
    sweep = archcalc.sweep(spec, sizes={"a": f"10,20,{10**12}", "b": f"7,{10**10},{10**11}"})
    assert [row["params"] for row in sweep] == [
        a * b + b for a in (10, 20, 10**12) for b in (7, 10**10, 10**11)
    ]
    assert sweep.counts.exact == 3


@settings(max_examples=40)
@given(st.data())
def test_an_expression_on_arrays_is_its_value_and_lies_in_its_interval(data):
    names = {"a": (1, 9), "b": (2, 30)}
    sizes = [letter("a"), letter("b"), 1, 2, 7, Fraction(3, 4)]
    ops = [
        lambda x, y: x + y, lambda x, y: x - y, lambda x, y: x * y, lambda x, y: floor_div(x, y + 40) * 3,
        lambda x, y: ceil_div(x, 3) + y, smallest, largest, lambda x, y: round_to(x * x + 3, 8) + y,
        lambda x, y: gcd(letter("a"), letter("b")) * x + y, lambda x, y: floor_div(x, letter("a")) - y,
    ]  # fmt: skip
    for _ in range(data.draw(st.integers(1, 6))):
        x, y = (data.draw(st.sampled_from(sizes)) for _ in range(2))
        op = data.draw(st.sampled_from(ops))
        try:
            sizes.append(op(x, y))
        except (ZeroDivisionError, TypeError):
            assume(False)
    expr = letter("a") * 0 + sizes[-1] * 4**6  # whole, whatever its quotients
    compiler = Compiler()
    try:
        compiler.results["it"] = compiler.whole(expr)
        wanted = [[value(expr, {"a": a, "b": b}) for b in range(2, 31)] for a in range(1, 10)]
    except (ZeroDivisionError, TypeError):
        assume(False)
    assume(all(isinstance(n, int) for row in wanted for n in row))
    program = compiler.program()
    low, high = program.bounds(names)[program.results["it"]]
    axes = {"a": np.arange(1, 10).reshape(9, 1), "b": np.arange(2, 31).reshape(1, 29)}
    for exact in {True, not program.fits(names)}:
        found = np.broadcast_to(program.run(axes, ["it"], exact=exact)["it"], (9, 29))
        assert found.tolist() == wanted
    assert low <= min(map(min, wanted)) <= max(map(max, wanted)) <= high


MOBILE = {"width": "0.25:2:0.05", "H": "96:256:32"}


def test_a_stream_in_boxes_is_the_same_as_all_at_once(monkeypatch):
    def found(**asked):
        sweep = archcalc.sweep("mobilenet_v1", ["params <= 5M"], sizes=MOBILE, **asked)
        return sweep, "".join(sweep.csv())

    whole, text = found()
    assert whole.grid.boxes == 1
    assert text.count("\n") == 1 + whole.counts.met == 1 + len(whole.arrays["macs"])
    fronts = [dict(row) for row in found(pareto="macs,max:params")[0].front]
    monkeypatch.setattr(grids, "BOX", 5)
    sweep, streamed = found()
    assert sweep.grid.boxes > 40
    assert streamed == text
    assert [row for table in sweep.chunks() for row in table] == list(whole)
    assert [dict(row) for row in found(pareto="macs,max:params")[0].front] == fronts
    assert found(best="max:macs")[0].best == max(whole, key=lambda row: row["macs"])


def test_processes_share_a_sweep_and_change_nothing(monkeypatch):
    monkeypatch.setattr(grids, "BOX", 16)
    alone, shared = (
        archcalc.sweep("lenet5", sizes={"H": "24:60", "W": "24:60"}, jobs=jobs) for jobs in (1, 2)
    )
    assert shared.job("text").parts > 2
    assert "".join(shared.csv()) == "".join(alone.csv())
    assert vars(shared.counts) == vars(alone.counts)


@given(
    st.lists(st.tuples(*[st.integers(0, 6)] * 3), min_size=1, max_size=40),
    st.integers(2, 3),
    st.integers(1, 40),
)
def test_a_front_is_what_nothing_beats(points, aims, cut):
    def beats(a, b):
        return a != b and all(x <= y for x, y in zip(a, b, strict=True))

    points = [point[:aims] for point in points]
    names = "abc"[:aims]

    def rows(part, start):
        columns = {
            name: np.array([point[i] for point in part], dtype=np.int64) for i, name in enumerate(names)
        }
        return Rows(np.arange(start, start + len(part)), columns)

    def of(some):
        return front(some, [some.columns[name] for name in names])

    wanted = {
        point: points.count(point) for point in points if not any(beats(other, point) for other in points)
    }
    first, second = rows(points[:cut], 0), rows(points[cut:], cut)
    kept = of(first)
    if aims == 2 and len(second):
        ahead, low = (kept.columns[name] for name in names)
        own = [second.columns[name] for name in names]
        beaten = worse(own, (ahead, low))
        assert all(
            any(beats(tuple(map(int, other)), point) for other in zip(ahead, low, strict=True))
            for point, out in zip(points[cut:], beaten, strict=True)
            if out
        )
        second = second.take(~beaten)
    for found in (of(rows(points, 0)), of(Rows.joined([kept, second], tuple(names)))):
        values = list(zip(*(found.columns[name].tolist() for name in names), strict=True))
        assert dict(zip(values, found.counted().tolist(), strict=True)) == wanted
        assert values == sorted(values)


@given(
    st.sampled_from(["=", "<=", "<", ">=", ">"]),
    st.sampled_from(["12", "13.5", "1.2k", "1.25k", "0.1k", "99.5"]),
    st.integers(0, 1300),
)
def test_a_claim_holds_where_check_says_so(relation, text, found):
    ours = claim(f"params {relation} {text}")
    assert bool(ours.holds(found)) is claimed(f"{relation}{text}").holds(found)


def test_a_column_has_every_exact_number():
    sweep = archcalc.sweep("mobilenet_v1", width="1/4,0.5,1", H=[96, 128])
    arrays = sweep.arrays
    assert arrays["width"].tolist() == [Fraction(1, 4)] * 2 + [Fraction(1, 2)] * 2 + [1] * 2
    assert arrays["params"].dtype == np.int64
    assert len(sweep) == 6
    assert archcalc.load("mobilenet_v1").sweep("params <= 1M", H="96:128:32", width=0.25).counts.met == 2


def test_sizes_as_text():
    assert [size_text(Fraction(n, 20)) for n in (1, 5, 20, 27)] == ["0.05", "0.25", "1", "1.35"]
    assert size_text(Fraction(-7, 8)) == "-0.875"
    assert size_text(Fraction(2, 3)) == "2/3"


WRONG = [
    (["lenet5"], "a sweep needs sizes"),
    (["lenet5", "--set", "H=32:64", "--input", "1x28x28"], "H is swept, and the input gives it; only one of them can"),
    (["lenet5", "--set", "h=32:64"], "there is no symbol 'h' to sweep"),
    (["lenet5", "--set", "H"], "--set takes a symbol and its sizes, not 'H'"),
    (["lenet5", "--set", "H=32", "--set", "H=64"], "H is set twice"),
    (["lenet5", "--set", "H=64:32"], "a range goes up, and 64 is above 32"),
    (["lenet5", "--set", "H=1:1000000000", "--set", "W=1:1000000000"], "1,000,000,000,000,000,000 sizes; 1,000,000,000,000,000 are allowed"),
    (["lenet5", "--set", "H=32:64", "--where", "prams <= 3"], "there is no figure 'prams'"),
    (["lenet5", "--set", "H=32:64", "--best", "prams"], "there is no figure 'prams'"),
    (["lenet5", "--set", "H=32:64", "--best", "large:params"], "a direction is min or max"),
    (["lenet5", "--set", "H=32:64", "--pareto", "params"], "a front is of two figures or more"),
    (["lenet5", "--set", "H=32:64", "--columns", "output"], "output has a size for each axis"),
    (["lenet5", "--set", "H=32:64", "--columns", "C9.params"], "has no layer 'C9'"),
    (["lenet5", "--set", "H=32:64", "--where", "params <= 3KiB"], "3KiB is in bytes, and params is not"),
    (["lenet5", "--set", "H=32:64", "-o", "a.xlsx"], "sweep writes no .xlsx file"),
    (["lenet5", "--set", "H=32:64", "-o", "a.svg"], "a plot shows a front"),
    (["lenet5", "--set", "H=32:64", "--jobs", "0"], "--jobs takes a whole number from 1"),
    (["bert-base", "--set", "L=1:3", "--columns", "enc.0.attn.connections"], "enc.0.attn has no connections"),
    (["lenet5", "--set", "H=__import__('os'):3"], "is no number"),
]  # fmt: skip


@pytest.mark.parametrize(("args", "sentence"), WRONG, ids=[" ".join(args)[:50] for args, _ in WRONG])
def test_what_cannot_be_swept_is_told(args, sentence, archcalc, inside):
    ran = archcalc("sweep", *args)
    assert (ran.status, ran.out) == (2, "")
    assert sentence in ran.err
    assert "Traceback" not in ran.err
    assert list(inside.iterdir()) == []


def test_sizes_that_do_not_fit_are_counted_with_an_example(archcalc):
    ran = archcalc("sweep", "lenet5", "--set", "H=20:35", "--set", "W=32", "--columns", "params")
    assert ran.status == 0
    assert "! 12 of 16 sizes do not fit, and are left out" in ran.out
    assert "12: C5: a 5x5 window does not fit into a 2x5 map, as at H 20" in ran.out
    assert "! at 3 sizes some rows or columns are read by nothing" in ran.out
    none = archcalc("sweep", "lenet5", "--set", "H=20:30")
    assert (none.status, "no size is left" in none.out) == (1, True)


def test_what_figures_leave_out_is_told(archcalc):
    out = archcalc("sweep", "bert-base", "--set", "L=1:2", "--columns", "connections").out
    assert "! connections leave out attention, where they are not defined" in out


def test_a_network_whose_every_size_is_broken_says_why():
    spec = VARYING.replace("op: global_avg_pool2d", "op: linear, out_features: 3")
    sweep = archcalc.sweep(spec, depth="1:3", H="8:11")
    assert sweep.counts.valid == 0
    assert {layer: misfit.points for layer, misfit in sweep.counts.misfits.items()} == {"gap": 12}
    assert "12: gap: linear reads features on the last axis" in str(sweep)


def test_files_have_every_row(archcalc, inside):
    args = ["sweep", "mobilenet_v1", "--set", "width=0.25:1:0.25", "--set", "H=96,128", "--columns", "macs"]
    ran = archcalc(*args, "-o", "a.csv")
    assert "wrote a.csv" in ran.err
    lines = (inside / "a.csv").read_text().splitlines()
    assert lines[0] == "width,H,macs"
    assert len(lines) == 9
    assert archcalc(*args, "-o", "a.json").status == 0
    found = json.loads((inside / "a.json").read_text())
    assert [f"{r['width']:g},{r['H']},{r['macs']}" for r in found["rows"]] == lines[1:]
    assert found["counts"] == {"points": 8, "valid": 8, "met": 8, "unread": 0, "misfits": {}}
    archcalc(*args, "--pareto", "max:width,macs", "-o", "front.csv")
    assert (inside / "front.csv").read_text().splitlines()[1:] == [
        line for line in lines[:0:-1] if ",96," in line
    ]  # the widest first


def test_a_file_is_never_half_written(archcalc, inside, monkeypatch):
    (inside / "a.csv").write_text("before")

    def broken(*_):
        raise MissingError("the disk is gone")

    monkeypatch.setattr(Job, "part", broken)
    ran = archcalc("sweep", "lenet5", "--set", "H=32:64", "-o", "a.csv")
    assert (ran.status, [path.name for path in inside.iterdir()]) == (2, ["a.csv"])
    assert (inside / "a.csv").read_text() == "before"


def test_parquet_has_the_same_rows():
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    sweep = archcalc.sweep("mobilenet_v1", sizes=MOBILE)
    file = BytesIO()
    sweep.parquet(file)
    assert parquet.read_table(file).to_pylist() == list(sweep)
    wide = archcalc.sweep("bert-base", columns="params", d=[768, 12 * 10**8], L=[1, 10**4])
    file = BytesIO()
    wide.parquet(file)
    assert [int(row["params"]) for row in parquet.read_table(file).to_pylist()] == [
        row["params"] for row in wide
    ]
    assert max(row["params"] for row in wide) > 2**64
    assert len(wide) == 4


def test_a_plot_of_a_front():
    sweep = archcalc.sweep(
        "mobilenet_v1", ["params <= 5M", "macs <= 300M"], sizes=MOBILE, pareto="max:width,max:H"
    )
    rows = [(row["width"], row["H"]) for row in sweep]
    unbeaten = [a for a in rows if not any(b != a and b[0] >= a[0] and b[1] >= a[1] for b in rows)]
    assert [(row["width"], row["H"]) for row in sweep.front] == sorted(
        unbeaten, reverse=True
    )  # the widest first
    picture = sweep.plot()
    tree = ElementTree.fromstring(picture.svg)
    front, others = (
        next(g for g in tree.iter("{http://www.w3.org/2000/svg}g") if g.get("class") == name)
        for name in ("front", "others")
    )
    dots = [node for node in front if node.tag.endswith("circle")]
    assert (len(dots), len(others)) == (len(sweep.front), sweep.counts.met - len(sweep.front))
    texts = [node.text for node in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert {"MobileNet v1", "width", "H", "0.2", "1.2", "width 1, H 160"} <= set(texts)
    places = [(float(dot.get("cx")), float(dot.get("cy"))) for dot in dots]
    assert places == sorted(places)
    assert [y for _, y in places] == sorted(y for _, y in places)  # down as they go to the right
    assert picture.png(1)[:4] == b"\x89PNG"
    with pytest.raises(UsageError, match="a plot shows a front"):
        archcalc.sweep("lenet5", H="32:40").plot()


def test_text_in_a_plot_is_escaped():
    spec = VARYING.replace("a network whose structure varies", "<script>&")
    sweep = archcalc.sweep(spec, H="32:40:4", pareto="params,max:macs")
    assert "<script>" not in sweep.plot().svg
    assert "&lt;script&gt;&amp;" in sweep.plot().svg


def test_progress_is_told_as_it_goes():
    class Watch:
        def __init__(self):
            self.seen = []

        def told(self, sentence):
            raise AssertionError(sentence)

        def done(self, points, of):
            self.seen.append((points, of))

    watch = Watch()
    sweep = archcalc.sweep("lenet5", H="32:1055", W="32:1055", columns="macs", best="macs", progress=watch)
    assert sweep.best == {"H": 32, "W": 32, "macs": 326520}
    assert watch.seen[-1] == (1024**2, 1024**2)
    assert len(watch.seen) > 1


def test_a_rounded_width_stays_open_and_its_code_rounds_alike():
    fields = {"name": "a", "op": "linear", "out_features": "round_to(width*3/4, 8)", "bias": False}
    net = archcalc.load(
        {"archcalc": 1, "name": "x", "symbols": {"width": 1}, "input": [1], "layers": [fields]}
    )
    formula, space = net.formula("params", "width"), {}
    assert formula.text == "round_to(3·width/4, 8)"
    exec(python(formula), space)
    for n in (1, 9, 14, 15, 100, 333):
        at = evaluate(fields["out_features"], {"width": n})
        assert formula(width=n) == at == space["params"](width=n)


@pytest.mark.parametrize("name", ["lenet5", "resnet50", "resnet50-v1", "densenet121"])
def test_what_nothing_reads_is_what_a_report_says(name):
    # the projections of resnet50 step over cells that the 3x3 beside them reads; in v1 nothing does
    sizes = range(32, 81, 3)
    nets = [archcalc.load(name).at(H=H) for H in sizes]
    count = sum(bool(leaving(net.analysis)) for net in nets)
    assert archcalc.sweep(name, H=sizes).counts.unread == count
    assert (count == 0) is (name == "resnet50")


def test_one_size_alone_is_a_sweep_too():
    (row,) = archcalc.sweep("lenet5", H=32, W=36)
    assert row == {
        "H": 32,
        "W": 36,
        "params": 70080,
        "macs": archcalc.load("lenet5", sizes={"H": 32, "W": 36}).macs,
    }
