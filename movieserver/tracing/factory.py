"""The tracer that a profile asks for. OpenTelemetry is imported here, and only where it does."""

from importlib import import_module
from importlib.util import find_spec

from movieserver.errors import ConfigurationError
from movieserver.tracing.settings import TracingSettings
from movieserver.tracing.tracer import NoTracer, Tracer

EXTRA = "movieserver[otel]"
"""What is installed for traces."""
PARTS = ("opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http")
"""What the extra brings."""


def is_installed() -> bool:
    """Whether the extra is there."""
    try:
        return all(find_spec(part) for part in PARTS)
    except ModuleNotFoundError:
        return False


def make_tracer(settings: TracingSettings, system: str) -> Tracer:
    """The tracer by ``settings``; ``system`` is the kind of the event log, such as ``kafka``.

    Raises ``ConfigurationError`` where a variable of OpenTelemetry cannot be what it is.
    """
    if not settings:
        return NoTracer()
    try:
        tracer: Tracer = import_module("movieserver.tracing.otlp").otlp_tracer(settings, system)
    except ValueError as error:
        raise ConfigurationError(f"tracing: OpenTelemetry refuses its settings: {error}") from error
    return tracer
