"""``GET /metrics``: what the server counts and holds, for Prometheus."""

from movieserver.handlers.metrics.resource import resource

__all__ = ["resource"]
