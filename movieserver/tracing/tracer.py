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

        Called before the rate is stored: from then on a sweep may announce it at any moment.
        """

    @abstractmethod
    def end(self, status: int) -> None:
        """Note that the request was answered with ``status``; called once."""


class Tracer(ABC):
    """Traces rates. Whatever happens to a trace, it never makes a rate refused, delayed or lost."""

    @abstractmethod
    def request(self, method: str, route: str, headers: Mapping[str, str]) -> RequestTrace:
        """Begin the trace of a request, or continue the one that its ``headers`` name."""

    @abstractmethod
    def publishing(
        self, topic: str, rates: Sequence[Rate], messages: Sequence[Message]
    ) -> AbstractContextManager[Sequence[Message]]:
        """A context manager for the announcement of ``rates``.

        It gives ``messages``, one for each rate, and adds a rate's trace, if known, to the headers.
        """

    @abstractmethod
    def applying(
        self, group: str, records: Sequence[Record], count: int
    ) -> AbstractContextManager[None]:
        """A context manager for the application of ``count`` records by a member of ``group``.

        ``records`` are those of them that may have a trace.
        """

    @abstractmethod
    async def close(self) -> None:
        """Send the remaining spans, taking a few seconds at most. Idempotent."""


class NoRequestTrace(RequestTrace):
    """The trace of a request that is not traced."""

    def storing(self, rate: Rate) -> None:
        pass

    def end(self, status: int) -> None:
        pass


class NoTracer(Tracer):
    """Traces nothing, and costs next to nothing."""

    def __init__(self) -> None:
        self._request = NoRequestTrace()

    def request(self, method: str, route: str, headers: Mapping[str, str]) -> RequestTrace:
        return self._request

    def publishing(
        self, topic: str, rates: Sequence[Rate], messages: Sequence[Message]
    ) -> AbstractContextManager[Sequence[Message]]:
        return nullcontext(messages)

    def applying(
        self, group: str, records: Sequence[Record], count: int
    ) -> AbstractContextManager[None]:
        return nullcontext()

    async def close(self) -> None:
        pass
