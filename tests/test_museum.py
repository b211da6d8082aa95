"""The museum of broken specs: each with its exact message, as `archcalc report` prints it.

What is wrong with a figure at sizes of its own, `archcalc check` says.

A spec that is too large or too odd to keep as a file is made here; its message is kept all the same.
`pytest --refresh` writes the messages anew.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

MUSEUM = Path(__file__).with_name("museum")
SPECS = sorted(path.stem for path in MUSEUM.glob("*.yaml"))
HEAD = "archcalc: 1\nname: Small\ninput: [1, 28, 28]\nlayers:\n"
GOOD = f"{HEAD}  - {{name: flat, op: flatten}}\n"
SECONDS = 5


def _lines(pattern: str, count: int) -> str:
    return "".join(f"  - {pattern.format(i=i)}\n" for i in range(count))


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 30)


def _text(text: str, encoding: str = "utf-8"):
    return lambda path: path.write_bytes(text.encode(encoding))


MADE = {
    "bytes-latin-1": _text(GOOD.replace("Small", "Größe"), "latin-1"),
    "bytes-utf-16": _text(GOOD, "utf-16"),
    "bytes-nul": _text(GOOD.replace("Small", "Sm\0all")),
    "bytes-control": _text(GOOD.replace("Small", "Sm\x07all")),
    "large-sparse": _sparse,
    "large-aliases-of-aliases": _text(
        "archcalc: 1\nname: &a0 [x]\n" + "".join(f"b{i}: &a{i + 1} [*a{i}, *a{i}]\n" for i in range(60))
    ),
    "deep-brackets": _text("[" * 30_000),
    "deep-blocks": _text("".join("  " * i + "a:\n" for i in range(100))),
    "many-misspelt": _text(
        HEAD + _lines("{{name: C{i}, op: conv2d, out_channels: 6, kernal_size: 1}}", 10_000)
    ),
    "many-wires": _text(HEAD + _lines("{{name: C{i}, op: relu, from: Q{i}}}", 10_000)),
    "many-symbols": _text(
        HEAD.replace("input", f"symbols: {{{', '.join(f's{i}: s{i + 1}' for i in range(5_000))}}}\ninput")
        + _lines("{{name: C{i}, op: conv2d, out_channels: t{i}, kernel_size: 1}}", 5_000)
    ),
    "many-claims": _text(
        HEAD
        + _lines("{{name: C{i}, op: relu}}", 500)
        + "expect:\n"
        + _lines("{{at: Q{i}, params: 0}}", 10_000)
    ),
    "many-sources": _text(
        GOOD
        + "cite:\n"
        + "".join(f"  k{i}: {{authors: A, year: 2000}}\n" for i in range(2_000))
        + "expect:\n"
        + _lines("{{at: flat, params: 0, cite: q{i}}}", 2_000)
    ),
    "many-patches": _text(
        "archcalc: 1\nname: Mine\nextends: lenet5\npatch:\n"
        + "".join(f"  Q{i}: {{bias: false}}\n" for i in range(10_000))
    ),
}


def _run(archcalc, name: str):
    start = time.monotonic()
    ran = archcalc("check" if name.startswith("expect-set-") else "report", f"{name}.yaml")
    assert time.monotonic() - start < SECONDS, "a broken spec may not keep a user waiting"
    return ran


def _compare(ran, kept: Path, refresh: bool) -> None:
    assert ran.status == 2
    assert ran.out == ""
    assert "Traceback" not in ran.err
    assert ran.err.endswith("\n")
    assert all(c.isprintable() or c == "\n" for c in ran.err), "a message may not steer the terminal"
    if refresh:
        kept.write_text(ran.err, encoding="utf-8")
    assert ran.err == kept.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SPECS)
def test_says_what_is_wrong(archcalc, monkeypatch, refresh, name):
    monkeypatch.chdir(MUSEUM)
    _compare(_run(archcalc, name), MUSEUM / f"{name}.txt", refresh)


@pytest.mark.parametrize("name", MADE)
def test_says_what_is_wrong_with_what_no_file_should_hold(archcalc, inside, refresh, name):
    MADE[name](inside / f"{name}.yaml")
    _compare(_run(archcalc, name), MUSEUM / f"{name}.txt", refresh)


def test_nothing_is_left_over():
    assert {path.stem for path in MUSEUM.glob("*.txt")} == {*SPECS, *MADE}


@pytest.mark.parametrize("name", [*SPECS, *MADE])
def test_every_message_has_a_place_and_every_caret_a_line(name):
    text = (MUSEUM / f"{name}.txt").read_text(encoding="utf-8")
    for paragraph in text.rstrip("\n").split("\n\n"):
        first, *rest = paragraph.split("\n")
        if re.fullmatch(r"(and [\d,]+ more: )?[\d,]+ errors, nothing was computed\.", first):
            continue
        assert re.match(r"[\w./-]+\.yaml:\d+:\d+: \S", first), first
        line = int(first.split(":")[1])
        if rest and rest[0][:5].strip().isdigit():
            assert int(rest[0][:5]) == line
            assert set(rest[1].replace("|", "").strip()) == {"^"}
            assert rest[1].index("^") < len(rest[0]) + 1
        for extra in rest[2:]:
            assert extra.startswith(("  why: ", "       ", "  fix: ")), extra


def test_independent_mistakes_are_reported_once_each_and_nothing_that_follows_from_them(archcalc, inside):
    spec = HEAD + (
        "  - {name: C1, op: conv2d, out_channels: 6, kernal_size: 5}\n"
        "  - {name: S2, op: max_pool2d, kernel_size: 0}\n"
        "  - {name: C3, op: conv2d, out_channels: 16, kernel_size: 5}\n"  # reads a shape that is unknown
        "  - {name: flat, op: flatten, from: C33}\n"  # and so C3 is not called unread
        "  - {name: F6, op: linear, out_features: 10}\n"
    )
    (inside / "net.yaml").write_text(spec)
    ran = archcalc("report", "net.yaml")
    heads = [line for line in ran.err.splitlines() if line.startswith("net.yaml:")]
    assert [head.split(":")[1] for head in heads] == ["5", "6", "8"]
    assert "3 errors, nothing was computed." in ran.err


def test_a_misspelt_key_is_read_as_mended_so_that_what_comes_after_it_is_checked_too(archcalc, inside):
    spec = HEAD + (
        "  - {name: C1, op: Conv2D, filters: 6, kernel_size: 5}\n"
        "  - {name: F6, op: linear, out_features: 10}\n"  # C1 makes maps: needs a flatten
    )
    (inside / "net.yaml").write_text(spec)
    err = archcalc("report", "net.yaml").err
    assert "C1 gives maps 6@24x24" in err
    assert "fix: put {name: flat, op: flatten} before F6" in err


def test_ten_thousand_errors_are_twenty_and_a_count(archcalc, inside):
    MADE["many-misspelt"](inside / "net.yaml")
    err = archcalc("report", "net.yaml").err
    assert err.count("has no field 'kernal_size'") == 20
    assert err.rstrip().endswith("and 9,980 more: 10,000 errors, nothing was computed.")


def test_a_known_gap_that_has_closed_is_a_failed_check_and_no_error(archcalc, inside):
    (inside / "net.yaml").write_text(
        GOOD + "expect:\n  - {at: total, params: 0, known_gap: somebody said 1}\n"
    )
    ran = archcalc("check", "net.yaml")
    assert (ran.status, ran.err) == (1, "")
    assert "said to be a known gap, and it agrees now: somebody said 1" in ran.out


@pytest.mark.parametrize("text", ["", "layers: [", "- 1\n", "archcalc: 2\n"])
def test_standard_input_is_named_in_messages(archcalc, text):
    ran = archcalc("report", "-", stdin=text)
    assert ran.status == 2
    assert ran.err.startswith("<stdin>:")


def test_a_byte_order_mark_is_no_mistake(archcalc, inside):
    (inside / "net.yaml").write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert archcalc("report", "net.yaml").status == 0


def test_a_spec_on_windows_line_ends_is_no_mistake_and_its_excerpts_are_clean(archcalc, inside):
    (inside / "net.yaml").write_bytes(GOOD.replace("\n", "\r\n").encode())
    assert archcalc("report", "net.yaml").status == 0
    (inside / "net.yaml").write_bytes(GOOD.replace("flatten", "flaten").replace("\n", "\r\n").encode())
    err = archcalc("report", "net.yaml").err
    assert "    5 |   - {name: flat, op: flaten}\n" in err


def test_a_file_may_extend_the_bundled_network_of_its_own_name(archcalc, inside):
    (inside / "lenet5.yaml").write_text(
        "archcalc: 1\nname: Mine\nextends: lenet5\npatch:\n  C3: {table: full}\n"
    )
    ran = archcalc("report", "lenet5.yaml")
    assert ran.status == 0, ran.err
    assert "2,416" in ran.out  # 16·(6·5·5 + 1), all maps read


def test_a_pipe_that_closes_is_no_error():
    code = "import sys; from archcalc.cli import main; sys.exit(main())"
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code, "report", *["lenet5"] * 300],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr
        err = process.stderr.read()
        status = process.wait(60)
    assert err == b""
    assert status in (0, 141)  # 0 where everything fitted into the pipe before it closed


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("nowhere/out.json", "the folder 'nowhere' is not there"),
        (".", "'.' is a folder, not a file"),
        ("folder", "'folder' is a folder, not a file"),
        ("spec.yaml/out.json", "the folder 'spec.yaml' is not there"),
    ],
)
def test_output_that_cannot_be_written_says_why_and_leaves_nothing(archcalc, inside, path, said):
    (inside / "folder").mkdir()
    (inside / "spec.yaml").write_text(GOOD)
    ran = archcalc("report", "spec.yaml", "-f", "json", "-o", path)
    assert ran.status == 2
    assert ran.out == ""
    assert said in ran.err
    assert sorted(os.listdir(inside)) == ["folder", "spec.yaml"]
    assert os.listdir(inside / "folder") == []


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_that_may_not_be_written_to_says_so(archcalc, inside):
    (inside / "shut").mkdir(mode=0o500)
    ran = archcalc("report", "lenet5", "-f", "json", "-o", "shut/out.json")
    assert ran.status == 2
    assert "cannot be written: Permission denied" in ran.err


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nothing.yaml", "no file and no bundled network is called 'nothing.yaml'"),
        ("lenet55", "fix: lenet5"),
        ("folder.yaml", "'folder.yaml' is a folder, not a spec"),
        ("a\0b", r"'a\x00b'"),
        ("", "no file and no bundled network is called ''"),
        ("../" * 3, "is a folder, not a spec"),
        ("x" * 5000, "no file and no bundled network is called"),
    ],
)
def test_a_spec_that_is_not_there(archcalc, inside, name, said):
    (inside / "folder.yaml").mkdir()
    ran = archcalc("report", name)
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err
