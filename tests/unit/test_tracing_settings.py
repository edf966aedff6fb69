"""How traces are set up and sent: by the profile, by OpenTelemetry's variables, or not at all."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from movieserver.composition.wiring import tracer_of
from movieserver.errors import ConfigurationError
from movieserver.profile import read_profile
from movieserver.tracing import TracingSettings, factory, make_tracer, otel
from movieserver.tracing.otel import OtelTracer
from movieserver.tracing.otlp import otlp_tracer, resource
from movieserver.tracing.tracer import NoTracer
from tests.unit.traces import PARENT, RATE, ROUTE


class Stuck(SpanExporter):
    """Sends nothing and does not come back until it may."""

    def __init__(self) -> None:
        self.may_go = threading.Event()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.may_go.wait()
        return SpanExportResult.FAILURE


@pytest.mark.gen_test
async def test_an_exporter_that_hangs_does_not_hold_up_the_stop(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(otel, "PATIENCE", 0.05)
    stuck = Stuck()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(stuck))
    tracer = OtelTracer(provider, "sqlite")
    tracer.request("POST", ROUTE, {}).end(200)
    async with asyncio.timeout(5.0):
        await tracer.close()
        await tracer.close()
    assert [r.message for r in caplog.records] == [
        "the last spans could not be sent within 0.05 s and are lost"
    ]
    stuck.may_go.set()
    for thread in threading.enumerate():
        if thread.name == "last-spans":
            thread.join()


def test_the_profile_and_the_environment_name_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_SERVICE_NAME", raising=False)
    monkeypatch.delenv("OTEL_RESOURCE_ATTRIBUTES", raising=False)
    assert resource(None).attributes["service.name"] == "movieserver"
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "rates")
    assert resource(None).attributes["service.name"] == "rates"
    assert resource(None).attributes["deployment.environment.name"] == "test"
    assert resource("mine").attributes["service.name"] == "mine"


def test_an_instance_is_named_where_nobody_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_RESOURCE_ATTRIBUTES", raising=False)
    assert UUID(str(resource(None).attributes["service.instance.id"])).version == 4
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "service.instance.id=films")
    assert resource(None).attributes["service.instance.id"] == "films"


@pytest.mark.gen_test
async def test_a_share_of_none_follows_only_what_its_client_follows() -> None:
    tracer = otlp_tracer(TracingSettings(enabled=True, sample=0.0), "sqlite")
    remembered = []
    for headers in ({}, {"traceparent": PARENT}):
        trace = tracer.request("POST", ROUTE, headers)
        trace.storing(RATE)
        remembered.append(tracer._contexts.get(RATE) is not None)
    assert remembered == [False, True]
    await tracer.close()


def test_a_variable_that_opentelemetry_refuses_is_a_mistake(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "-1")
    with pytest.raises(ConfigurationError, match="tracing: OpenTelemetry refuses its settings"):
        make_tracer(TracingSettings(enabled=True), "sqlite")


def test_without_the_extra_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert factory.is_installed()
    monkeypatch.setattr(factory, "PARTS", ("no_such_package.trace",))
    assert not factory.is_installed()


def test_a_server_that_traces_nothing_does_not_import_opentelemetry(data: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from movieserver.profile import read_profile; "
        "from movieserver.composition.check_report import describe; "
        "from movieserver.server import Server; "
        f"profile = read_profile('dev', data=Path({str(data)!r}), environ={{}}); "
        "describe(profile); Server(profile); "
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert ended.stdout == "[]\n"


def test_a_server_starts_with_a_password_that_urllib_takes_for_an_address(data: Path) -> None:
    overrides = {"events": "kafka://user:p[ss@127.0.0.1:9092"}
    profile = read_profile("dev", data=data, overrides=overrides)
    assert isinstance(tracer_of(profile), NoTracer)
