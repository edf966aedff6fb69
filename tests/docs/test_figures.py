"""The figures on the pages are those of the benchmark runs that the repository holds."""

import json
from typing import Any

import pytest

from tests.docs.page import ROOT

BENCHMARKS, DOCS = ROOT / "benchmarks", ROOT / "docs"
HEAD = "| Target | Reached | Asked | |"


def sections(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((BENCHMARKS / f"{name}.json").read_text("utf-8"))["sections"]
    return found


def figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def row(target: dict[str, Any]) -> str:
    least, most = target["at_least"], target["at_most"]
    asked = f"≥ {least:g}" if least is not None else f"≤ {most:g}"
    return f"| {target['name']} | {figure(target['value'])} | {asked} | {target['verdict']} |"


@pytest.mark.parametrize(("name", "number"), [("results", 0), ("results_engines", 1)])
def test_what_was_reached(name: str, number: int) -> None:
    page = (DOCS / "performance.md").read_text("utf-8")
    table = page.split(HEAD)[number + 1].split("\n\n")[0].strip().splitlines()[1:]
    assert table == [row(target) for each in sections(name).values() for target in each["targets"]]


@pytest.mark.parametrize("kind", ["rates", "movies"])
def test_how_fast_imports_are(kind: str) -> None:
    found = sections("results")["imports"]["tables"]["file"][kind]
    speed, processor, memory = (figure(found[each]["median"]) for each in found)
    line = f"| {kind} | {speed} | {processor} µs | {memory} MB |"
    assert line in (DOCS / "imports.md").read_text("utf-8").splitlines()
