"""Traces of real processes, at a collector of the test's own."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from movieserver.profile.files import find_profile
from movieserver.tokens.secret import make_secret
from tests.collector import Collector, collecting
from tests.conftest import Start
from tests.processes import Process, environment, eventually, run

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PARENT = {"traceparent": f"00-{TRACE}-{SPAN}-01"}
MOVIE = "tt0050083"
REQUEST, SENT, APPLIED = (
    "POST /movies/{id}/users/rate",
    "send movie_rate_topic",
    "process movie_rate_topic",
)


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


def traced(endpoint: str) -> dict[str, str]:
    """An environment in which OpenTelemetry's own variables say what the profile leaves out."""
    clean = {k: v for k, v in environment().items() if not k.startswith("OTEL_")}
    return {
        **clean,
        "MOVIESERVER_TRACING": "true",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": endpoint,
        "OTEL_EXPORTER_OTLP_HEADERS": "x-key=mine",
        "OTEL_BSP_SCHEDULE_DELAY": "50",
    }


def post(server: Process, **headers: str) -> int:
    path = f"/movies/{MOVIE}/users/rate"
    given = {**server.bearer("alice"), **headers}
    return server.call("POST", path, json={"rate": 9}, headers=given).status_code


def test_one_trace_from_the_post_to_the_average(start: Start, collector: Collector) -> None:
    server = start("--profile", "dev", environ=traced(collector.endpoint))
    assert post(server, **PARENT) == 200
    spans = eventually(lambda: len(found := collector.spans(TRACE)) == 3 and found)
    parents = [spans[name].parent_span_id.hex() for name in (REQUEST, SENT, APPLIED)]
    assert parents == [SPAN, spans[REQUEST].span_id.hex(), spans[SENT].span_id.hex()]
    assert collector.services() == {"movieserver"}
    assert {headers["x-key"] for headers in collector.headers} == {"mine"}
    told = "".join(map(str, collector.requests))
    assert "alice" not in told
    assert MOVIE not in told
    assert server.terminate() == 0


def test_a_trace_goes_through_two_processes(
    start: Start, collector: Collector, data: Path, tmp_path: Path
) -> None:
    make_secret(data)
    profiles = []
    for name in ("rating", "consumer"):
        text = find_profile(name).read_text("utf-8")
        section = f"tracing: {{enabled: true, service_name: {name}, sample: 0,"
        section += f' endpoint: "{collector.endpoint}"}}'
        head, _, _ = text.partition("\ntracing:")
        (tmp_path / f"{name}.yaml").write_text(f"{head}\n{section}\n")
        profiles.append(str(tmp_path / f"{name}.yaml"))
    environ = {**traced("http://127.0.0.1:9/nobody"), "OTEL_SERVICE_NAME": "not this"}
    rating, consumer = [start("--profile", path, environ=environ) for path in profiles]
    assert post(rating) == 200
    assert post(rating, **PARENT) == 200
    eventually(lambda: len(collector.spans(TRACE)) == 3)
    assert collector.services() == {"rating", "consumer"}
    assert [rating.terminate(), consumer.terminate()] == [0, 0]
    spans = sum(
        len(s.spans) for r in collector.requests for e in r.resource_spans for s in e.scope_spans
    )
    assert spans == 3, "the rate without a traceparent is not of the share"


def test_processes_of_one_server_can_be_told_apart(start: Start, collector: Collector) -> None:
    environ = traced(collector.endpoint) | {"OTEL_RESOURCE_ATTRIBUTES": "service.instance.id=films"}
    server = start("--profile", "dev", "--processes", "2", environ=environ)

    def both_told() -> bool:
        server.session.close()  # a new connection may be another process's
        assert post(server, **PARENT) == 200
        return collector.instances() == {"films-0", "films-1"}

    eventually(both_told)
    assert server.terminate() == 0


def test_the_last_spans_are_sent_at_the_stop(start: Start, collector: Collector) -> None:
    environ = {**traced(collector.endpoint), "OTEL_BSP_SCHEDULE_DELAY": "3600000"}
    server = start("--profile", "dev", environ=environ)
    assert post(server, **PARENT) == 200
    eventually(lambda: server.top10()[0]["id"] == MOVIE)
    assert collector.requests == []
    assert server.terminate() == 0
    assert set(collector.spans(TRACE)) == {REQUEST, SENT, APPLIED}


def test_a_collector_that_hangs_holds_up_neither_rates_nor_the_stop(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        server = start("--profile", "dev", environ=traced(f"http://127.0.0.1:{port}/v1/traces"))
        for _ in range(20):
            assert post(server, **PARENT) == 200
        connection, _ = silent.accept()
        with connection:
            assert post(server, **PARENT) == 200
            began = time.monotonic()
            assert server.terminate() == 0
            assert time.monotonic() - began < 8.0
    assert any("the last spans could not be sent within 3 s" in line for line in server.output)


def test_no_collector_at_all_is_a_line_in_the_log(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    server = start("--profile", "dev", environ=traced(f"http://127.0.0.1:{port}/v1/traces"))
    assert post(server, **PARENT) == 200
    eventually(lambda: any("opentelemetry" in line for line in server.output))
    assert post(server, **PARENT) == 200
    assert server.terminate() == 0
    assert not any("Traceback" in line for line in server.output)


def test_without_the_extra_a_profile_that_asks_for_traces_is_not_run(
    data: Path, tmp_path: Path
) -> None:
    # A package of this name before the real one: nothing below it is there.
    (tmp_path / "path" / "opentelemetry").mkdir(parents=True)
    (tmp_path / "path" / "opentelemetry" / "__init__.py").touch()
    environ = {**traced("http://127.0.0.1:9/"), "PYTHONPATH": str(tmp_path / "path")}
    for more in ([], ["--check"]):
        ended = run(
            "--profile", "dev", "--listen", "127.0.0.1:0", *more, data=data, environ=environ
        )
        assert ended.returncode == 2
        assert ended.stderr.startswith("movieserver: ")
        assert ended.stderr.endswith(
            ": tracing: needs OpenTelemetry, which is not installed: "
            'pip install "movieserver[otel]"\n'
        )
        assert "Traceback" not in ended.stderr
    environ["MOVIESERVER_TRACING"] = "false"
    assert run("--profile", "dev", "--check", data=data, environ=environ).returncode == 0
