"""The profiles and units for production: what they name is there, and no secret is shown."""

import re
from pathlib import Path

import pytest

from engines.certificates import Certificates
from movieserver.composition.check_report import describe
from movieserver.errors import ConfigurationError
from movieserver.profile import Profile, read_profile

HOME = Path(__file__).parents[2]
PROFILES = HOME / "config" / "production"
UNITS = HOME / "deploy" / "systemd"
SERVERS = ("public", "rating", "consumer")
NAMES = [*SERVERS, "maintenance"]
SECRETS = {
    "public": {"postgres-public"},
    "rating": {"cassandra", "kafka"},
    "consumer": {"postgres", "kafka"},
    "maintenance": {"postgres", "cassandra", "kafka"},
}
"""Whose passwords a profile reads."""
PASSWORD = "hush: 50% p@ss/word"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    certificates = Certificates(tmp_path_factory.mktemp("certificates"))
    certificates.make([])
    return certificates.authority


@pytest.fixture
def environ(authority: Path, tmp_path: Path) -> dict[str, str]:
    """What the units say to the profiles, with files that are there."""
    for engine in set().union(*SECRETS.values()):
        (tmp_path / f"{engine}-password").write_text(f"{PASSWORD}\n")
    return environment_file() | {
        "MOVIESERVER_CA": str(authority),
        "MOVIESERVER_SECRETS": str(tmp_path),
    }


def environment_file() -> dict[str, str]:
    lines = (UNITS / "environment").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def profile(name: str, environ: dict[str, str]) -> Profile:
    return read_profile(PROFILES / f"{name}.yaml", environ=environ)


def unit(name: str) -> list[tuple[str, str]]:
    lines = (UNITS / name).read_text().splitlines()
    return [(line.split("=", 1)[0], line.split("=", 1)[1]) for line in lines if "=" in line]


@pytest.mark.parametrize("name", SERVERS)
def test_it_serves_and_does_what_the_profile_of_a_laptop_does(
    name: str, environ: dict[str, str]
) -> None:
    here, there = profile(name, environ), read_profile(name, environ={})
    assert [use.name for use in here.handlers] == [use.name for use in there.handlers]
    assert [use.name for use in here.jobs] == [use.name for use in there.jobs]


@pytest.mark.parametrize("name", NAMES)
def test_a_profile_checks_and_shows_no_secret(name: str, environ: dict[str, str]) -> None:
    shown = describe(profile(name, environ))
    assert f"profile  {name}" in shown
    assert ("verify-full" in shown) == (name != "rating")
    assert PASSWORD not in shown
    assert "hush" not in shown


@pytest.mark.parametrize("name", NAMES)
def test_every_password_that_is_missing_is_named(
    name: str, environ: dict[str, str], tmp_path: Path
) -> None:
    for engine in SECRETS[name]:
        password = tmp_path / f"{engine}-password"
        password.rename(tmp_path / "elsewhere")
        with pytest.raises(ConfigurationError, match="No such file") as refused:
            describe(profile(name, environ))
        assert engine in str(refused.value)
        (tmp_path / "elsewhere").rename(password)


@pytest.mark.parametrize("name", NAMES)
def test_every_variable_that_is_missing_is_named(name: str, environ: dict[str, str]) -> None:
    text = (PROFILES / f"{name}.yaml").read_text()
    required = sorted(set(re.findall(r"\$\{(MOVIESERVER_\w+)\}", text)))
    assert len(required) >= 3
    for variable in required:
        with pytest.raises(ConfigurationError, match=f"variable {variable} is not set"):
            profile(name, {key: value for key, value in environ.items() if key != variable})


def test_the_same_topic_everywhere(environ: dict[str, str]) -> None:
    rating, *others = (profile(name, environ).events for name in NAMES if name != "public")
    assert [others[0], others[1]] == [rating, rating]
    assert rating.replication == 3


@pytest.mark.parametrize("name", ["public", "rating"])
def test_pages_may_call_where_the_environment_names_them(
    name: str, environ: dict[str, str]
) -> None:
    assert not profile(name, environ).cors
    environ["MOVIESERVER_PAGE_ORIGINS"] = "https://films.example"
    assert profile(name, environ).cors.origins == ("https://films.example",)


@pytest.mark.parametrize("name", SERVERS)
def test_a_unit_runs_its_profile_with_its_secrets(name: str, environ: dict[str, str]) -> None:
    settings = unit(f"movieserver-{name}@.service")
    values = dict(settings)
    assert values["ExecStart"].endswith(f"/movieserver --profile /etc/movieserver/{name}.yaml")
    given = {value.split(":")[0] for key, value in settings if key == "LoadCredential"}
    assert given == {f"{engine}-password" for engine in SECRETS[name]}
    # After the time for requests in flight, jobs and the last spans get some seconds.
    assert float(values["TimeoutStopSec"]) > profile(name, environ).http.drain_timeout + 10


def test_the_unit_of_commands_has_all_secrets() -> None:
    settings = unit("movieserver-command@.service")
    given = {value.split(":")[0] for key, value in settings if key == "LoadCredential"}
    assert given == {f"{engine}-password" for engine in SECRETS["maintenance"]}
    assert dict(settings)["ExecStart"].endswith("%i --profile /etc/movieserver/maintenance.yaml")


def test_all_units_are_hardened_alike() -> None:
    units = sorted(UNITS.glob("*.service"))
    assert len(units) == 4
    hardening = [text.read_text().split("NoNewPrivileges")[1].split("\n\n")[0] for text in units]
    assert len({each.strip() for each in hardening}) == 1


def test_the_environment_holds_what_profiles_ask_for() -> None:
    texts = "".join(path.read_text() for path in PROFILES.glob("*.yaml"))
    known = set(re.findall(r"\$\{(MOVIESERVER_\w+)", texts))
    assert set(environment_file()) <= known
    required = set(re.findall(r"\$\{(MOVIESERVER_\w+)\}", texts))
    assert required - set(environment_file()) == {"MOVIESERVER_SECRETS"}  # set by the unit


def test_every_variable_is_documented() -> None:
    texts = "".join(path.read_text() for path in PROFILES.glob("*.yaml"))
    section = (HOME / "docs" / "operations.md").read_text().split("\n## Production\n")[1]
    documented = re.findall(r"^\| `.*", section, re.MULTILINE)
    names = {name for row in documented for name in re.findall(r"MOVIESERVER_\w+", row)}
    assert names == set(re.findall(r"\$\{(MOVIESERVER_\w+)", texts))
