"""The boundary where the driver's errors become the project's."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from cassandra import (
    AuthenticationFailed,
    DriverException,
    InvalidRequest,
    OperationTimedOut,
    Unauthorized,
    UnresolvableContactPoints,
)
from cassandra.cluster import NoHostAvailable
from cassandra.connection import ConnectionException
from cassandra.protocol import ErrorMessage, RequestValidationException

from movieserver.errors import StoreError, StoreRefused, StoreUnavailable

MIGRATE = "run 'movieserver migrate'"
NOT_OURS = (
    "its tables are none that 'movieserver migrate' can bring up to date; name another keyspace"
)
UNDEFINED = "Undefined column name"
DRIVER = (DriverException, ErrorMessage, NoHostAvailable, ConnectionException, OSError)
"""What the driver raises; ``ErrorMessage`` where it has no exception of its own for an answer."""
LAST = re.compile(r".*Last error: (?:\[SSL: \w+\] )?", re.DOTALL)
"""What the driver and Python's ``ssl`` put before a reason."""
SOURCE = re.compile(r" \(_ssl[.]c:\d+\)$")
NOT_TRUSTED = "certificate verify failed"
NO_TLS = re.compile("WRONG_VERSION_NUMBER|RECORD_LAYER_FAILURE")


def failure(error: Exception, place: str) -> StoreError:
    """The project's error for one of the driver's at ``place``."""
    causes = [error, *_of_hosts(error)]
    if any(isinstance(cause, AuthenticationFailed) for cause in causes):
        return StoreRefused(f"{place}: the user or the password is wrong")
    said = [str(cause) for cause in causes]
    if any(NOT_TRUSTED in text for text in said):
        return StoreRefused(f"{place}: {_line(causes[-1])}; check tls_ca and the hosts")
    if any(NO_TLS.search(text) for text in said):
        return StoreRefused(f"{place}: it speaks no TLS; leave tls_ca out, or check the port")
    if isinstance(error, Unauthorized):
        return StoreRefused(f"{place}: {_line(error)}; grant the user what is missing")
    if isinstance(error, RequestValidationException):
        return StoreRefused(f"{place}: {_line(error)}; check the URL")
    if isinstance(error, InvalidRequest):
        mend = NOT_OURS if UNDEFINED in str(error) else MIGRATE
        return StoreRefused(f"{place}: {_line(error)}; {mend}")
    if isinstance(error, OperationTimedOut):
        return StoreUnavailable(f"{place}: no answer within the time limit")
    if isinstance(error, UnresolvableContactPoints):
        return StoreUnavailable(f"{place}: no host of that name is known")
    if isinstance(error, NoHostAvailable) and len(causes) == 1:
        return StoreUnavailable(f"{place}: none of its hosts answers; check hosts, port and dc")
    return StoreUnavailable(f"{place}: {_line(causes[-1])}")


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Turn every error of the driver in the block into the project's."""
    try:
        yield
    except DRIVER as error:
        raise failure(error, place) from error


def _of_hosts(error: Exception) -> list[Exception]:
    errors = error.errors if isinstance(error, NoHostAvailable) else None
    return list(errors.values()) if isinstance(errors, dict) else []


def _line(error: Exception) -> str:
    text = SOURCE.sub("", LAST.sub("", str(error).strip().partition("\n")[0]))
    return text[:300] or type(error).__name__
