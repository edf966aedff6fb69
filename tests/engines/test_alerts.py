"""The alert rules in the checker of Prometheus itself."""

import subprocess
from pathlib import Path

import pytest

from engines.packages import unpacked

RULES = Path(__file__).parents[2] / "deploy" / "prometheus"


def promtool(*arguments: object, folder: Path = RULES) -> str:
    done = subprocess.run(
        [unpacked("prometheus") / "usr/bin/promtool", *map(str, arguments)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_the_rules_can_be_read() -> None:
    assert "SUCCESS" in promtool("check", "rules", "--lint-fatal", "alerts.yaml")


def test_the_rules_fire_and_are_quiet_as_they_should() -> None:
    assert "SUCCESS" in promtool("test", "rules", "alerts.test.yaml")


def test_a_wrong_expectation_is_noticed(tmp_path: Path) -> None:
    rules, tests = (RULES / name for name in ("alerts.yaml", "alerts.test.yaml"))
    (tmp_path / rules.name).write_text(rules.read_text())
    (tmp_path / tests.name).write_text(tests.read_text().replace("0+100x30", "0+0x30"))
    with pytest.raises(AssertionError, match="FAILED"):
        promtool("test", "rules", tests.name, folder=tmp_path)


def test_the_scrape_configuration_can_be_read(tmp_path: Path) -> None:
    jobs = (RULES / "scrape.yaml").read_text()
    configuration = tmp_path / "prometheus.yml"
    configuration.write_text(f"rule_files: [{RULES}/alerts.yaml]\nscrape_configs:\n{jobs}")
    assert "SUCCESS" in promtool("check", "config", configuration)
