"""The section ``tracing`` of a profile."""

import re
from dataclasses import dataclass

from movieserver.settings import setting

ENDPOINT = re.compile(r"https?://[^/?#@\s]+(?:/\S*)?")


@dataclass(frozen=True)
class TracingSettings:
    """The keys under ``tracing``: how OpenTelemetry follows rates."""

    enabled: bool = setting(
        "Whether OpenTelemetry follows rates; needs the extra otel.", default=False
    )
    endpoint: str | None = setting(
        "URL that accepts spans by OTLP over HTTP, such as http://127.0.0.1:4318/v1/traces; "
        "without it, the OTEL_EXPORTER_OTLP_* variables decide.",
        default=None,
    )
    service_name: str | None = setting(
        "service.name of the spans; without it, OTEL_SERVICE_NAME, or else movieserver.",
        default=None,
    )
    sample: float | None = setting(
        "Share of requests that are followed if their traceparent does not decide; without it, "
        "OTEL_TRACES_SAMPLER decides, or else all are followed.",
        default=None,
        minimum=0,
        maximum=1,
    )

    def __post_init__(self) -> None:
        """Check that the endpoint is a URL; passwords belong in OTEL_EXPORTER_OTLP_HEADERS."""
        if self.endpoint is not None and not ENDPOINT.fullmatch(self.endpoint):
            raise ValueError(
                "found an invalid endpoint; allowed: http://HOST:PORT/PATH or https://, "
                "without a password (OTEL_EXPORTER_OTLP_HEADERS)"
            )

    def __bool__(self) -> bool:
        """Whether anything is traced."""
        return self.enabled
