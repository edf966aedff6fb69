"""What a server does between its last answer and its end."""

from pathlib import Path

import pytest
from tornado.httpclient import AsyncHTTPClient

from movieserver.clock import SystemClock
from movieserver.profile import read_profile
from movieserver.server import Server
from movieserver.tokens.secret import issue_token, make_secret


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
