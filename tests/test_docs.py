"""What README and docs show is run: commands, Python, specs, links, and the names of commands.

A fence says what it holds. `console`: commands after `$ `, each with its output, on a terminal of
100 columns; `python`: a session of `>>>`, or plain code; `yaml`: a whole spec, which must load and
agree with its own figures; `yaml layers`: a list of layers for a 1x32x32 picture; `yaml foreign`: a
file of another tool's, whose archcalc commands must succeed and whose hooks must be ours; `yaml
convention`: a way of counting, which must be read; `rst` and `markdown`: a page of a project of
Sphinx's; `archcalc`: what `archcalc docs` writes beneath it; `toml`: a
pyproject.toml, whose entry points must be ours and lead to modules; `sh`: a command that only an
installation can run, from a short list. `file=NAME` puts the fence into the page's
folder; `wrong` says that it must not load, `fails` that a figure must not agree. Nothing else is
let through.
`pytest tests/test_docs.py --refresh` writes the outputs anew.
"""

from __future__ import annotations

import contextlib
import difflib
import glob
import importlib
import importlib.util
import io
import re
import shlex
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

import archcalc as library
from archcalc import cli, layers
from archcalc import register as kinds
from archcalc.conventions import reading as conventions
from archcalc.exhibits.asked import OPTIONS, SHOWS
from archcalc.exhibits.markdown import filled
from archcalc.spec import claims, document, entries, values
from archcalc.spec.node import Document

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
MADE = DOCS / "what-the-tutorials-get-wrong.md"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", ROOT / "tests" / "README.md"]
MADE_BY_THE_SITE = {"gallery", "reference"}
PAGES += sorted(
    page for page in DOCS.rglob("*.md") if page.relative_to(DOCS).parts[0] not in MADE_BY_THE_SITE
)
FIRST = ("pip install . && archcalc report specs/lenet5.yaml", "pip install -e '.[test]' && pytest -n 2")
INSTALLED = {
    *FIRST,
    "pip install -e '.[dev]'",
    "ruff check . && ruff format --check . && mypy --strict archcalc",
    "pip install 'archcalc[test]'",
    "pytest --refresh",
    "pip install -e '.[docs]' && sphinx-build -W --keep-going -n -b html docs build/site",
    "pytest --archcalc specs",
    "pytest tests/test_docs.py --refresh",
    "python docs/tutorials.py",
    "pip install 'torch==2.13.*' && pip install -e '.[test]'",
    "DS_BUILD_OPS=0 pip install --no-deps --no-build-isolation -r tests/peers/requirements.txt",
    "pytest tests/peers",
    "python tests/peers/tools.py fvcore",
    "python benchmarks/peers.py --docs",
    "pip install 'archcalc[dask]'",
    "archcalc completion bash >> ~/.bashrc",
    "archcalc completion zsh >> ~/.zshrc",
    "archcalc completion fish > ~/.config/fish/completions/archcalc.fish",
}
FENCE = re.compile(r"^(`{3,})(.*)$")


class Fence(NamedTuple):
    info: list[str]
    first: int  # index of its first line in the page
    body: list[str]


class Screen(io.StringIO):
    """A terminal, for `archcalc` to measure."""

    def isatty(self) -> bool:
        return True


