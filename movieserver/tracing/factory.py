"""Makes the tracer that a profile asks for; imports OpenTelemetry only if it asks for one."""

from importlib import import_module
from importlib.util import find_spec

from movieserver.errors import ConfigurationError
from movieserver.tracing.settings import TracingSettings
from movieserver.tracing.tracer import NoTracer, Tracer

EXTRA = "movieserver[otel]"
"""The package to install for tracing."""
PARTS = ("opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http")
"""Modules that the extra installs."""


def is_installed() -> bool:
    """Whether the extra is installed."""
    try:
        return all(find_spec(part) for part in PARTS)
    except ModuleNotFoundError:
        return False


def make_tracer(settings: TracingSettings, system: str) -> Tracer:
    """Make the tracer by ``settings``; ``system`` is the kind of event log, such as ``kafka``.

    Raises ``ConfigurationError`` if OpenTelemetry refuses one of its environment variables.
    """
    if not settings:
        return NoTracer()
    try:
        tracer: Tracer = import_module("movieserver.tracing.otlp").otlp_tracer(settings, system)
    except ValueError as error:
        raise ConfigurationError(f"tracing: OpenTelemetry refuses its settings: {error}") from error
    return tracer
