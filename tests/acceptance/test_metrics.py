"""Metrics of a real server, and that every one of them is documented."""

import re
from pathlib import Path

import requests
from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import Start
from tests.processes import Process, eventually
from tests.streams import Stream

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"


def scraped(server: Process) -> dict[str, float]:
    """The samples by name and the values of their labels."""
    answer = server.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    return {
        " ".join(
            [sample.name, *map(sample.labels.__getitem__, sorted(sample.labels))]
        ): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_requests_of_all_kinds_are_counted_by_route(start: Start) -> None:
    server = start("--profile", "dev")
    server.get("/movies/bestpictures", params={"title": "Parasite"})
    server.get("/movies/bestpictures", params={"title": "Parasit"})
    server.call("HEAD", "/movies/top10")
    server.get("/movies/tt6751668")
    server.get("/no/such/path")
    server.rate("alice", "tt6751668", 9)
    server.call("POST", "/movies/tt1/users/rate", data=b"x" * 5000)
    found = scraped(server)
    counted = {
        name.removeprefix("movieserver_http_requests_total "): value
        for name, value in found.items()
        if name.startswith("movieserver_http_requests_total")
    }
    assert counted == {
        "GET /movies/bestpictures 200": 1,
        "GET /movies/bestpictures 404": 1,
        "HEAD /movies/top10 200": 1,
        "GET /movies/{id} 200": 1,
        "POST /movies/{id}/users/rate 200": 1,
        "GET none 404": 1,
        "POST none 413": 1,
    }
    seconds = "movieserver_http_request_duration_seconds_count POST /movies/{id}/users/rate"
    assert found[seconds] == 1
    assert found["movieserver_store_up rates"] == 1


def test_open_listeners_are_counted(start: Start) -> None:
    server = start("--profile", "dev")
    listeners = r"movieserver_stream_listeners /movies/top10/stream"
    assert scraped(server)[listeners] == 0
    with Stream(server) as one, Stream(server) as other:
        assert one.event() == other.event()
        assert scraped(server)[listeners] == 2
    eventually(lambda: scraped(server)[listeners] == 0)


def test_a_rate_leaves_nothing_pending_and_no_lag(start: Start) -> None:
    server = start("--profile", "dev")
    server.rate("alice", "tt6751668", 9)

    def settled() -> bool:
        found = scraped(server)
        on_the_way = ("rates_pending", "consumer_lag_events", "announcements_queued")
        applied = found.get("movieserver_job_steps_total consume_rates", 0) > 0
        return applied and not any(found[f"movieserver_{name}"] for name in on_the_way)

    eventually(settled)


def test_every_metric_is_documented_and_no_other_is(start: Start) -> None:
    server = start("--profile", "dev")
    text = server.get("/metrics").text
    families = {family.name: family.type for family in text_string_to_metric_families(text)}
    served = {
        f"{name}_total" if kind == "counter" else name
        for name, kind in families.items()
        if name.startswith("movieserver_")
    }
    documented = re.findall(r"^\| `(movieserver_\w+)` \|", OPERATIONS.read_text(), re.MULTILINE)
    assert sorted(served) == sorted(documented)


def test_they_come_compressed(start: Start) -> None:
    answer = start("--profile", "dev").get("/metrics", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Content-Type"] == CONTENT_TYPE_LATEST
    assert "movieserver_build_info" in answer.text


def test_a_profile_can_ask_for_a_token(start: Start, tmp_path: Path) -> None:
    profile = tmp_path / "mine.yaml"
    profile.write_text(
        "profile: mine\nlisten: 127.0.0.1:0\nmake_secret: true\n"
        "handlers:\n  metrics: {access: token}\n"
    )
    server = start("--profile", str(profile))
    assert requests.get(f"{server.url}/metrics", timeout=10).status_code == 401
    assert server.get("/metrics", headers=server.bearer("prometheus")).status_code == 200


def test_any_process_tells_the_metrics_of_all(start: Start) -> None:
    server = start("--profile", "dev", "--processes", "2")

    def builds() -> list[str]:
        found = requests.get(f"{server.url}/metrics", timeout=10).text
        return re.findall(r'movieserver_build_info{.*process="(\d)"', found)

    eventually(lambda: builds() == ["0", "1"])
    for _ in range(20):
        assert requests.get(f"{server.url}/movies/top10", timeout=10).status_code == 200
    for _ in range(5):
        text = requests.get(f"{server.url}/metrics", timeout=10).text
        counts = re.findall(r'requests_total{.*route="/movies/top10".*} (\d+)', text)
        assert sum(map(int, counts)) == 20