class Desk:
    """A page's folder and namespace: what one fence makes, the next may use."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names = {"__name__": "__main__"}

    def run(self, fence: Fence) -> list[str]:
        """The fence as it should read."""
        kind, *words = fence.info or [""]
        text = "\n".join(fence.body) + "\n"
        for word in words:
            if word.startswith("file="):
                (self.folder / word[5:]).write_text(text, encoding="utf-8")
        if kind == "console":
            return self.console(fence.body)
        if kind == "python" and not any(word.startswith("file=") for word in words):
            return self.python(fence.body)
        if kind == "yaml":
            self.yaml(text, words)
        elif kind == "toml":
            ((group, points),) = tomllib.loads(text)["project"]["entry-points"].items()
            assert group == kinds.GROUP
            assert all(importlib.import_module(name) for name in points.values())
        elif kind in {"rst", "markdown"}:
            assert any(word.startswith("file=") for word in words), "a page of a project is a file of it"
        elif kind == "archcalc":
            pass  # what it shows is held by the test on fresh pages
        elif kind == "sh":
            unknown = set(fence.body) - INSTALLED
            assert not unknown, f"commands that nothing runs: {unknown}"
        else:
            assert kind == "python", f"a fence of {' '.join(fence.info)!r}: nothing here runs it"
        return fence.body

    def console(self, body: list[str]) -> list[str]:
        commands = [line[2:] for line in body if line.startswith("$ ")]
        assert commands, "a console without a command"
        shown: list[str] = []
        for command in commands:
            shown += [*([""] if shown else []), f"$ {command}", *self.typed(command)]
        return shown

    def typed(self, command: str) -> list[str]:
        """What a command prints, and its status where that is not 0."""
        program, *words = shlex.split(command)
        if program == "sphinx-build":
            return self.sphinx(words)
        assert program == "archcalc", f"{program} is not run here"
        out, err, stdin = Screen(), io.StringIO(), b""
        target = None
        if ">" in words:
            target, words = self.folder / words[-1], words[:-2]
            out = io.StringIO()
        if "<" in words:
            stdin, words = (self.folder / words[-1]).read_bytes(), words[:-2]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            status = cli.main(words)
        if target:
            target.write_text(out.getvalue(), encoding="utf-8")
        said = [line.rstrip() for line in (("" if target else out.getvalue()) + err.getvalue()).split("\n")]
        while said and not said[-1]:
            said.pop()
        return [*said, "", f"exit status {status}"] if status else said

    def sphinx(self, words: list[str]) -> list[str]:
        """What a build prints."""
        from sphinx.cmd.build import build_main

        err = io.StringIO()
        with contextlib.redirect_stderr(err):
            build_main(words)
        return (
            err.getvalue().replace(f"{self.folder}/", "").rstrip("\n").split("\n") if err.getvalue() else []
        )

    def python(self, body: list[str]) -> list[str]:
        if not any(line.startswith(">>> ") for line in body):
            exec(compile("\n".join(body) + "\n", "<docs>", "exec"), self.names)
            return body
        shown, i = [], 0
        while i < len(body):
            if not body[i].startswith(">>> "):
                i += 1
                continue
            code = [body[i]]
            while i + 1 < len(body) and body[i + 1].startswith("..."):
                i += 1
                code.append(body[i])
            i += 1
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                source = "\n".join(line[4:] for line in code) + "\n"
                exec(compile(source, "<docs>", "single"), self.names)
            said = [line.rstrip() for line in out.getvalue().split("\n")]
            while said and not said[-1]:
                said.pop()
            shown += [*code, *said]
        return shown

    def foreign(self, text: str) -> None:
        """A workflow, or a configuration of hooks."""
        said = yaml.safe_load(text)
        ours = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
        named = {hook["id"] for repo in said.get("repos", ()) for hook in repo["hooks"]}
        steps = [step for job in said.get("jobs", {}).values() for step in job["steps"]]
        commands = [step["run"] for step in steps if step.get("run", "").startswith("archcalc ")]
        assert named <= ours
        assert named or commands, "nothing of ours is in it"
        for command in commands:
            files = [part for word in command.split() for part in sorted(glob.glob(word)) or [word]]
            shown = self.typed(shlex.join(files))
            assert not any(line.startswith("exit status") for line in shown), shown

    def yaml(self, text: str, words: list[str]) -> None:
        if "foreign" in words:
            self.foreign(text)
            return
        if "convention" in words:
            conventions.parse(Document("<fence>", text))
            return
        if "layers" in words:
            text = "archcalc: 1\nname: example\ninput: [1, 32, 32]\nlayers:\n" + text
        assert text.startswith("archcalc: 1\n"), (
            "a spec starts with archcalc: 1; a part of one is `yaml layers`"
        )
        if "wrong" in words:
            with pytest.raises(library.ArchcalcError):
                library.load(text)
            return
        found = library.load(text).check()
        assert found.ok is ("fails" not in words), str(found)


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A folder with the specs of the repository, and no trace of the page once it has been run."""
    (tmp_path / "specs").symlink_to(ROOT / "specs")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    list(kinds.kinds())  # all that come with archcalc, so that a page leaves none half known
    known, spelled, modules = dict(kinds.KINDS), dict(kinds._SYNONYMS), set(sys.modules)
    yield Desk(tmp_path)
    for register, before in ((kinds.KINDS, known), (kinds._SYNONYMS, spelled)):
        register.clear()
        register.update(before)
    for name in set(sys.modules) - modules:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def fences(lines: list[str]) -> list[Fence]:
    found, start = [], None
    for i, line in enumerate(lines):
        if match := FENCE.match(line):
            if start is None:
                start, sign, info = i + 1, match[1], match[2].split()
            elif line == sign:
                found.append(Fence(info, start, lines[start:i]))
                start = None
    assert start is None, f"a fence that opens on line {start} and does not close"
    return found


def prose(page: Path) -> str:
    """A page without its fences."""
    lines = page.read_text(encoding="utf-8").split("\n")
    for fence in reversed(fences(lines)):
        del lines[fence.first - 1 : fence.first + len(fence.body) + 1]
    return "\n".join(lines)


