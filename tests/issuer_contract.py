"""What a rating server keeps to with any OpenID Connect issuer, found by its discovery document."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

import pytest
import requests

from tests.conftest import Start
from tests.processes import Process, eventually

PROFILE = """\
profile: issuer
listen: 127.0.0.1:0
stores: {rates: "sqlite:///rates.db"}
handlers: {rates: {access: token}, health: {access: public}}
auth:
  discovery: true
  issuer: %s
  audience: %s
  jwks_max_age: 1
  jwks_refresh_floor: 1
"""
RATES = "/users/rates"


class TokenIssuer(ABC):
    """An issuer that gives tokens of two algorithms, each for an audience of its own."""

    url: str
    audiences: ClassVar[dict[str, str]]
    """By algorithm."""

    @abstractmethod
    def token(self, user: str, algorithm: str) -> str:
        """A token of ``user``, signed with the newest key of ``algorithm``."""

    @abstractmethod
    def rotate(self) -> None:
        """Publish new keys beside the old ones, and sign with them."""

    @abstractmethod
    def retire(self) -> None:
        """Publish the newest keys alone."""


class IssuerContract:
    """A subclass provides the fixture ``issuer``."""

    @pytest.fixture(params=["RS256", "ES256"])
    def algorithm(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @pytest.fixture
    def server(self, issuer: TokenIssuer, algorithm: str, start: Start, tmp_path: Path) -> Process:
        """A rating server that trusts the issuer."""
        profile = tmp_path / "issuer.yaml"
        profile.write_text(PROFILE % (issuer.url, issuer.audiences[algorithm]))
        return start("--profile", str(profile))

    def test_its_users_are_let_in(
        self, issuer: TokenIssuer, algorithm: str, server: Process
    ) -> None:
        for user, rate in (("alice", 9), ("bob", 3)):
            token = issuer.token(user, algorithm)
            path = "/movies/tt0050083/users/rate"
            assert asked(server, token, "POST", path, {"rate": rate}).json() == {"rate": rate}
            assert asked(server, token, "GET", path).json() == {"rate": rate}

    def test_tokens_for_another_audience_are_refused(
        self, issuer: TokenIssuer, algorithm: str, server: Process
    ) -> None:
        [other] = issuer.audiences.keys() - {algorithm}
        answer = asked(server, issuer.token("alice", other))
        assert answer.status_code == 401
        assert f"its aud is not {issuer.audiences[algorithm]}" in answer.json()["message"]

    def test_a_rotation_needs_no_restart_and_a_retired_key_is_refused(
        self, issuer: TokenIssuer, algorithm: str, server: Process
    ) -> None:
        old = issuer.token("alice", algorithm)
        assert asked(server, old).status_code == 200
        issuer.rotate()
        new = issuer.token("alice", algorithm)
        # The first token of an unknown key is worth a fetch, if the last was a second ago.
        eventually(lambda: asked(server, new).status_code == 200)
        assert asked(server, old).status_code == 200
        issuer.retire()
        eventually(lambda: asked(server, old).status_code == 401)
        assert "there is no key with its kid" in asked(server, old).json()["message"]
        assert asked(server, new).status_code == 200


def asked(
    server: Process, token: str, method: str = "GET", path: str = RATES, body: object = None
) -> requests.Response:
    """The answer to a call with ``token``."""
    return server.call(method, path, json=body, headers={"Authorization": f"Bearer {token}"})
