"""Commands as the pages write them, held against the commands that there are."""

import argparse
import re
import shlex
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from benchmarks.__main__ import make_parser as bench_parser
from engines.command import parser as engines_parser
from movieserver.commands import COMMANDS, parser_of

ROOT = Path(__file__).parents[2]
OPTION = re.compile(r"--[a-z][a-z0-9-]*")
OURS: dict[str, Callable[[], argparse.ArgumentParser]] = {
    "bin/bench": bench_parser,
    "bin/engines": engines_parser,
}
"""Commands of a clone beside movieserver's."""


def mistakes(line: str) -> Iterator[str]:
    """What is wrong with the commands of ours in a line of shell or of a synopsis."""
    # Brackets say in a synopsis what may be left out, and bars what may be chosen.
    words = shlex.shlex(re.sub(r"[\[\]]", " ", line), posix=True, punctuation_chars=True)
    words.commenters, words.whitespace_split = "#", True
    call: list[str] = []
    for word in [*_words(words, line), ";"]:
        if set(word) <= set("();<>|&"):
            yield from _mistakes_of(call)
            call = []
        else:
            call.append(word.strip("$`"))


def _words(words: shlex.shlex, line: str) -> list[str]:
    try:
        return list(words)
    except ValueError:
        return line.split()


def _mistakes_of(call: list[str]) -> Iterator[str]:
    names = {"movieserver", "bin/movieserver", "make", *OURS}
    start = next((place for place, word in enumerate(call) if word in names), None)
    if start is None:
        return
    name, *rest = call[start:]
    if name == "make":
        known = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        yield from (f"no target {word!r}" for word in rest if word not in known)
        return
    if name in OURS:
        parser = OURS[name]()
    else:
        command = rest[0] if rest and not rest[0].startswith("-") else "serve"
        if command not in COMMANDS and command.isupper():
            return
        if command not in COMMANDS:
            yield f"no command {command!r}"
            return
        parser = parser_of(command)
    known_options = options_of(parser) | {"--version"}
    for word in rest:
        for option in OPTION.findall(word) if word.startswith("--") else ():
            if option not in known_options:
                yield f"{name}: no option {option}"


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    """Every option that a parser, or one below it, takes."""
    found: set[str] = set()
    for action in parser._actions:
        found.update(action.option_strings)
        if isinstance(action, argparse._SubParsersAction):
            found.update(*(options_of(each) for each in action.choices.values()))
    return found


@cache
def all_options() -> frozenset[str]:
    """Every option of every command of ours."""
    parsers = [*map(parser_of, COMMANDS), *(make() for make in OURS.values())]
    return frozenset().union({"--version"}, *map(options_of, parsers))