NEEDS = {
    "pytorch": "torch",
    "exporting": "torch",
    "documentation": "sphinx",
}  # what a page shows runs only with


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_shows_what_happens(page, desk, refresh):
    if page.stem in NEEDS:
        pytest.importorskip(NEEDS[page.stem], reason=f"the page needs {NEEDS[page.stem]}")
    lines = page.read_text(encoding="utf-8").split("\n")
    anew = [(fence, desk.run(fence)) for fence in fences(lines)]
    wrong = [(fence, shown) for fence, shown in anew if shown != fence.body]
    if refresh:
        for fence, shown in reversed(wrong):
            lines[fence.first : fence.first + len(fence.body)] = shown
        page.write_text("\n".join(lines), encoding="utf-8")
        return
    for fence, shown in wrong[:1]:
        diff = difflib.unified_diff(
            fence.body, shown, f"{page.name}:{fence.first + 1}", "what happens", lineterm=""
        )
        pytest.fail("\n".join([*diff, "", "refresh: pytest tests/test_docs.py --refresh"]), pytrace=False)


def test_readme_begins_with_the_two_commands():
    lines = PAGES[0].read_text(encoding="utf-8").split("\n")
    given = [fence.body for fence in fences(lines) if fence.info == ["sh"]]
    assert given[:2] == [[command] for command in FIRST]


def test_the_page_on_tutorials_is_what_its_command_writes(refresh):
    found = importlib.util.spec_from_file_location("tutorials", DOCS / "tutorials.py")
    script = importlib.util.module_from_spec(found)
    found.loader.exec_module(script)
    text = script.page()
    if refresh:
        MADE.write_text(text, encoding="utf-8")
    assert MADE.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_fences_show_beneath_them_is_fresh(page, refresh):
    found = filled(page.read_text(encoding="utf-8"), str(page))
    assert not found.failing
    wanted = {**found.pictures, str(page): found.text}
    for path, text in wanted.items():
        if refresh:
            Path(path).write_text(text, encoding="utf-8")
        assert Path(path).read_text(encoding="utf-8") == text, f"fresh: archcalc docs {page.name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_and_names_in_the_text_exist(page, archcalc):
    for code in re.findall(r"`([^`\n]+)`", prose(page)):
        words = code.split()
        if words[0] == "archcalc" and len(words) > 1:
            command = words[1]
            if command.startswith("-"):
                assert archcalc(command).status == 0, code
                continue
            assert command in cli.COMMANDS, f"`{code}`: there is no command {command}"
            text = archcalc(command, "--help").out
            for option in (word for word in words[2:] if word.startswith("-") and len(word) > 1):
                assert re.search(rf"(^|[\s,\[]){re.escape(option)}\b", text), f"`{code}`: no option {option}"
        elif match := re.match(r"archcalc((?:\.\w+)+)", code):
            found = library
            *rooms, last = match[1].strip(".").split(".")
            for name in rooms:
                found = getattr(found, name, None) or importlib.import_module(f"{found.__name__}.{name}")
            # a module that is there may need a package that is not
            assert hasattr(found, last) or importlib.util.find_spec(f"{found.__name__}.{last}"), code


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        there = (page.parent / name).resolve() if name else page
        assert there.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in anchors(there), f"{page.name} links to {target}, and there is no such heading"


def anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_every_kind_has_its_section():
    pages = (DOCS / "layers").glob("*.md")
    heads = [head for page in pages for head in re.findall(r"^## (\w+)$", prose(page), re.MULTILINE)]
    assert sorted(heads) == sorted(
        kind.op for kind in kinds.kinds() if kind.__module__.startswith(layers.__name__)
    )


def test_every_key_of_the_language_is_explained():
    written = set(re.findall(r"`(\w+)(?:: ?[^`]*)?`", prose(DOCS / "spec.md")))
    keys = {*document.TOP, *entries.ENTRY, *document.SOURCE, *claims.CLAIM, *values.QUANTITIES}
    assert keys <= written, f"spec.md says nothing of {sorted(keys - written)}"


def test_every_option_of_an_exhibit_is_explained():
    text = (DOCS / "documentation.md").read_text(encoding="utf-8")
    assert [name for name, about in OPTIONS.items() if f"| `{name}` | {about} |" not in text] == []
    for show, options in SHOWS.items():
        assert f"| `{show}` | {', '.join(f'`{name}`' for name in (*options, 'caption', 'name'))} |" in text


def test_every_command_is_explained():
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert [command for command in cli.COMMANDS if f"archcalc {command}" not in text] == []
