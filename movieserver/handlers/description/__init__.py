"""``GET /openapi.json`` and ``GET /docs``: what this server serves, for authors of clients."""

from movieserver.handlers.description.resource import resource

__all__ = ["resource"]
