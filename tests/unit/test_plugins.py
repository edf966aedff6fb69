"""Plugins: by the short name of an entry point, or by dotted path."""

import subprocess
import sys
from importlib.metadata import Distribution, EntryPoint, distributions
from pathlib import Path

import pytest

from movieserver.errors import ConfigurationError
from movieserver.handlers import health
from movieserver.jobs.relay_rates import RelayRates
from movieserver.plugins import BACKEND, HANDLER, JOB, Plugins
from tests.profiles import plugins as fakes


def distribution(folder: Path, name: str, entry_points: str) -> Distribution:
    """A package as if it were installed in ``folder``."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(entry_points)
    return next(iter(distributions(path=[str(folder)], name=name)))


def test_a_short_name_stands_for_the_object_that_is_registered() -> None:
    plugins = fakes.plugins()
    assert plugins.handler("health") is health.resource
    assert plugins.job("relay_rates") is RelayRates
    assert plugins.backend("sqlite") is fakes.sqlite


def test_a_dotted_path_stands_for_the_object_itself() -> None:
    plugins = Plugins([])
    assert plugins.handler("movieserver.handlers.health:resource") is health.resource
    assert plugins.job("movieserver.jobs.relay_rates:RelayRates") is RelayRates
    assert plugins.backend("tests.profiles.plugins:kafka") is fakes.kafka


def test_names_are_listed_by_kind() -> None:
    plugins = fakes.plugins()
    assert plugins.names(BACKEND) == ["kafka", "sqlite"]
    assert plugins.names(HANDLER) == sorted({*fakes.HANDLERS, "twice"})
    assert plugins.names(JOB) == sorted(fakes.JOBS)


def test_the_jobs_that_fill_a_memory_are_known_without_those_that_fail() -> None:
    broken = EntryPoint("broken", "tests.profiles.broken_import:Job", "movieserver.jobs")
    plugins = Plugins([*fakes.registered(), broken])
    assert plugins.filling("top10") == ["refresh_top10"]
    assert plugins.filling("dreams") == []


def test_two_packages_with_one_name_are_both_told(tmp_path: Path) -> None:
    text = "[movieserver.jobs]\nsweep = {}:Sweep\n"
    first = distribution(tmp_path / "1", "broom", text.format("broom.jobs"))
    second = distribution(tmp_path / "2", "mop", text.format("mop"))
    plugins = Plugins([*first.entry_points, *second.entry_points])
    with pytest.raises(ConfigurationError) as raised:
        plugins.job("sweep")
    assert str(raised.value) == (
        "the job 'sweep' is registered twice, by broom (broom.jobs:Sweep) and mop (mop:Sweep); "
        "choose one by its dotted path"
    )


def test_one_object_that_is_registered_twice_is_no_question() -> None:
    plugins = Plugins([*fakes.registered(), *fakes.registered()])
    assert plugins.handler("health") is health.resource


def test_a_machine_without_plugins_says_so() -> None:
    with pytest.raises(ConfigurationError, match="movieserver is not installed"):
        Plugins([]).handler("health")


@pytest.mark.parametrize(
    ("url", "name"),
    [("sqlite:///a.db", "sqlite"), ("kafka://h:9092", "kafka"), ("x+y://", "x+y")],
)
def test_the_scheme_of_a_url_names_its_backend(url: str, name: str) -> None:
    assert fakes.plugins().scheme(url) == name


def test_importing_plugins_imports_none_of_them() -> None:
    program = (
        "import sys; from movieserver.plugins import Plugins; Plugins().names; "
        "print([m for m in sys.modules if m.startswith('movieserver.jobs.refresh')])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert printed.stdout == "[]\n"
