"""The command line: what it refuses, the exit status of what goes wrong, the processes' options."""

import sys
from pathlib import Path

import pytest

from movieserver import commands
from movieserver.commands import audit
from movieserver.commands.options import profile_of
from movieserver.commands.serve import child, tour
from movieserver.errors import MovieserverError


@pytest.fixture(autouse=True)
def _own_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the log as the tests have it."""
    monkeypatch.setattr(commands, "configure_logging", lambda: None)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sttus"], "unknown command 'sttus'; commands (for details: movieserver COMMAND --help):"),
        (["audit", "--wait", "-0.1"], "--wait: must be from 0 to 86400 seconds"),
        (["audit", "--wait", "86401"], "--wait: must be from 0 to 86400 seconds"),
        (["token", "--user", "ann", "--hours", "0"], "--hours: must be more than 0, and at most"),
        (["token", "--user", "ann", "--hours", "87601"], "--hours: must be more than 0, and at"),
        (["token", "--user", "two\nlines"], "--user: a name must have 1 to 255 printable"),
        (["status", "--timeout", "0"], "--timeout: must be more than 0 seconds, and at most 3600"),
        (["status", "--timeout", "3601"], "--timeout: must be more than 0 seconds, and at most"),
        (["replay", "--since", "noon"], "--since: 'noon' is not an ISO 8601 time such as 2026-"),
    ],
)
def test_what_no_command_takes_is_said(
    data: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert commands.main([*arguments, "--data", str(data)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"movieserver: {message}")
    assert not data.exists()


def test_no_token_is_issued_that_the_profile_would_refuse(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MOVIESERVER_JWKS_URL", "https://id.example/keys")
    arguments = ["token", "--user", "ann", "--profile", "rating", "--data", str(data)]
    assert commands.main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert ": auth.jwks_url: found a source of keys, whose owner issues the tok" in printed.err
    assert not data.exists()


def test_options_are_not_abbreviated(capsys: pytest.CaptureFixture[str]) -> None:
    """Or a new option would make another one ambiguous."""
    with pytest.raises(SystemExit) as ended:
        commands.main(["audit", "--prof", "dev"])
    assert ended.value.code == 2
    assert "movieserver audit: error: unrecognized arguments: --prof dev" in capsys.readouterr().err


def test_each_command_explains_itself_and_the_first_one_the_others(
    capsys: pytest.CaptureFixture[str],
) -> None:
    helps = {}
    for name in commands.COMMANDS:
        with pytest.raises(SystemExit) as ended:
            commands.main(["--help"] if name == "serve" else [name, "--help"])
        assert ended.value.code == 0
        helps[name] = capsys.readouterr().out
    serve = helps.pop("serve")
    assert serve.startswith("usage: movieserver [-h]")
    assert serve.endswith(f"\n{commands.summary()}\n")
    for name, text in helps.items():
        assert text.startswith(f"usage: movieserver {name} [-h]")
        assert f"\n\n{commands.module_of(name).__doc__}" in text
        assert commands.summary() not in text


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (MovieserverError("away"), 1, "movieserver: away\n"),
        (KeyboardInterrupt(), 130, "movieserver: interrupted\n"),
    ],
)
def test_what_ends_a_command_is_a_line_and_an_exit_status(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    status: int,
    line: str,
) -> None:
    def failing(_arguments: object) -> int:
        raise error

    monkeypatch.setattr(audit, "run", failing)
    assert commands.main(["audit"]) == status
    assert capsys.readouterr().err == line


def test_each_of_several_processes_serves_what_the_supervisor_was_told(data: Path) -> None:
    options = ["--profile", "dev", "--data", str(data), "--rates", "sqlite:///rates.db"]
    several = ["--listen", "[::1]:0", "--processes", "3"]
    parser = commands.parser_of("serve")
    arguments = parser.parse_args([*options, *several])
    line = child(arguments, profile_of(arguments), 8089)
    one = parser.parse_args(line)
    assert vars(one) == vars(arguments) | {"listen": "[::1]:8089", "processes": "1"}


def test_the_first_things_to_try_are_those_that_the_profile_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOVIESERVER_COMMAND", "bin/movieserver")
    data = tmp_path / "two words"
    arguments = commands.parser_of("serve").parse_args(["--profile", "rating", "--data", str(data)])
    token = f"bin/movieserver token --user alice --data '{data}'"
    assert tour(profile_of(arguments), "http://here").splitlines() == [
        "",
        f"A token for a user:  {token}",
        "",
        "curl --json '{\"rate\": 9}' "
        f'-H "Authorization: Bearer $({token})" http://here/movies/tt6751668/users/rate',
    ]


@pytest.mark.parametrize(
    ("called", "found", "said"),
    [
        ("/opt/my venv/bin/movieserver", False, "'/opt/my venv/bin/movieserver' token"),
        ("/opt/venv/bin/movieserver", True, "movieserver token"),
        ("/lib/movieserver/__main__.py", False, f"{sys.executable} -m movieserver token"),
    ],
)
def test_what_is_to_be_tried_is_found_without_the_path(
    data: Path, monkeypatch: pytest.MonkeyPatch, called: str, found: bool, said: str
) -> None:
    monkeypatch.delenv("MOVIESERVER_COMMAND", raising=False)
    monkeypatch.setattr("sys.argv", [called])
    monkeypatch.setattr("shutil.which", lambda name: f"/bin/{name}" if found else None)
    arguments = commands.parser_of("serve").parse_args(["--profile", "dev", "--data", str(data)])
    assert f"A token for a user:  {said}" in tour(profile_of(arguments), "http://here")
