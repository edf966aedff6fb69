"""The boundary where the driver's errors become the project's."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TypeVar

from kafka import errors

from movieserver.errors import StoreError, StoreRefused, StoreUnavailable

T = TypeVar("T")
PAUSE = 0.1
"""Seconds between two attempts at something that only needs time."""

LOST = (
    "no rate is lost, but events may be: run 'movieserver audit', and 'movieserver rebuild' if it "
    "finds differences"
)
"""What a topic's end means, and what to do."""

NAME = re.compile(r"^\[Error -?\d+\] (?:\w+: )?")
"""The text that the driver puts before a reason."""

NO_PRODUCER = re.compile(r"InitProducerId.*AuthorizationFailed")
"""What the driver says if the user may write no topic at all; its error has no kind of its own."""
WRITE = "let this user write the topic"

PERMANENT: dict[type[Exception], str] = {
    errors.SaslAuthenticationFailedError: "check the user and the password",
    errors.UnsupportedSaslMechanismError: "check sasl_mechanism",
    errors.TopicAuthorizationFailedError: "let this user read and write the topic",
    errors.GroupAuthorizationFailedError: "let this user join the group",
    errors.InconsistentGroupProtocolError: "another program is in this group; set events.group",
    errors.ClusterAuthorizationFailedError: (
        "let this user create topics, or create them beforehand and let this user describe them"
    ),
    errors.KafkaConfigurationError: "check the parameters in the URL",
    errors.InvalidReplicationFactorError: "set events.replication to at most the number of brokers",
    errors.MessageSizeTooLargeError: "raise the topic's max.message.bytes",
    errors.RecordListTooLargeError: "raise the topic's max.message.bytes",
}
"""Errors that no retry mends, and what to do about them."""


def failure(error: Exception, label: str) -> StoreError:
    """The project's error for ``error``, which the driver raised at ``label``."""
    line = NAME.sub("", str(error).strip().partition("\n")[0])
    reason = line[:300].rstrip(".")
    if reason in ("", "None"):
        reason = type(error).__name__
    if NO_PRODUCER.search(reason):
        return StoreRefused(f"{label}: it takes no producer of this user; {WRITE}")
    for kind, mend in PERMANENT.items():
        if isinstance(error, kind):
            return StoreRefused(f"{label}: {reason}; {mend}")
    return StoreUnavailable(f"{label}: {reason}")


@contextmanager
def translated(label: str) -> Iterator[None]:
    """Turn every error that the driver raises in the block into the project's."""
    try:
        yield
    except StoreError:
        raise
    except Exception as error:
        # kafka-python asserts things that a broker may change at any time, such as its partitions,
        # and raises any kind of error while it parses what it does not understand.
        raise failure(error, label) from error


@asynccontextmanager
async def in_time(label: str, seconds: float) -> AsyncIterator[None]:
    """Give the block ``seconds`` seconds; raises ``StoreUnavailable`` when they are over."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise StoreUnavailable(f"{label}: no answer within {seconds:g} s") from error


def patiently(work: Callable[[], T], seconds: float) -> T:
    """The result of ``work``, retried for ``seconds`` while its error is retriable. Blocks."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return work()
        except errors.KafkaError as error:
            if not error.retriable or time.monotonic() > deadline:
                raise
            time.sleep(PAUSE)
