"""HTTP: one file per resource, each ending with its routes. Nothing outside knows of HTTP."""

from movieserver.handlers.resource import Access, Mount, Mounted, Resource

__all__ = ["Access", "Mount", "Mounted", "Resource"]
