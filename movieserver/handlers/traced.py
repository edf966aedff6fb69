"""Handlers whose changes are followed by traces, where the profile asks for them."""

from typing import Any, ClassVar

from movieserver.handlers.base import BaseHandler
from movieserver.handlers.resource import Mount
from movieserver.tracing import NoRequestTrace

CHANGES = frozenset({"POST", "DELETE"})
_none = NoRequestTrace()


class TracedHandler(BaseHandler):
    """A handler that notes in ``trace`` what it stores."""

    route: ClassVar[str]
    """The template of its path."""

    def initialize(self, mount: Mount, **state: Any) -> None:
        super().initialize(mount, **state)
        method = self.request.method or ""
        self.trace = (
            self.services.tracer.request(method, self.route, self.request.headers)
            if method in CHANGES
            else _none
        )

    def on_finish(self) -> None:
        super().on_finish()
        self.trace.end(self.get_status())
