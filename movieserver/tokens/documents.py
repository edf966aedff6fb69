"""JWK sets in a file, at a URL, and behind an OpenID Connect issuer's discovery document."""

import asyncio
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.iostream import UnsatisfiableReadError
from tornado.simple_httpclient import SimpleAsyncHTTPClient

from movieserver.errors import StoreUnavailable
from movieserver.tokens.keys import KeySet, jwk_keys
from movieserver.tokens.settings import url_fault
from movieserver.tokens.sources import KeyDocument

FETCH_TIMEOUT = 2.0
"""Seconds for a whole answer, however slowly it arrives; two fetches fit into a request's time."""
MAX_DOCUMENT = 256 * 1024
"""The maximum size of a document, in bytes."""
WELL_KNOWN = "/.well-known/openid-configuration"


class JwksFile(KeyDocument):
    """A JWK set in a local file, read again when the file has changed."""

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._path = path
        self._read: tuple[tuple[int, int, int], KeySet] | None = None

    async def load(self) -> KeySet:
        try:
            return await asyncio.to_thread(self.read)
        except OSError as error:
            raise StoreUnavailable(f"cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise StoreUnavailable(str(error)) from error

    def read(self) -> KeySet:
        """The keys; raises ``OSError``, or ``ValueError`` that says what is wrong."""
        stat = self._path.stat()
        version = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        if self._read is None or self._read[0] != version:
            if stat.st_size > MAX_DOCUMENT:
                raise ValueError(f"it has more than {MAX_DOCUMENT} bytes")
            with self._path.open("rb") as file:
                self._read = (version, jwk_keys(file.read(MAX_DOCUMENT), secrets=True))
        return self._read[1]


class JwksUrl(KeyDocument):
    """A JWK set at a URL."""

    def __init__(self, url: str) -> None:
        self.name = shown(url)
        self._url = url

    async def load(self) -> KeySet:
        document = await fetch(self._url)
        try:
            return jwk_keys(document, secrets=False)
        except ValueError as error:
            raise StoreUnavailable(str(error)) from error


class IssuerKeys(KeyDocument):
    """The JWK set that an issuer's discovery document names (OpenID Connect Discovery 1.0)."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        self._url = issuer.rstrip("/") + WELL_KNOWN
        self.name = shown(self._url)

    async def load(self) -> KeySet:
        return await JwksUrl(self._jwks_uri(await fetch(self._url))).load()

    def _jwks_uri(self, document: bytes) -> str:
        try:
            configuration: Any = json.loads(document)
        except (ValueError, RecursionError) as error:
            raise StoreUnavailable("the discovery document is not JSON") from error
        if not isinstance(configuration, dict) or configuration.get("issuer") != self._issuer:
            raise StoreUnavailable(f"the discovery document is not that of {self._issuer}")
        uri = configuration.get("jwks_uri")
        if not isinstance(uri, str) or url_fault(uri):
            raise StoreUnavailable("the discovery document has no jwks_uri that is a URL")
        if urlsplit(self._url).scheme == "https" != urlsplit(uri).scheme:
            raise StoreUnavailable("the discovery document's jwks_uri is not an https URL")
        return uri


async def fetch(url: str) -> bytes:
    """The body at ``url``: no redirects, a bounded time, a bounded size.

    Raises ``StoreUnavailable`` for everything but a 200.
    """
    client = SimpleAsyncHTTPClient(force_instance=True, max_body_size=MAX_DOCUMENT)
    request = HTTPRequest(
        url,
        headers={"Accept": "application/json", "User-Agent": "movieserver"},
        connect_timeout=FETCH_TIMEOUT,
        request_timeout=FETCH_TIMEOUT,
        follow_redirects=False,
        decompress_response=False,
    )
    try:
        response = await client.fetch(request)
    except (HTTPClientError, UnsatisfiableReadError, OSError, ValueError) as error:
        raise StoreUnavailable(f"{shown(url)}: {error}") from error
    finally:
        client.close()
    return response.body


def shown(url: str) -> str:
    """``url`` as it may be logged: without query or user."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
