"""Traces a rate from its post through its event to the average; off unless a profile asks."""

from movieserver.tracing.factory import EXTRA, is_installed, make_tracer
from movieserver.tracing.settings import TracingSettings
from movieserver.tracing.tracer import NoRequestTrace, NoTracer, RequestTrace, Tracer

__all__ = [
    "EXTRA",
    "NoRequestTrace",
    "NoTracer",
    "RequestTrace",
    "Tracer",
    "TracingSettings",
    "is_installed",
    "make_tracer",
]
