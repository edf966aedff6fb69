"""A folder in which a page's commands are typed, and the servers that they start."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from itertools import takewhile
from pathlib import Path

import yaml

from movieserver.commands import parser_of
from movieserver.profile.files import find_profile
from tests.docs.page import ROOT, Block, Step, pattern
from tests.processes import PATIENCE, Process, environment, eventually

ASSIGNMENT = re.compile(r"(?P<name>[A-Z_]+)=(?P<value>\$\(.*\)|\S*)")
LAUNCHER = f'#!/bin/sh\nexec {shlex.quote(sys.executable)} %s "$@"\n'
REPEATABLE = re.compile(r"curl (?!.*(?:-X|--json|-d |--data)).*")
"""A command that may be given until its answer is there: what follows a rate takes a moment."""


class Session:
    """Runs commands as somebody at a shell would, on ports that are free.

    The addresses that the page shows stand for those at which its servers really are.
    """

    def __init__(self, folder: Path) -> None:
        """``folder`` must be the current one."""
        self._folder = folder
        self._servers: list[Process] = []
        self._addresses: dict[str, str] = {}
        """As the page has them, and as they are."""
        (folder / "bin").mkdir()
        self._install("movieserver", "-m movieserver")
        if shutil.which("curl") is None:
            self._install("curl", shlex.quote(str(Path(__file__).with_name("curl.py"))))
        (folder / "examples").symlink_to(ROOT / "examples")
        (folder / ".curlrc").write_text("silent\n")
        self._environment = environment() | {
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "CURL_HOME": str(folder),
            "PYTHONSAFEPATH": "1",  # the folder is not where Python looks, as with the command
        }

    def _install(self, name: str, program: str) -> None:
        launcher = self._folder / "bin" / name
        launcher.write_text(LAUNCHER % program)
        launcher.chmod(0o755)

    def close(self) -> None:
        """End the servers."""
        for server in self._servers:
            server.kill()

    def write(self, block: Block) -> None:
        """Write the file that a block shows."""
        path = self._folder / str(block.file)
        if not path.resolve().is_relative_to(ROOT):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text)

    def take(self, step: Step) -> None:
        """Do what a step says; fails unless it prints what is shown."""
        words = shlex.split(step.command, comments=True)
        before = dict(takewhile(is_assignment, (word.split("=", 1) for word in words)))
        words = words[len(before) :]
        if assignment := ASSIGNMENT.fullmatch(step.command):
            value = self._run(f"printf %s {assignment['value']}")
            self._environment[assignment["name"]] = value.rstrip("\n")
        elif is_server(words):
            self._start(words[1:], before | {"MOVIESERVER_COMMAND": words[0]}, step)
        elif REPEATABLE.search(step.command):
            self._compare(step, lambda: self._run(step.command))
        else:
            output = self._run(step.command)
            self._compare(step, lambda: output, patience=0)

    def _run(self, command: str) -> str:
        for shown, real in self._addresses.items():
            command = command.replace(shown, real)
        done = subprocess.run(
            ["bash", "-c", command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=2 * PATIENCE,
            check=False,
            env=self._environment,
            cwd=self._folder,
        )
        return self._as_shown(done.stdout)

    def _start(self, arguments: list[str], environ: dict[str, str], step: Step) -> None:
        """Start a server in the background, and compare what it has printed first."""
        options = parser_of("serve").parse_args(arguments)
        data = self._folder / (options.data or "movieserver-data")
        server = Process(*arguments, data=data, environ=self._environment | environ)
        self._servers.append(server)
        self._addresses[f"http://{listen_of(options.profile)}"] = server.url
        self._compare(step, lambda: self._as_shown("".join(server.output)))

    def _as_shown(self, output: str) -> str:
        for shown, real in self._addresses.items():
            output = output.replace(real, shown)
        output = output.replace(f"{self._folder}/", "").replace(str(self._folder), ".")
        return output.rstrip("\n") + "\n"

    def _compare(self, step: Step, output: Callable[[], str], patience: float = PATIENCE) -> None:
        expected, printed = pattern(step.expected), ""

        def matches() -> bool:
            nonlocal printed
            printed = output()
            return not step.expected or expected.fullmatch(printed) is not None

        try:
            eventually(matches, patience)
        except AssertionError:
            shown = "\n".join(step.expected)
            message = (
                f"line {step.line}: {step.command}\n-- shown:\n{shown}\n-- printed:\n{printed}"
            )
            raise AssertionError(message) from None


def listen_of(profile: str) -> str:
    """Where a profile listens that says nothing else."""
    content = yaml.safe_load(find_profile(profile).read_text("utf-8"))
    return re.sub(r"\$\{\w+:-(.*)\}", r"\1", content["listen"])


def is_assignment(parts: list[str]) -> bool:
    """Whether the parts of a word around its first ``=`` are a variable's name and value."""
    return len(parts) == 2 and parts[0].isidentifier()


def is_server(words: list[str]) -> bool:
    """Whether a command is a server, which goes on."""
    is_ours = bool(words) and words[0] in ("movieserver", "bin/movieserver")
    return is_ours and words[1:2] != [] and words[1].startswith("-") and "--check" not in words
