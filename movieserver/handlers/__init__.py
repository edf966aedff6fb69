"""HTTP: one file per resource, each ending with its routes.

Outside, ``composition.router`` puts their rules together; nothing else knows how HTTP is served.
"""

from movieserver.handlers.resource import Access, Mount, Mounted, Resource

__all__ = ["Access", "Mount", "Mounted", "Resource"]
