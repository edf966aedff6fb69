"""``GET /metrics``: what the server counted and holds, for Prometheus."""

from movieserver.handlers.metrics.resource import resource

__all__ = ["resource"]
