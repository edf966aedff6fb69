"""The interface of tracing, and the tracer that does nothing."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

from movieserver.backends.event_log import Message, Record
from movieserver.models import Rate


class RequestTrace(ABC):
    """The trace of one request that changes rates."""

    @abstractmethod
    def storing(self, rate: Rate) -> None:
        """Note that the announcement of ``rate`` belongs to this trace.

        Called before it is stored: from then on a sweep may announce it at any moment.
        """

    @abstractmethod
    def end(self, status: int) -> None:
        """Note that the request was answered with ``status``; called once."""


class Tracer(ABC):
    """Follows rates. Whatever becomes of a trace, no rate is refused, held up or lost for it."""

    @abstractmethod
    def request(self, method: str, route: str, headers: Mapping[str, str]) -> RequestTrace:
        """Begin the trace of a request, or go on with the one that its ``headers`` name."""

    @abstractmethod
    def publishing(
        self, topic: str, rates: Sequence[Rate], messages: Sequence[Message]
    ) -> AbstractContextManager[Sequence[Message]]:
        """Surrounds the announcement of ``rates``.

        Gives ``messages``, one for each rate, with the trace in the headers of those that have one.
        """

    @abstractmethod
    def applying(self, group: str, records: Sequence[Record]) -> AbstractContextManager[None]:
        """Surrounds the application of ``records`` by a member of ``group``."""

    @abstractmethod
    async def close(self) -> None:
        """Send what is yet to be sent, for a few seconds at most. Idempotent."""


class NoRequestTrace(RequestTrace):
    """Of a request that nobody follows."""

    def storing(self, rate: Rate) -> None:
        pass

    def end(self, status: int) -> None:
        pass


class NoTracer(Tracer):
    """Follows nothing, and costs next to nothing."""

    def __init__(self) -> None:
        self._request = NoRequestTrace()

    def request(self, method: str, route: str, headers: Mapping[str, str]) -> RequestTrace:
        return self._request

    def publishing(
        self, topic: str, rates: Sequence[Rate], messages: Sequence[Message]
    ) -> AbstractContextManager[Sequence[Message]]:
        return nullcontext(messages)

    def applying(self, group: str, records: Sequence[Record]) -> AbstractContextManager[None]:
        return nullcontext()

    async def close(self) -> None:
        pass
