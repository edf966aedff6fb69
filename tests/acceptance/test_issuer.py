"""A rating server and an issuer of the tests' own: what the real one has to pass as well."""

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

from tests import issuer as issuing
from tests.issuer_contract import IssuerContract, TokenIssuer


class LocalIssuer(TokenIssuer):
    """The issuer of the unit tests, behind a web server in a thread."""

    audiences: ClassVar = {"RS256": "movies", "ES256": "films"}

    def __init__(self) -> None:
        self._socket, port = bind_unused_port()
        self._issuer = issuing.Issuer()
        self._issuer.url = self.url = f"http://127.0.0.1:{port}"
        self._generation = 1
        self.retire()

    def serve(self, ready: threading.Event) -> None:
        """Answer until ``stop``."""
        asyncio.run(self._serve(ready))

    def stop(self) -> None:
        """End ``serve``."""
        self._loop.call_soon_threadsafe(self._stopped.set)

    def token(self, user: str, algorithm: str) -> str:
        return issuing.token(
            algorithm,
            issuing.private_key(algorithm, self._generation),
            kid=f"{algorithm}-{self._generation}",
            sub=user,
            iss=self.url,
            aud=self.audiences[algorithm],
            exp=int(time.time()) + 600,
            iat=int(time.time()),
        )

    def rotate(self) -> None:
        self._generation += 1
        self._issuer.publish(**self._keys(self._generation), **self._keys(self._generation - 1))

    def retire(self) -> None:
        self._issuer.publish(**self._keys(self._generation))

    def _keys(self, generation: int) -> dict[str, Any]:
        return {
            f"{algorithm}-{generation}": issuing.private_key(algorithm, generation)
            for algorithm in self.audiences
        }

    async def _serve(self, ready: threading.Event) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        server = HTTPServer(self._issuer.app)
        server.add_socket(self._socket)
        ready.set()
        await self._stopped.wait()
        server.stop()
        await server.close_all_connections()


class TestLocalIssuer(IssuerContract):
    @pytest.fixture
    def issuer(self) -> Iterator[TokenIssuer]:
        issuer, ready = LocalIssuer(), threading.Event()
        thread = threading.Thread(target=issuer.serve, args=[ready])
        thread.start()
        assert ready.wait(10)
        yield issuer
        issuer.stop()
        thread.join(10)
