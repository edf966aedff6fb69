"""Users, passwords and hosts of a URL."""

import socket
from pathlib import Path
from urllib.parse import quote

import pytest

from movieserver.backends.postgres.address import Address
from movieserver.errors import ConfigurationError, StoreRefused, StoreUnavailable
from tests.engines.postgres.server import GUARDED, OWNER, PASSWORD, PostgresServer
from tests.engines.postgres.stores import Make


@pytest.mark.gen_test
async def test_a_wrong_password_is_refused_and_not_told(
    server: PostgresServer, database: str, make: Make
) -> None:
    url = f"postgresql://{GUARDED}:wr0ng-one@127.0.0.1:{server.port}/{database}"
    with pytest.raises(StoreRefused, match="check the user and the password") as refused:
        await make(url).open()
    assert "wr0ng-one" not in f"{refused.value} {refused.value.__cause__!r}"


@pytest.mark.gen_test
async def test_users_that_the_server_does_not_let_in_are_refused(
    server: PostgresServer, make: Make
) -> None:
    with pytest.raises(StoreRefused, match="check the user in the URL"):
        await make(server.url("postgres", user="stranger")).open()
    with pytest.raises(StoreRefused, match=r"pg_hba\.conf"):
        await make(server.url("postgres", user="nobody")).open()
    with pytest.raises(StoreRefused, match="check the parameters in the URL"):
        await make(server.url("postgres") + "?sslmode=require").open()


@pytest.mark.parametrize("source", ["url", "environment", "file"])
@pytest.mark.gen_test
async def test_the_password_comes_from_where_libpq_has_it(
    server: PostgresServer,
    database: str,
    make: Make,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    source: str,
) -> None:
    user = f"{GUARDED}:{quote(PASSWORD, safe='')}" if source == "url" else GUARDED
    if source == "environment":
        monkeypatch.setenv("PGPASSWORD", PASSWORD)
    if source == "file":
        file = tmp_path / "pgpass"
        file.write_text(f"127.0.0.1:*:*:{GUARDED}:{PASSWORD.replace(':', chr(92) + ':')}\n")
        file.chmod(0o600)
        monkeypatch.setenv("PGPASSFILE", str(file))
    store = make(server.url(database, user=user))
    await store.migrate()
    await store.open()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://u:p%zz-secret@h/db", "cannot be read"),
        ("postgresql://u:secret@h/db?colour=red", "colour"),
        ("postgresql://u:secret@/db?host=a,b&port=1,2,3", "2 hosts but 3 ports"),
    ],
)
def test_an_unreadable_url_is_told_without_its_password(make: Make, url: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as refused:
        make(url)
    assert "secret" not in str(refused.value)


@pytest.mark.gen_test
async def test_nobody_there_is_unavailable(make: Make) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        with pytest.raises(StoreUnavailable, match="refused"):
            await make(f"postgresql://{OWNER}@127.0.0.1:{port}/db").open()
        silent.listen()
        with pytest.raises(StoreUnavailable, match="time limit"):
            await make(f"postgresql://{OWNER}@127.0.0.1:{port}/db", timeout=0.2).open()
    with pytest.raises(StoreUnavailable, match=r"not known|failure in name resolution"):
        await make("postgresql://u@host.invalid/db").open()


@pytest.mark.gen_test
async def test_the_next_host_is_tried(
    url: str, server: PostgresServer, database: str, make: Make
) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        hosts = f"127.0.0.1:{silent.getsockname()[1]},localhost:{server.port}"
        await make(f"postgresql://{OWNER}@{hosts}/{database}").open()


@pytest.mark.gen_test
async def test_a_session_is_as_it_has_to_be_unless_the_url_says_otherwise(
    server: PostgresServer, database: str
) -> None:
    names = ("synchronous_commit", "statement_timeout", "lock_timeout", "client_encoding")
    for name, value in (
        ("synchronous_commit", "off"),
        ("statement_timeout", "'1h'"),
        ("idle_session_timeout", "'2s'"),
        ("array_nulls", "off"),
        ("client_encoding", "'LATIN1'"),
        ("default_transaction_isolation", "'repeatable read'"),
    ):
        server.ask(f"ALTER ROLE {OWNER} SET {name} = {value}")
    try:
        url = server.url("postgres")
        assert await shown(url, *names) == ["on", "1min", "2500ms", "UTF8"]
        assert await shown(url, "transaction_isolation") == ["read committed"]
        assert await shown(url, "idle_session_timeout", "array_nulls") == ["0", "on"]
        url += f"?options={quote('-c statement_timeout=7s -c synchronous_commit=local')}"
        assert await shown(url, *names) == ["local", "7s", "2500ms", "UTF8"]
    finally:
        server.ask(f"ALTER ROLE {OWNER} RESET ALL")


async def shown(url: str, *names: str) -> list[str]:
    """Settings of a session of ours."""
    connection = await Address(url, 5.0).connect()
    found = []
    async with connection.cursor() as cursor:
        for name in names:
            await cursor.execute(f"SHOW {name}")
            found.append(str((await cursor.fetchone())[0]))
    await connection.close()
    return found
