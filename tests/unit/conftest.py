"""What tests of a module are given."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tornado.ioloop import IOLoop
from tornado.web import Application

from movieserver.announcements import Announcements
from movieserver.backends import StoreContext, Topic
from movieserver.backends.sqlite import SqliteBackend
from movieserver.memory.memory import Memory
from movieserver.process.lifecycle import Lifecycle
from movieserver.services import Services, Stores
from movieserver.testing import ManualClock
from movieserver.tokens import AuthSettings
from movieserver.tokens.configuration import token_verifier
from movieserver.tokens.verifier import TokenVerifier
from movieserver.topic import TopicSettings
from movieserver.tracing.otel import OtelTracer
from tests.issuer import Issuer, SetClock, rsa_key
from tests.unit.imported import Write


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(content: bytes | str) -> Path:
        path = tmp_path / "file.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, empty."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def issuer(http_port: int) -> Issuer:
    """An issuer with the key ``old``, not listening unless the test asks for ``http_server``."""
    issuer = Issuer()
    issuer.url = f"http://127.0.0.1:{http_port}"
    issuer.publish(old=rsa_key(2048, 1))
    return issuer


@pytest.fixture
def app(issuer: Issuer) -> Application:
    return issuer.app


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def checks(issuer: Issuer, clock: SetClock, io_loop: IOLoop) -> Iterator[TokenVerifier]:
    """Checks tokens with the keys of the issuer's URL."""
    made = token_verifier(AuthSettings(jwks_url=f"{issuer.url}/jwks"), None, clock)
    assert made is not None
    yield made
    io_loop.run_sync(made.close)


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracer(exporter: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch) -> OtelTracer:
    monkeypatch.delenv("OTEL_TRACES_SAMPLER", raising=False)
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return OtelTracer(provider, "sqlite", remembered=3)


@pytest.fixture
def services(data: Path, io_loop: IOLoop) -> Iterator[Services]:
    """All three stores, open and empty."""
    clock = ManualClock()
    backend, context = SqliteBackend(), StoreContext(data, clock)
    names = TopicSettings()
    topics = [Topic(names.topic), Topic(names.dead_topic, 1)]
    stores = Stores(
        {
            "movies": backend.movie_store("sqlite:///m.db", context),
            "rates": backend.rate_store("sqlite:///m.db", context),
            "events": backend.event_log("sqlite:///m.db", context, topics),
        }
    )
    for store in stores.listed.values():
        io_loop.run_sync(store.open)
    yield Services(stores, Memory(clock), Announcements(), Lifecycle(), clock=clock)
    for store in stores.listed.values():
        io_loop.run_sync(store.close)
