"""Sends spans by OTLP over HTTP, from OpenTelemetry's own thread.

OpenTelemetry's environment variables decide what the profile does not: OTEL_EXPORTER_OTLP_*,
OTEL_BSP_*, OTEL_TRACES_SAMPLER, OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, OTEL_SDK_DISABLED.
"""

import os
from uuid import uuid4

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio

from movieserver import __version__
from movieserver.process.supervisor import VARIABLE
from movieserver.tracing.otel import OtelTracer
from movieserver.tracing.settings import TracingSettings

INSTANCE = "service.instance.id"


def otlp_tracer(settings: TracingSettings, system: str) -> OtelTracer:
    """Make the tracer by ``settings``; spans that cannot be sent in time are dropped."""
    sampler = None if settings.sample is None else ParentBasedTraceIdRatio(settings.sample)
    # The server closes the tracer at its end: the provider's own exit hook waits half a minute.
    provider = TracerProvider(sampler, resource(settings.service_name), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(settings.endpoint)))
    return OtelTracer(provider, system)


def resource(service_name: str | None) -> Resource:
    """Describe the sender of the spans by the profile, else the environment, else our defaults.

    The processes of one supervisor share an environment. If that names an instance, each process
    appends its number.
    """
    known = {
        "service.name": "movieserver",
        "service.version": __version__,
        INSTANCE: str(uuid4()),
    }
    outside = dict(OTELResourceDetector().detect().attributes)
    if INSTANCE in outside and (number := os.environ.get(VARIABLE)):
        outside[INSTANCE] = f"{outside[INSTANCE]}-{number}"
    said = {"service.name": service_name} if service_name else {}
    return Resource.create({**known, **outside, **said})
