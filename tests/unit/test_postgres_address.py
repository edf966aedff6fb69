"""Which of a URL's hosts are tried; no engine is needed."""

import asyncio
import socket
from typing import Any

import psycopg2
import pytest

from movieserver.backends.postgres.address import Address
from movieserver.backends.postgres.failures import translated
from movieserver.errors import ConfigurationError, StoreUnavailable

FOUND = {"db-2": "192.0.2.2", "db-3": "192.0.2.3"}


class Tries:
    """Tries to connect, all of which fail: the place of each, and the role it asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.places: list[tuple[str, str, str]] = []
        self.roles: list[str] = []
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", self._getaddrinfo)
        monkeypatch.setattr("movieserver.backends.postgres.address.aiopg.connect", self._connect)

    async def _getaddrinfo(self, host: str, *_: Any, **__: Any) -> list[Any]:
        if host not in FOUND:
            raise socket.gaierror(socket.EAI_NONAME, f"{host} is not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (FOUND[host], 0))]

    async def _connect(self, **parameters: Any) -> Any:
        self.places.append((parameters["host"], parameters["hostaddr"], parameters["port"]))
        self.roles.append(parameters.get("target_session_attrs", ""))
        if parameters["host"] == "db-3":
            raise TimeoutError
        raise psycopg2.OperationalError("refused")


async def tried(url: str, monkeypatch: pytest.MonkeyPatch) -> Tries:
    """What was tried before all had failed."""
    tries = Tries(monkeypatch)
    with pytest.raises((psycopg2.OperationalError, TimeoutError)):
        await Address(url, 5.0).connect()
    return tries


@pytest.mark.gen_test
@pytest.mark.parametrize("hosts", ["db-1:1,db-2:2,db-3:3", "db-2:2,db-3:3,db-1:1"])
async def test_a_host_that_is_not_found_is_passed_over(
    hosts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = await tried(f"postgresql://{hosts}/movieratedb?sslmode=disable", monkeypatch)
    assert tries.places == [("db-2", FOUND["db-2"], "2"), ("db-3", FOUND["db-3"], "3")]


@pytest.mark.gen_test
async def test_where_no_host_is_found_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(socket.gaierror, match="db-4 is not known"):
        await tried("postgresql://db-1,db-4/movieratedb", monkeypatch)


@pytest.mark.gen_test
@pytest.mark.parametrize("source", ["url", "environment"])
async def test_a_standby_is_preferred_among_all_hosts(
    source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "postgresql://db-2:2,db-3:3/movieratedb?sslmode=disable"
    if source == "url":
        url += "&target_session_attrs=prefer-standby"
    else:
        monkeypatch.setenv("PGTARGETSESSIONATTRS", "prefer-standby")
    tries = await tried(url, monkeypatch)
    assert [host for host, *_ in tries.places] == ["db-2", "db-3"] * 2
    assert tries.roles == ["standby", "standby", "any", "any"]


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("hosts", "reason"),
    [
        ("db-2:2", "refused"),
        ("db-3:3", "no answer within the time limit"),
        ("db-3:3,db-2:2", "db-3:3: no answer within the time limit; db-2:2: refused"),
        ("db-2:2,db-3:3", "db-2:2: refused; db-3:3: no answer within the time limit"),
    ],
)
async def test_of_several_hosts_each_ones_reason_is_told(
    hosts: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Tries(monkeypatch)
    with pytest.raises(StoreUnavailable) as failed, translated("PostgreSQL"):
        await Address(f"postgresql://{hosts}/movieratedb?sslmode=disable", 5.0).connect()
    assert str(failed.value) == f"PostgreSQL: {reason}"


@pytest.mark.parametrize(
    "url",
    ["postgresql://a,b/d?hostaddr=192.0.2.1,192.0.2.2", "postgresql:///d?hostaddr=192.0.2.1,::1"],
)
def test_several_addresses_are_named_as_hosts(url: str) -> None:
    with pytest.raises(ConfigurationError, match="give the addresses as hosts"):
        Address(url, 5.0)
