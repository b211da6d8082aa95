"""The claims files: they extend, cite and expect, and nothing else; their gaps are gaps."""

from __future__ import annotations

from pathlib import Path

import pytest

from archcalc import load
from archcalc.spec import bundled, find
from archcalc.spec.node import Document, read

CLAIMS = [name for name in bundled() if name.startswith("claims/")]
SPECS = Path(find("lenet5").path).parent


@pytest.mark.parametrize("name", CLAIMS)
def test_a_claims_file_only_extends_cites_and_expects(name):
    top, problems = read(Document(name, find(name).text))
    assert problems == []
    keys = [key for key, _, _ in top.pairs()]
    assert set(keys) <= {"archcalc", "name", "extends", "cite", "expect", "note", "symbols", "input"}
    assert keys[:3] == ["archcalc", "name", "extends"]
    assert {"cite", "expect"} <= set(keys)


@pytest.mark.parametrize("name", CLAIMS)
def test_it_claims_something_and_every_figure_has_its_source(name):
    found = load(name).check()
    assert len(found) > 0
    for verdict in found:
        assert verdict.source is not None, f"{verdict.place} has no source"


@pytest.mark.parametrize("name", bundled())
def test_a_known_gap_really_disagrees_and_says_why(name):
    for verdict in load(name).check():
        if verdict.known_gap:
            assert verdict.status == "gap", f"{verdict.place}: it agrees now"
            assert not verdict.figure.holds(verdict.computed)
            assert len(verdict.known_gap.split()) >= 4, "a reason is a sentence"


@pytest.mark.parametrize("name", bundled())
def test_a_figure_is_not_claimed_twice_from_one_source(name):
    seen = set()
    for verdict in load(name).check():
        key = (
            verdict.at,
            verdict.quantity,
            verdict.figure.text,
            verdict.source,
            tuple(verdict.sizes.items()),
        )
        assert key not in seen, f"{verdict.place} repeats {key[:3]}"
        seen.add(key)


def test_the_claims_hold_both_kinds_so_that_these_tests_test():
    statuses = {verdict.status for name in CLAIMS for verdict in load(name).check()}
    assert statuses == {"agrees", "gap"}


def test_every_file_of_the_folder_is_found_by_name():
    assert {path.stem for path in (SPECS / "claims").glob("*.yaml")} == {
        n.removeprefix("claims/") for n in CLAIMS
    }
