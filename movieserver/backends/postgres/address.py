"""Where the database is, and how to connect to it."""

import asyncio
import os
import re
import socket
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

import aiopg
import psycopg2
from psycopg2.extensions import parse_dsn

from movieserver.backends.postgres.failures import with_reasons
from movieserver.errors import ConfigurationError
from movieserver.urls import hide_password, password_in

DATABASE = "movieratedb"
DEFAULTS = {
    "dbname": DATABASE,
    "application_name": "movieserver",
    "client_encoding": "UTF8",
    # Otherwise libpq retries on a second socket, which the driver's event loop would not notice.
    "gssencmode": "disable",
    # Notices within a minute that the other end of an idle connection is gone.
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
}
DRIVER: dict[str, Any] = {
    "timeout": None,  # the caller has one
    "enable_hstore": False,  # would cost a query for each connection
    "enable_json": False,
    "enable_uuid": False,
}
SETTINGS = """
    SELECT set_config(name, value, false)
    FROM (VALUES
        ('lock_timeout', '{lock}'),
        ('statement_timeout', '60s'),
        ('idle_in_transaction_session_timeout', '60s'),
        ('idle_session_timeout', '0'),
        ('array_nulls', 'on'),
        ('client_connection_check_interval', '1s'),
        ('default_transaction_isolation', 'read committed'),
        ('synchronous_commit', 'on')
    ) AS wanted (name, value) JOIN pg_settings USING (name)
    WHERE source <> 'client' AND (name <> 'synchronous_commit' OR setting = 'off')
"""
"""With these, what a client that died or gave up leaves behind ends by itself, a listener is not
cut off, removals can be told from rates, and what is committed is kept, whatever the role or the
database says; the URL's ``options`` take precedence. They are set by a statement because PgBouncer
takes no options."""
SSL_MODES = {"prefer": ("require", "disable"), "allow": ("disable", "require")}
"""Modes to try in turn: libpq's own retry, on a second socket, would escape the event loop."""
ROLES = {"prefer-standby": ("standby", "any")}
"""Roles to ask all hosts for in turn, for the same reason."""
NO_ENCRYPTED_WAY = ("does not support SSL", "pg_hba.conf")
"""Words in a refusal that depends on encryption; one for a wrong password has none of them."""
PASSWORD_FILE = re.compile(r"(?<=[?&])password_file=([^&]*)&?")


class Address:
    """A URL taken apart: ``postgresql://user:password@host:port/movieratedb?sslmode=…``.

    As in libpq, it may have several hosts and ports with commas, and any of libpq's parameters. If
    it has no password, PGPASSWORD or PGPASSFILE gives it. In addition, ``password_file`` names a
    file with nothing but the password.
    """

    def __init__(self, url: str, timeout: float) -> None:
        """Read ``url``; ``timeout`` bounds the attempt to connect, in seconds."""
        self._timeout = timeout
        given = with_password(url, read(url))
        self._settings = SETTINGS.format(lock=int(timeout * 500))
        # Names may have every character, whatever else a URL asks for.
        self._parameters = {**DEFAULTS, **given, "client_encoding": "UTF8"}
        self._hosts = hosts_and_ports(url, given)
        self.database = self._parameters["dbname"]

    @property
    def label(self) -> str:
        """The server and the database, as messages name them; never with the password."""
        hosts = ",".join(place(host, port) for host, port in self._hosts)
        return f"PostgreSQL {hosts}/{self.database}"

    async def connect(self, database: str | None = None) -> aiopg.Connection:
        """A new connection, to another database of the server if one is named.

        Tries one address after the other. Raises the driver's error, ``OSError`` if no host is
        found, or ``TimeoutError``.
        """
        tries = [role | address for role in self._roles() for address in await self._resolved()]
        failures: dict[str, Exception] = {}
        for each in tries:
            parameters: dict[str, Any] = {**self._parameters, **each}
            if database is not None:
                parameters["dbname"] = database
            try:
                async with asyncio.timeout(self._timeout / len(tries)):
                    return await self._set_up(await connected(parameters))
            except (psycopg2.OperationalError, TimeoutError) as error:
                failures[place(each.get("host"), each.get("port"))] = error
        *others, failure = failures.values()
        if others:
            raise with_reasons(failure, failures)
        raise failure

    async def _set_up(self, connection: aiopg.Connection) -> aiopg.Connection:
        try:
            async with connection.cursor() as cursor:
                await cursor.execute(self._settings)
        except BaseException:
            await connection.close()
            raise
        return connection

    def _roles(self) -> Sequence[dict[str, str]]:
        """What to ask the hosts for in turn, as parameters; usually nothing but what is given."""
        name = "target_session_attrs"
        wanted = self._parameters.get(name) or os.environ.get("PGTARGETSESSIONATTRS", "")
        return [{name: role} for role in ROLES.get(wanted, ())] or [{}]

    async def _resolved(self) -> Sequence[dict[str, str]]:
        """Every address of every host, looked up here because libpq would block the loop.

        Skips hosts that are not found, as libpq does, unless none is.
        """
        found: list[dict[str, str]] = []
        failure: OSError | None = None
        for host, port in self._hosts:
            try:
                named = await self._addresses(host)
            except OSError as error:
                failure = error
            else:
                found += [each | ({"port": port} if port else {}) for each in named]
        if failure is not None and not found:
            raise failure
        return found

    async def _addresses(self, host: str) -> Sequence[dict[str, str]]:
        """The addresses of one host; raises ``OSError`` if it is not found."""
        if not host or host.startswith(("/", "@")) or "hostaddr" in self._parameters:
            return [{"host": host} if host else {}]
        loop = asyncio.get_running_loop()
        infos = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        return [{"host": host, "hostaddr": str(info[4][0])} for info in infos]


