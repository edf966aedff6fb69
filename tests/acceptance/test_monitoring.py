"""What watches the server, dashboard and alert rules, asks for what the server tells."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import Start
from tests.processes import eventually

DEPLOY = Path(__file__).parents[2] / "deploy"
DASHBOARD = json.loads((DEPLOY / "grafana" / "movieserver.json").read_text())
ALERTS = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text())["groups"][0]["rules"]
TESTS = yaml.safe_load((DEPLOY / "prometheus" / "alerts.test.yaml").read_text())["tests"]
NAME = re.compile(r"\b(?:movieserver|process)_\w+")
LABEL = re.compile(r'\b(\w+)\s*(?:=~|!~|!=|=)\s*"|by \(([\w, ]+)\)|{{\s*\$?(?:labels\.)?(\w+)')
OF_PROMETHEUS = {"instance", "job", "value"}


def expressions() -> Iterator[str]:
    """Every query of the dashboard and of the rules, with the texts that show their labels."""
    for rule in ALERTS:
        yield rule["expr"] + rule["annotations"]["summary"]
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", []):
            yield target["expr"] + target["legendFormat"]
    for variable in DASHBOARD["templating"]["list"]:
        yield variable["query"]


def test_every_metric_and_label_that_is_asked_for_is_told(start: Start) -> None:
    server = start("--profile", "dev")
    assert server.rate("alice", "tt0050083", 9).status_code == 200
    eventually(lambda: 'job_steps_total{job="consume_rates"}' in server.get("/metrics").text)
    samples = [
        sample
        for family in text_string_to_metric_families(server.get("/metrics").text)
        for sample in family.samples
    ]
    told = {sample.name for sample in samples}
    labels = {label for sample in samples for label in sample.labels}
    # Prometheus has a label "job" of its own, and gives the metric's another name.
    labels |= OF_PROMETHEUS | {"exported_job"}
    for text in expressions():
        assert set(NAME.findall(text)) <= told, text
        named = {
            name.strip() for found in LABEL.findall(text) for name in ",".join(found).split(",")
        }
        assert named - {""} <= labels, text
    asked = {name for text in expressions() for name in NAME.findall(text)}
    assert len(asked) > 15


def test_the_dashboard_is_one_by_grafanas_own_types() -> None:
    register_default_plugins()
    again = json.loads(JSONEncoder().encode(Dashboard.from_json(DASHBOARD)))
    assert lost(DASHBOARD, again) == []


def test_panels_have_their_own_ids_and_places() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = [
        (x, y)
        for at in (panel["gridPos"] for panel in panels)
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(set(places)) == len(places)
    assert max(x for x, _ in places) < 24


def test_every_alert_is_tested_documented_and_says_how_urgent_it_is() -> None:
    names = [rule["alert"] for rule in ALERTS]
    assert len(set(names)) == len(names)
    tested = {each["alert_rule_test"][0]["alertname"] for each in TESTS}
    assert tested == set(names)
    assert all(rule["labels"]["severity"] in ("page", "ticket") for rule in ALERTS)
    page = (DEPLOY.parent / "docs" / "operations.md").read_text()
    documented = re.findall(r"^\| `([A-Z][a-z]\w+)` \|", page, re.MULTILINE)
    assert sorted(documented) == sorted(names)


def lost(before: Any, after: Any, place: str = "") -> list[str]:
    """The places of what is not, or not the same, afterwards."""
    if isinstance(before, dict) and isinstance(after, dict):
        items = [(key, value, after.get(key)) for key, value in before.items()]
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        items = [(str(n), *pair) for n, pair in enumerate(zip(before, after, strict=True))]
    else:
        return [] if before == after else [place]
    return [each for key, old, new in items for each in lost(old, new, f"{place}/{key}")]
