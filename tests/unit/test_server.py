"""What a server does before its first answer, and between its last one and its end."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tornado.httpclient import AsyncHTTPClient

from movieserver.catalogue import shipped_nominees
from movieserver.clock import SystemClock
from movieserver.models import Rate
from movieserver.profile import read_profile
from movieserver.server import Server
from movieserver.tokens.issuing import issue_token
from movieserver.tokens.secret import make_secret


@pytest.mark.gen_test
async def test_versions_go_on_above_the_stored_ones_from_the_first_answer_on(data: Path) -> None:
    make_secret(data)
    profile = read_profile("rating", data=data, overrides={"listen": "127.0.0.1:0"}, environ={})
    before, after = Server(profile), Server(profile)
    await before.start()
    ahead = before.services.versions.next() + 10**12
    await before.services.stores.rates.put(Rate("alice", "tt6751668", 9, ahead))
    await before.stop()
    await after.start()
    assert after.services.versions.next() > ahead
    await after.stop()


@pytest.mark.gen_test
async def test_the_shipped_films_are_loaded_where_there_are_only_averages(data: Path) -> None:
    profile = read_profile("dev", data=data, overrides={"listen": "127.0.0.1:0"}, environ={})
    server = Server(profile)
    movies = server.services.stores.movies
    await movies.open()
    await movies.put_nominees(shipped_nominees()[:1])
    await movies.apply([Rate("alice", "tt6751668", 9, 1)])
    await server.start()
    (first,) = await movies.top(1)
    assert (first.title, first.rate) == ("Parasite", 9.0)
    assert len(await movies.nominees()) == 1
    await server.stop()


@pytest.mark.gen_test
async def test_a_rate_that_comes_after_the_last_answer_is_not_stored(data: Path) -> None:
    token = issue_token(make_secret(data), "alice", 60, SystemClock())
    profile = read_profile("rating", data=data, overrides={"listen": "127.0.0.1:0"}, environ={})
    server = Server(profile)
    (url,) = await server.start()
    address = f"{url}/movies/tt6751668/users/rate"
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    server.services.lifecycle.end()
    client = AsyncHTTPClient(force_instance=True)
    refused = await client.fetch(
        address, method="POST", body=b'{"rate": 9}', headers=headers, raise_error=False
    )
    assert refused.code == 503
    assert refused.headers["Retry-After"] == "1"
    assert b"stopping" in refused.body
    assert (await client.fetch(address, headers=headers, raise_error=False)).code == 404
    client.close()
    await server.stop()


@pytest.mark.gen_test
@pytest.mark.parametrize("environ", [{}, {"MOVIESERVER_PAGE_ORIGINS": "https://films.example"}])
async def test_an_answer_during_the_stop_is_the_last_of_its_connection(
    data: Path, environ: dict[str, str]
) -> None:
    make_secret(data)
    profile = read_profile(
        "rating", data=data, overrides={"listen": "127.0.0.1:0"}, environ=environ
    )
    server = Server(profile)
    (url,) = await server.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)

    async def head() -> bytes:
        writer.write(b"HEAD /nowhere HTTP/1.1\r\nHost: x\r\n\r\n")
        return await reader.readuntil(b"\r\n\r\n")

    assert b"\r\nConnection:" not in await head()
    server.services.lifecycle.stop()
    assert b"\r\nConnection: close\r\n" in await head()
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()
    await server.stop()


@pytest.mark.gen_test
async def test_streams_end_when_the_stop_begins(data: Path) -> None:
    profile = read_profile("dev", data=data, overrides={"listen": "127.0.0.1:0"}, environ={})
    server = Server(profile)
    (url,) = await server.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
    writer.write(b"GET /movies/top10/stream HTTP/1.1\r\nHost: x\r\n\r\n")
    await reader.readuntil(b"event: top10\n")
    server.services.lifecycle.stop()
    await reader.read()
    writer.close()
    await writer.wait_closed()
    await server.stop()
