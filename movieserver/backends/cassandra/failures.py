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
from cassandra.connection import ConnectionException, ProtocolError
from cassandra.metadata import Metadata
from cassandra.protocol import ErrorMessage, RequestValidationException

from movieserver.backends.cassandra.address import Address
from movieserver.errors import StoreError, StoreRefused, StoreUnavailable

MIGRATE = "run 'movieserver migrate'"
NOT_OURS = "'movieserver migrate' cannot bring its tables up to date; name another keyspace"
UNDECIDED = "Unable to perform auth"
"""The beginning of what a node says that cannot read who may log in, or do what."""
FILTERING = "ALLOW FILTERING"
GUARDRAIL = "Guardrail"
UNDEFINED = "Undefined column name"
DRIVER = (DriverException, ErrorMessage, NoHostAvailable, ConnectionException, OSError)
"""What the driver raises; ``ErrorMessage`` covers answers without an exception of their own."""
LAST = re.compile(r".*Last error: (?:\[SSL: \w+\] )?", re.DOTALL)
"""The text that the driver and Python's ``ssl`` put before a reason."""
SOURCE = re.compile(r" \(_ssl[.]c:\d+\)$")
NOT_TRUSTED = "certificate verify failed"
NO_TLS = re.compile("WRONG_VERSION_NUMBER|RECORD_LAYER_FAILURE")


def failure(error: Exception, label: str) -> StoreError:
    """The project's error for ``error``, which the driver raised at ``label``."""
    causes = [error, *_of_hosts(error)]
    refusal = _refusal(error, causes) or _refusal_of_tls(causes)
    if refusal is not None:
        return StoreRefused(f"{label}: {refusal}")
    return StoreUnavailable(f"{label}: {_outage(error, causes)}")


def _refusal(error: Exception, causes: list[Exception]) -> str | None:
    """Why trying again is useless, and what to do; None if it may help."""
    if any(UNDECIDED in str(cause) for cause in causes):
        return None
    if any(isinstance(cause, AuthenticationFailed) for cause in causes):
        return "the user or the password is wrong"
    if isinstance(error, Unauthorized):
        return f"{_line(error)}; grant the user the missing permission"
    if isinstance(error, RequestValidationException):
        return f"{_line(error)}; check the URL"
    if isinstance(error, InvalidRequest) and FILTERING in str(error):
        return f"the index rates_pending is missing; {MIGRATE}"
    if isinstance(error, InvalidRequest) and GUARDRAIL in str(error):
        return f"{_line(error)}; relax that guardrail in the cassandra.yaml of every node"
    if isinstance(error, InvalidRequest):
        return f"{_line(error)}; {NOT_OURS if UNDEFINED in str(error) else MIGRATE}"
    if isinstance(error, NoHostAvailable) and isinstance(causes[-1], ProtocolError):
        return "what answers there is not Cassandra 4.0 or later; check the hosts and ports"
    return None


def _refusal_of_tls(causes: list[Exception]) -> str | None:
    said = [str(cause) for cause in causes]
    if any(NOT_TRUSTED in text for text in said):
        return f"{_line(causes[-1])}; check tls_ca and the hosts"
    if any(NO_TLS.search(text) for text in said):
        return "it does not speak TLS; leave tls_ca out, or check the port"
    return None


def _outage(error: Exception, causes: list[Exception]) -> str:
    """Why the cluster does not answer now."""
    if isinstance(error, OperationTimedOut | TimeoutError):
        return "no answer within the time limit"
    if isinstance(causes[-1], OperationTimedOut):
        return "no answer within the time limit; is it Cassandra that listens on this port?"
    if isinstance(error, UnresolvableContactPoints):
        return "none of its host names can be resolved"
    if isinstance(error, NoHostAvailable) and len(causes) == 1:
        return "none of its hosts answers; check the hosts, the ports and dc"
    return _line(causes[-1])


def check_datacentre(address: Address, metadata: Metadata, error: Exception) -> None:
    """Raise ``StoreRefused`` if all known nodes are in other datacentres.

    ``error`` is what the driver raised; it does not give this reason.
    """
    known = {host.datacenter for host in metadata.all_hosts()} - {None}
    if known and address.dc not in known:
        raise StoreRefused(
            f"{address.label}: there is no node in the datacentre {address.dc!r}, only in "
            f"{', '.join(map(repr, sorted(known)))}; name one of these: ?dc=…"
        ) from error


@contextmanager
def translated(label: str) -> Iterator[None]:
    """Turn every error that the driver raises in the block into the project's."""
    try:
        yield
    except DRIVER as error:
        raise failure(error, label) from error


def _of_hosts(error: Exception) -> list[Exception]:
    errors = error.errors if isinstance(error, NoHostAvailable) else None
    return list(errors.values()) if isinstance(errors, dict) else []


def _line(error: Exception) -> str:
    text = SOURCE.sub("", LAST.sub("", str(error).strip().partition("\n")[0]))
    return text[:300] or type(error).__name__
