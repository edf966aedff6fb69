"""The boundary where the driver's errors become the project's."""

import asyncio
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psycopg2
from psycopg2.extensions import QueryCanceledError

from movieserver.errors import StoreError, StoreRefused, StoreUnavailable

MIGRATE = "run 'movieserver migrate'"
NOT_UTF8 = "recreate the database with ENCODING 'UTF8' TEMPLATE template0"
UNKNOWN_DATABASE = re.compile(r'database ".*" does not exist')

# psycopg2 gives no SQLSTATE for errors while connecting, only the server's words. A server that
# uses another language counts as unavailable, and is quoted.
CONNECTING = [
    (
        re.compile("password authentication failed|no password supplied"),
        "check the user and the password (in the URL, in PGPASSWORD or in PGPASSFILE)",
    ),
    (re.compile("conversion between UTF8 and"), NOT_UTF8),
    (UNKNOWN_DATABASE, f"check the database in the URL, or {MIGRATE}, which creates it"),
    (
        re.compile('role ".*" does not exist|is not permitted to log in'),
        "check the user in the URL",
    ),
    (
        re.compile("pg_hba[.]conf|authentication failed|permission denied for database"),
        "the server does not let this user in; see its pg_hba.conf and GRANT CONNECT",
    ),
    (
        re.compile("does not support SSL|certificate|invalid .*(value|number)"),
        "check the parameters in the URL",
    ),
]
# Errors that no retry mends, by SQLSTATE or its class.
PERMANENT = {
    "22": "this is a value that the database cannot hold",
    "23": "its data breaks a rule of its schema",
    "28": "check the user and the password",
    "3D": "check the database in the URL",
    "3F": "check the search_path in the URL, or create that schema",
    "42501": "grant the user the missing permission or, to refresh the view, its owner's role",
    "42": f"its schema is not the one that this program knows; {MIGRATE}",
    "XX001": "its files are damaged; restore it from a backup",
    "XX002": "an index is damaged; REINDEX it",
}
READ_ONLY = "25006"
LIBPQ_PREFIX = re.compile(r"^connection to server .*? failed: ", re.DOTALL)


def failure(error: Exception, label: str) -> StoreError:
    """The project's error for ``error``, which the driver raised at ``label``."""
    reason = told(error)
    code = getattr(error, "pgcode", None)
    if code is None:
        for pattern, mend in CONNECTING:
            if pattern.search(str(error)):
                return StoreRefused(f"{label}: {reason}; {mend}")
        return StoreUnavailable(f"{label}: {reason}")
    if code == READ_ONLY:
        return StoreUnavailable(f"{label}: it takes no writes now: {reason}")
    mend = PERMANENT.get(code, PERMANENT.get(code[:2], ""))
    return (
        StoreRefused(f"{label}: {reason}; {mend}")
        if mend
        else StoreUnavailable(f"{label}: {reason}")
    )


def with_reasons(failure: Exception, failures: Mapping[str, Exception]) -> Exception:
    """``failure``, the last of several hosts', with what each host said."""
    for host, error in failures.items():
        failure.add_note(f"{host}: {said(error)}")
    return failure


def told(error: Exception) -> str:
    """What the driver said, or what it said of each host."""
    return "; ".join(getattr(error, "__notes__", ())) or said(error)


def said(error: Exception) -> str:
    """The first line of the driver's message, without its preamble."""
    if isinstance(error, TimeoutError):
        return "no answer within the time limit"
    text = LIBPQ_PREFIX.sub("", str(error).strip())
    return text.partition("\n")[0] or type(error).__name__


def untold(record: logging.LogRecord) -> bool:
    """Whether asyncio may log ``record``: not a statement that the server cancelled.

    aiopg hands that to the event loop as well, though it becomes an error of ours.
    """
    return not (record.exc_info and isinstance(record.exc_info[1], QueryCanceledError))


@contextmanager
def translated(label: str) -> Iterator[None]:
    """Turn every error that the driver raises in the block into the project's."""
    try:
        yield
    except TimeoutError as error:
        raise StoreUnavailable(f"{label}: {told(error)}") from error
    except (psycopg2.Error, OSError) as error:
        raise failure(error, label) from error
    except asyncio.CancelledError as error:
        # aiopg raises this too when the server cancels the statement, not only when the task is.
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise StoreUnavailable(f"{label}: the server cancelled the statement") from error
