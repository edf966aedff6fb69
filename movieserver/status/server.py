"""The state of a running server, according to its own /health/ready and /metrics."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from prometheus_client.parser import text_string_to_metric_families
from tornado.httpclient import HTTPClient, HTTPClientError

from movieserver.errors import MovieserverError

Samples = Mapping[str, list[tuple[Mapping[str, str], float]]]
"""The labels and the value of each sample, by the name of the metric."""


class Unreachable(MovieserverError):
    """No server of ours answers at a URL."""


@dataclass(frozen=True)
class Status:
    """What a server said about itself."""

    readiness: Mapping[str, Any]
    samples: Samples
    """The server's metrics; empty if there are none to be had."""
    missing: str = ""
    """Why there are no samples, if there are none."""

    @property
    def ready(self) -> bool:
        """Whether the server can do its work."""
        return self.readiness["ready"] is True


def ask(url: str, token: str | None, timeout: float) -> Status:
    """The status of the server at ``url``; raises ``Unreachable`` with the reason."""
    code, body = fetch(f"{url}/health/ready", token, timeout)
    try:
        readiness = json.loads(body)
    except (ValueError, RecursionError):
        readiness = None
    if code == 401:
        raise Unreachable(f"{url} answers 401: it wants a token{other_than(token)}")
    if not is_ours(readiness):
        raise Unreachable(
            f"{url} answers {code}, but not as movieserver with the handler 'health' does"
        )
    try:
        code, body = fetch(f"{url}/metrics", token, timeout)
    except Unreachable as error:
        return Status(readiness, {}, str(error))
    if code == 401:
        return Status(readiness, {}, f"it wants a token{other_than(token)}")
    if code == 404:
        return Status(readiness, {}, "the profile has no handler 'metrics'")
    return Status(readiness, parse(body), f"it answers {code}, without metrics")


def other_than(token: str | None) -> str:
    """The end of a message that a token is needed: not the given one, or how to give one."""
    return ", but not this one" if token else "; give one with --token or MOVIESERVER_TOKEN"


def is_ours(readiness: Any) -> bool:
    """Whether a server's answer has the form of our servers' answers."""
    match readiness:
        case {"ready": bool(), "stores": dict() as stores, "memory": dict() as memory}:
            states = (*stores.values(), *tokens(readiness).values())
            return all(map(_is_store, states)) and all(map(_is_memory, memory.values()))
    return False


def tokens(readiness: Mapping[str, Any]) -> dict[str, Any]:
    """The state of token checking under the name ``tokens``; empty if the server checks none."""
    return {name: state for name, state in readiness.items() if name == "tokens"}


def _is_store(value: Any) -> bool:
    match value:
        case {"up": True} | {"up": False, "reason": str()}:
            return True
    return False


def _is_memory(value: Any) -> bool:
    match value:
        case {"loaded": True, "age_seconds": int() | float()} | {"loaded": False, "age_seconds": _}:
            return True
    return False


def fetch(url: str, token: str | None, timeout: float) -> tuple[int, str]:
    """The status and the body that answer a GET; raises ``Unreachable`` if there is no answer.

    Redirects are not followed: the server behind one would get the token.
    """
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    limits = {"connect_timeout": timeout, "request_timeout": timeout}
    client = HTTPClient()
    try:
        answer = client.fetch(
            url, raise_error=False, headers=headers, follow_redirects=False, **limits
        )
    except (HTTPClientError, OSError, ValueError) as error:
        raise Unreachable(f"{url} cannot be reached: {error}") from error
    finally:
        client.close()
    return answer.code, answer.body.decode("utf-8", "replace")


def parse(text: str) -> Samples:
    """The samples in a text in Prometheus's format; empty if it is in another format."""
    samples: dict[str, list[tuple[Mapping[str, str], float]]] = {}
    try:
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                samples.setdefault(sample.name, []).append((sample.labels, sample.value))
    except (ValueError, IndexError):
        return {}
    return samples
