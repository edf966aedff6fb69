"""HTTP: one file per resource, each ending with its ``resource``.

Outside this package, only ``composition`` knows how HTTP is served: it puts the rules together.
"""

from movieserver.handlers.resource import ACCESS, Access, Mount, Mounted, Resource

__all__ = ["ACCESS", "Access", "Mount", "Mounted", "Resource"]
