"""A rating server and a real OpenID Connect issuer: npm's oidc-provider."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
import requests

from engines.issuer import Issuer
from tests.conftest import Start
from tests.engines.postgres.server import free_port
from tests.issuer_contract import PROFILE, IssuerContract, TokenIssuer, asked
from tests.processes import eventually

URL = os.environ["MOVIESERVER_ISSUER"]
AUDIENCE = os.environ["MOVIESERVER_AUDIENCE"]


class OidcProvider(TokenIssuer):
    """The issuer that ``bin/engines up`` told of, or another of that kind."""

    audiences: ClassVar = {"RS256": AUDIENCE, "ES256": f"{AUDIENCE}:es256"}

    def __init__(self, url: str) -> None:
        self.url = url

    def token(self, user: str, algorithm: str) -> str:
        form = {"grant_type": "client_credentials", "resource": self.audiences[algorithm]}
        answer = self._post("/token", data=form, auth=(user, user))
        return str(answer.json()["access_token"])

    def rotate(self) -> None:
        self._post("/keys/rotate")

    def retire(self) -> None:
        self._post("/keys/retire")

    def _post(self, path: str, **arguments: object) -> requests.Response:
        answer = requests.post(self.url + path, timeout=10, **arguments)  # type: ignore[arg-type]
        answer.raise_for_status()
        return answer


class TestOidcProvider(IssuerContract):
    @pytest.fixture
    def issuer(self) -> TokenIssuer:
        return OidcProvider(URL)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Issuer]:
    """An issuer of the test's own, which does not run yet."""
    engine = Issuer(tmp_path / "engines")
    yield engine
    engine.wipe()


def test_an_issuer_that_comes_goes_and_comes_back(
    engine: Issuer, start: Start, tmp_path: Path
) -> None:
    port = free_port()
    issuer = OidcProvider(f"http://127.0.0.1:{port}")
    (tmp_path / "issuer.yaml").write_text(PROFILE % (issuer.url, AUDIENCE))
    server = start("--profile", str(tmp_path / "issuer.yaml"))
    early = asked(server, OidcProvider(URL).token("alice", "RS256"))
    assert (early.status_code, "Retry-After" in early.headers) == (503, True)

    engine.up(1, port)
    old = issuer.token("alice", "RS256")
    eventually(lambda: asked(server, old).ok)
    engine.node(1).stop(signal.SIGKILL)
    assert asked(server, old).ok

    engine.up(1, port)  # with keys of other names, since it forgot the old ones
    new = issuer.token("alice", "RS256")
    eventually(lambda: asked(server, new).ok)
    assert asked(server, old).status_code == 401
    assert server.terminate() == 0
