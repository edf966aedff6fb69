"""A page of the documentation: its blocks, its links, and what it says to type."""

import re
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("docs/*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
PROMPT = "$ "


@dataclass(frozen=True)
class Block:
    """A block of code."""

    kind: str
    """What follows the fence: ``console``, ``sh``, ``python`` …; empty where nothing does."""
    text: str
    line: int
    """Its first line in the page."""
    file: str | None
    """The path in the paragraph before it, where that is all that stands there."""


@dataclass(frozen=True)
class Step:
    """A command and the lines that it is shown to print."""

    command: str
    expected: list[str]
    line: int


class Page:
    """A page as it reads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._tokens = MarkdownIt("commonmark").enable("table").parse(path.read_text("utf-8"))

    @property
    def blocks(self) -> list[Block]:
        """All blocks of code, indented ones too."""
        return [
            Block(token.info.strip(), token.content, (token.map or [0])[0] + 1, self._file(place))
            for place, token in enumerate(self._tokens)
            if token.type in ("fence", "code_block")
        ]

    @property
    def spans(self) -> list[str]:
        """The code within the text."""
        return [each.content for each in self._inline() if each.type == "code_inline"]

    @property
    def links(self) -> list[str]:
        """Where links lead."""
        targets = [each.attrGet("href") or each.attrGet("src") for each in self._inline()]
        return [str(target) for target in targets if target]

    @property
    def anchors(self) -> set[str]:
        """What links to a part of this page end with, as GitHub makes them of headings."""
        headings = [
            self._tokens[place + 1].content
            for place, token in enumerate(self._tokens)
            if token.type == "heading_open"
        ]
        return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}

    def _inline(self) -> list[Token]:
        return [child for token in self._tokens for child in token.children or ()]

    def _file(self, place: int) -> str | None:
        """The path of a paragraph that is nothing but a path."""
        before = self._tokens[place - 2 : place - 1]
        if not before or before[0].type != "inline" or self._tokens[place - 3].hidden:
            return None
        children = before[0].children or []
        alone = len(children) == 1 and children[0].type == "code_inline"
        return children[0].content if alone else None


def steps(block: Block) -> list[Step]:
    """The commands of a console block, each with what it prints."""
    found: list[Step] = []
    for number, line in enumerate(block.text.splitlines(), block.line + 1):
        if line.startswith(PROMPT):
            found.append(Step(line.removeprefix(PROMPT), [], number))
        else:
            assert found, f"line {number}: a console block begins with a command"
            found[-1].expected.append(line)
    return found


def pattern(expected: list[str]) -> "re.Pattern[str]":
    """What matches the lines: ``…`` is anything in its line, and alone any number of lines."""
    lines = [
        r"(?:.*\n)*" if line.strip() == "…" else re.escape(line).replace("…", ".*") + r"\n"
        for line in expected
    ]
    return re.compile("".join(lines))