def place(host: str | None, port: str | None) -> str:
    """A server, as messages name it."""
    return f"{host or 'localhost'}:{port or 5432}"


async def connected(parameters: dict[str, Any]) -> aiopg.Connection:
    """A connection in the first SSL mode that the server accepts."""
    mode = parameters.get("sslmode") or os.environ.get("PGSSLMODE") or "prefer"
    *others, last = SSL_MODES.get(mode, (mode,))
    for attempt in others:
        try:
            return await aiopg.connect(**parameters | {"sslmode": attempt}, **DRIVER)
        except psycopg2.OperationalError as error:
            if not any(words in str(error) for words in NO_ENCRYPTED_WAY):
                raise
    return await aiopg.connect(**parameters | {"sslmode": last}, **DRIVER)


def read(url: str) -> dict[str, str]:
    """The parameters in ``url``; raises ``ConfigurationError``, which hides the password."""
    try:
        return dict(parse_dsn(PASSWORD_FILE.sub("", url)))
    except psycopg2.ProgrammingError as error:
        unknown = str(error).strip() if "URI query parameter" in str(error) else ""
        raise ConfigurationError(
            f"{hide_password(url)!r} is not a PostgreSQL URL: "
            f"{unknown or 'it cannot be read'}; expected postgresql://user:password@host:port/"
            f"{DATABASE}?sslmode=…, with @ : / % in a password written as %40 %3A %2F %25"
        ) from None


def with_password(url: str, given: dict[str, str]) -> dict[str, str]:
    """The parameters, with the password from the file that ``url`` names, if it names one."""
    match = PASSWORD_FILE.search(url)
    if match is None:
        return given
    try:
        if "password" in given:
            raise ValueError("give a password or a password_file, not both")
        return given | {"password": password_in(unquote(match[1]))}
    except ValueError as error:
        raise ConfigurationError(f"{hide_password(url)!r}: {error}") from error


def hosts_and_ports(url: str, given: dict[str, str]) -> list[tuple[str, str]]:
    """The hosts of a URL, each with its port; empty strings stand for libpq's defaults."""
    hosts = given.get("host", "").split(",")
    ports = given.get("port", "").split(",")
    if len(ports) == 1:
        ports *= len(hosts)
    if len(ports) != len(hosts):
        raise ConfigurationError(
            f"{hide_password(url)!r} names {len(hosts)} hosts but {len(ports)} ports"
        )
    if "hostaddr" in given and (len(hosts) > 1 or "," in given["hostaddr"]):
        raise ConfigurationError(
            f"{hide_password(url)!r} has hostaddr for several hosts; give the addresses as hosts"
        )
    return list(zip(hosts, ports, strict=True))
