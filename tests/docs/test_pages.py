"""Every command and every answer on a page is run, and every link leads somewhere.

How a block says what is done with it stands in CONTRIBUTING.md.
"""

import ast
import re
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.command_lines import OPTION, all_options, mistakes
from tests.docs.page import PAGES, ROOT, Page, steps
from tests.docs.session import Session

PARSERS: dict[str, Callable[[str], Any]] = {
    "python": ast.parse,
    "toml": tomllib.loads,
    "yaml": yaml.safe_load,
}
FOREIGN_OPTIONS = {"--tests"}
"""Options of other programs that pages speak of."""
SHOWN = ("text", "csv", "mermaid", "sql")
"""What is neither run nor parsed: pictures, files, what a person writes."""
KINDS = ("console", "sh", "usage", *PARSERS, *SHOWN)
COMMAND = re.compile(r"^\s*(?:\$ |(?:bin/|\./)?movieserver |curl )", re.MULTILINE)
every_page = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.chdir(tmp_path)
    session = Session(tmp_path)
    yield session
    session.close()


@every_page
def test_every_block_says_what_is_done_with_it(path: Path) -> None:
    unmarked = [each.line for each in Page(path).blocks if each.kind not in KINDS]
    assert not unmarked, f"blocks without one of {', '.join(KINDS)} after the fence: {unmarked}"
    hidden = [e.line for e in Page(path).blocks if e.kind in SHOWN and COMMAND.search(e.text)]
    assert not hidden, f"commands in blocks that nobody runs: {hidden}"


@every_page
def test_what_is_typed_prints_what_is_shown(path: Path, session: Session) -> None:
    for block in Page(path).blocks:
        if block.kind == "console":
            for step in steps(block):
                session.take(step)
        elif block.file is not None:
            session.write(block)


@every_page
def test_every_command_and_option_exists(path: Path) -> None:
    page = Page(path)
    lines = list(page.spans)
    for block in page.blocks:
        if block.kind in ("sh", "usage"):
            lines += block.text.splitlines()
        elif block.kind == "console":
            lines += [step.command for step in steps(block)]
    assert [f"{line}: {each}" for line in lines for each in mistakes(line)] == []
    alone = {span for span in page.spans if OPTION.fullmatch(span)}
    assert alone <= all_options() | FOREIGN_OPTIONS


@every_page
def test_what_is_code_can_be_read(path: Path) -> None:
    for block in Page(path).blocks:
        if block.kind == "sh":
            subprocess.run(["bash", "-n"], input=block.text, text=True, check=True)
        elif block.kind in PARSERS:
            PARSERS[block.kind](block.text)


@every_page
def test_every_link_within_the_repository_leads_somewhere(path: Path) -> None:
    broken = [link for link in Page(path).links if not leads_somewhere(path, link)]
    assert broken == []


def leads_somewhere(path: Path, link: str) -> bool:
    """Whether a link's file is there and has the heading; other sites are taken on trust."""
    if re.match(r"[a-z]+:", link):
        return True
    name, _, anchor = link.partition("#")
    target = (path.parent / name) if name else path
    return target.exists() and (not anchor or anchor in Page(target).anchors)


def test_every_option_is_on_some_page() -> None:
    text = "\n".join(path.read_text("utf-8") for path in PAGES)
    assert {option for option in all_options() - {"--help"} if option not in text} == set()


def test_every_page_can_be_found_from_the_readme() -> None:
    linked = {(ROOT / link).resolve() for link in Page(ROOT / "README.md").links}
    assert [path.name for path in PAGES if path.parent.name == "docs" and path not in linked] == []
