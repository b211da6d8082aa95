"""Golden outputs: what the commands print, to the letter. `pytest --refresh` writes them anew.

Only their form is kept here; that the figures in them are right is what the other tests say.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from archcalc.spec import bundled

GOLDEN = Path(__file__).with_name("golden")

OUTPUTS = {
    "start.txt": [],
    "list.txt": ["list"],
    "list-claims.txt": ["list", "--claims"],
    "ops.txt": ["ops"],
    "ops-conv2d.txt": ["ops", "conv2d"],
    "ops-rbf.txt": ["ops", "rbf"],
    "conventions.txt": ["conventions"],
    "conventions-reference.txt": ["conventions", "reference"],
    "conventions-fvcore.txt": ["conventions", "fvcore"],
    "conventions-table.txt": ["conventions", "--table"],
    "report-resnet50-all.txt": ["report", "resnet50", "--convention", "all"],
    "report-resnet50-fvcore.txt": ["report", "resnet50", "--convention", "fvcore"],
    "report-lenet5-fvcore-thop.json": ["report", "lenet5", "--convention", "fvcore,thop", "-f", "json"],
    "sweep-lenet5.txt": [
        "sweep",
        "lenet5",
        "--set",
        "H=24:64:4",
        "--where",
        "macs <= 800k",
        "--columns",
        "C5.H",
    ],
    "sweep-mobilenet.txt": [
        *("sweep", "mobilenet_v1", "--set", "width=0.25:1:0.25", "--set", "H=96:224:64"),
        *("--pareto", "macs,max:params", "--best", "max:macs", "--where", "macs < 200M"),
    ],
    "sweep-bert.txt": [
        "sweep",
        "bert-base",
        "--set",
        "L=2:12:5",
        "--set",
        "d=96,100",
        "--columns",
        "connections",
    ],
    "report-lenet5.txt": ["report", "lenet5"],
    "report-lenet5.md": ["report", "lenet5", "-f", "markdown"],
    "report-lenet5.tex": ["report", "lenet5", "-f", "latex"],
    "report-lenet5.csv": ["report", "lenet5", "-f", "csv"],
    "report-lenet5.json": ["report", "lenet5", "-f", "json"],
    "report-lenet5-64.txt": ["report", "lenet5", "--input", "1x64x64"],
    "report-lenet5-letters.txt": ["report", "lenet5-conv", "--symbolic"],
    "report-lenet5-letters.tex": ["report", "lenet5-conv", "--symbolic", "-f", "latex"],
    "report-lenet5-columns.md": [
        "report",
        "lenet5",
        "-f",
        "markdown",
        "--columns",
        "output,params,connections",
    ],
    "report-lenet5-fields.txt": ["report", "lenet5", "--columns", "output,receptive_field"],
    "report-lenet5-d2l.txt": ["report", "lenet5-d2l"],
    "report-lenet-caffe.md": ["report", "lenet-caffe", "-f", "markdown"],
    "report-resnet18.txt": ["report", "resnet18"],
    "report-resnet18-folded.md": [
        "report",
        "resnet18",
        "-f",
        "markdown",
        "--depth",
        "1",
        "--columns",
        "output,params,share",
    ],
    "report-resnet18-dearest.csv": ["report", "resnet18", "-f", "csv", "--sort", "params", "--top", "3"],
    "report-person-int8.txt": [
        "report",
        "person",
        "--depth",
        "1",
        "--columns",
        "params,macs",
        "--dtype",
        "int8",
    ],
    "report-lenet5-train.txt": ["report", "lenet5", "--columns", "params,macs", "--train", "sgd"],
    "report-resnet18-only.txt": ["report", "resnet18", "--only", "layer3.0"],
    "report-t5-small.json": ["report", "t5-small", "-f", "json", "--depth", "1"],
    "report-bert-base-letters.txt": ["report", "bert-base", "--symbolic", "L,d,T"],
    "explain-resnet18-layer2.txt": ["explain", "resnet18", "layer2"],
    "explain-t5-small-cross.txt": ["explain", "t5-small", "dec0.cross"],
    "draw-t5-small.dot": ["draw", "t5-small", "--depth", "1"],
    "report-several.txt": ["report", "lenet5", "lenet5-pytorch", "lenet5-d2l"],
    "report-several.csv": ["report", "lenet5", "lenet5-pytorch", "lenet5-d2l", "-f", "csv"],
    "report-several.json": ["report", "lenet5", "lenet5-pytorch", "-f", "json"],
    "solve-lenet5.txt": ["solve", "lenet5", "--for", "H", "C5.H == 1"],
    "solve-person.txt": [
        "solve",
        "person",
        "--dtype",
        "int8",
        "--for",
        "width=0.05:1:0.05",
        "weights <= 512KiB",
        "macs <= 20M",
    ],
    "solve-mobilenet.txt": [
        "solve",
        "mobilenet_v1",
        "--for",
        "width=0.25:1:0.25",
        "--for",
        "H=96:224:32",
        "macs <= 150M",
        "peak <= 512KiB",
        "--dtype",
        "int8",
    ],
    "solve-mobilenet.json": [
        "solve",
        "mobilenet_v1",
        "--for",
        "width=0.25:1:0.25",
        "--for",
        "H=96:224:32",
        "macs <= 150M",
        "--most",
        "params",
        "-f",
        "json",
    ],
    "solve-nothing.txt": ["solve", "person", "--for", "width=0.05:1:0.05", "macs <= 100"],
    "formula-bert-base.txt": ["formula", "bert-base", "params", "--symbolic", "d,L,V,P"],
    "formula-vit-layers.txt": ["formula", "vit_b_16", "macs", "--group", "layer"],
    "formula-llama.json": ["formula", "llama-2-7b", "macs", "-f", "json"],
    "formula-resnet18-python.txt": [
        "formula",
        "resnet18",
        "flops",
        "--symbolic",
        "H,W,width",
        "-f",
        "python",
    ],
    "formula-lenet5.js": ["formula", "lenet5", "connections", "-f", "javascript"],
    "formula-lenet5.tex": ["formula", "lenet5", "connections", "-f", "latex"],
    "explain-lenet5-C3.md": ["explain", "lenet5", "C3", "-f", "markdown"],
    "explain-lenet5-C3.html": ["explain", "lenet5", "C3", "-f", "html"],
    "explain-lenet5.txt": ["explain", "lenet5"],
    "explain-lenet5-C3.txt": ["explain", "lenet5", "C3"],
    "explain-lenet5-C3-params.txt": ["explain", "lenet5", "C3", "params"],
    "explain-lenet5-S2.txt": ["explain", "lenet5", "S2"],
    "explain-lenet5-OUTPUT.txt": ["explain", "lenet5", "OUTPUT"],
    "explain-lenet5-d2l-conv1.txt": ["explain", "lenet5-d2l", "conv1"],
    "check-lenet5.txt": ["check", "lenet5"],
    "check-lenet5-every.txt": ["check", "lenet5", "-v"],
    "check-lenet5.json": ["check", "lenet5", "-f", "json"],
    "check-lenet5-claim.txt": ["check", "lenet5", "params=61706", "macs <= 327k"],
    "check-csdn-pytorch.txt": ["check", "claims/lenet5-csdn-pytorch"],
    "check-csdn-pytorch.github": ["check", "claims/lenet5-csdn-pytorch", "-f", "github"],
    "check-csdn-pytorch.xml": ["check", "claims/lenet5-csdn-pytorch", "-f", "junit"],
    "calc-conv2d.txt": [
        "calc",
        "conv2d",
        "3x224x224",
        "out_channels=64",
        "kernel_size=7",
        "stride=2",
        "padding=3",
    ],
    "calc-conv2d-letters.txt": [
        "calc",
        "conv2d",
        "CxWxW",
        "out_channels=K",
        "kernel_size=F",
        "stride=S",
        "padding=P",
    ],
    "calc-linear.txt": ["calc", "linear", "400", "out_features=120"],
    "show-lenet5-pytorch-whole.yaml": ["show", "lenet5-pytorch", "--whole"],
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_output_is_as_it_was(archcalc, inside, refresh, name):
    ran = archcalc(*OUTPUTS[name])
    assert ran.err == ""
    assert ran.status == (1 if name in {"check-lenet5-claim.txt", "solve-nothing.txt"} else 0)
    text = re.sub(r"(?<=archcalc )\d+\.\d+\.\d+\b|(?<=\"archcalc\": \")[\d.]+", "VERSION", ran.out)
    assert str(inside) not in text
    kept = GOLDEN / name
    if refresh:
        kept.write_text(text, encoding="utf-8")
    assert text == kept.read_text(encoding="utf-8")


def test_nothing_is_left_over():
    assert {path.name for path in GOLDEN.iterdir()} == set(OUTPUTS)


@pytest.mark.parametrize("name", bundled())
def test_the_printed_columns_added_again_give_the_printed_total(archcalc, name):
    lines = archcalc("report", name).out.splitlines()
    rules = [i for i, line in enumerate(lines) if set(line.strip()) == {"─"}]
    head = lines[rules[0] - 1]
    ends = {match[0]: match.end() for match in re.finditer(r"\S+", head)}
    columns = [c for c in ("params", "fixed", "connections", "neurons", "MACs", "FLOPs") if c in ends]
    assert len(columns) >= 5

    def figure(line: str, column: str) -> int:
        text = line[: ends[column]].rsplit(maxsplit=1)[-1].replace(",", "")
        return 0 if text == "-" else int(text)  # not defined, and left out of the total

    body, total = lines[rules[0] + 1 : rules[1]], lines[rules[1] + 1]
    assert body
    assert total.split()[0] == "total"
    for column in columns:
        assert sum(figure(line, column) for line in body) == figure(total, column), column
