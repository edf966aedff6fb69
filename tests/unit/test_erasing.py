"""Erasing all of a user's rates, whatever the clocks of the servers that took them."""

import json
from pathlib import Path

import pytest
from tornado.httpclient import AsyncHTTPClient

from movieserver.clock import SystemClock
from movieserver.models import Rate
from movieserver.profile import read_profile
from movieserver.server import Server
from movieserver.tokens.issuing import issue_token
from movieserver.tokens.secret import make_secret


async def unknown() -> int:
    """What ``latest`` of a store says that knows of no other process's rates yet."""
    return 0


@pytest.mark.gen_test
async def test_a_rate_from_a_server_whose_clock_is_ahead_is_erased_as_well(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = issue_token(make_secret(data), "alice", 60, SystemClock())
    profile = read_profile("rating", data=data, overrides={"listen": "127.0.0.1:0"}, environ={})
    server = Server(profile)
    (url,) = await server.start()
    rates = server.services.stores.rates
    await rates.put(Rate("alice", "tt1", 9, int((SystemClock().time() + 60) * 1_000_000)))
    monkeypatch.setattr(rates, "latest", unknown)
    client = AsyncHTTPClient(force_instance=True)
    address, headers = f"{url}/users/rates", {"Authorization": f"Bearer {token}"}
    assert (await client.fetch(address, method="DELETE", headers=headers)).code == 204
    listed = json.loads((await client.fetch(address, headers=headers)).body)
    assert listed == {"result": [], "next": None}
    client.close()
    await server.stop()
