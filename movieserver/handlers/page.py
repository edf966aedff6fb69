"""``GET /``: a page for people, made of the files in ``movieserver/page``."""

import gzip
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path
from typing import Any

from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest
from tornado.routing import PathMatches, Router, Rule

from movieserver.answers import Answer
from movieserver.handlers.memory import other_method, unchanged
from movieserver.handlers.problems import Problem
from movieserver.handlers.rates import resource as rates
from movieserver.handlers.replies import Reply, refuse, write
from movieserver.handlers.resource import Mount, Resource
from movieserver.settings import setting

ORIGIN = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+")
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src {connect}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"
)
"""The Content-Security-Policy: nothing inline, and nothing from anywhere else."""
NO_GZIP = re.compile(r"gzip\s*;\s*q=0(\.0*)?\s*(,|$)")


@dataclass(frozen=True)
class PageOptions:
    """What the page has to know."""

    rating: str | None = setting(
        "Origin of the process that takes rates, where this one does not; "
        "that one has to allow ours.",
        default=None,
    )

    def __post_init__(self) -> None:
        if self.rating is not None and not ORIGIN.fullmatch(self.rating):
            raise ValueError("rating is an origin such as https://rates.example.org, without path")


@dataclass(frozen=True)
class PageFile:
    """One file, ready to be sent, compressed beforehand."""

    plain: Answer
    compressed: Answer
    headers: Mapping[str, str]

    @classmethod
    def of(cls, name: str, body: bytes, policy: str) -> "PageFile":
        """The file ``name`` with ``body``."""
        tag = blake2b(body, digest_size=12).hexdigest()
        headers = {
            "Content-Type": TYPES[name[name.rindex(".") :]],
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-cache",
            "Vary": "Accept-Encoding",
        }
        compressed = Answer(gzip.compress(body, mtime=0), f'"{tag}-gzip"')
        return cls(Answer(body, f'"{tag}"'), compressed, headers)

    def reply(self, request: HTTPServerRequest) -> Reply:
        """The reply to ``request``."""
        if request.method not in ("GET", "HEAD"):
            return other_method(request)
        accepted = request.headers.get("Accept-Encoding", "")
        smaller = "gzip" in accepted and not NO_GZIP.search(accepted)
        answer = self.compressed if smaller else self.plain
        headers = {**self.headers, "Etag": answer.etag}
        if request.headers.get("If-None-Match") and unchanged(request, answer):
            return Reply(304, headers=headers)
        if smaller:
            headers["Content-Encoding"] = "gzip"
        return Reply(200, answer.body, headers)


class PageRouter(Router):
    """Gives every request a delegate that answers it with a file."""

    def __init__(self, pages: Mapping[str, PageFile]) -> None:
        """Take the files by path."""
        self._pages = pages

    def find_handler(self, request: HTTPServerRequest, **_: Any) -> HTTPMessageDelegate | None:
        return PageDelegate(request, self._pages.get(request.path))


class PageDelegate(HTTPMessageDelegate):
    """Answers one request as soon as it is whole."""

    def __init__(self, request: HTTPServerRequest, page: PageFile | None) -> None:
        self._request = request
        self._page = page

    def finish(self) -> None:
        if self._page is None:
            write(self._request, refuse(Problem(404, "There is nothing at this path.")))
        else:
            write(self._request, self._page.reply(self._request))


def page_files(rating: str) -> dict[str, PageFile]:
    """Every file by its path; ``rating`` is ``here``, an origin, or empty for nowhere."""
    origin = rating if rating.startswith("http") else ""
    policy = POLICY.format(connect=f"'self' {origin}".strip())
    bodies = {
        each.name: each.read_bytes()
        for each in (files("movieserver") / "page").iterdir()
        if each.name.endswith(tuple(TYPES))
    }
    index = bodies.pop("index.html").replace(b"{rating}", rating.encode())
    pages = {f"/page/{name}": PageFile.of(name, body, policy) for name, body in bodies.items()}
    return {"/": PageFile.of("index.html", index, policy), **pages}


def rating_place(mount: Mount) -> str:
    """Where the page sends rates: what the profile says, or here if it takes them, or nowhere."""
    if mount.options.rating is not None:
        return str(mount.options.rating)
    return "here" if any(each.resource is rates for each in mount.mounted) else ""


def routes(mount: Mount) -> Sequence[Rule]:
    """The resource's rules."""
    router = PageRouter(page_files(rating_place(mount)))
    return [Rule(PathMatches(r"/"), router), Rule(PathMatches(r"/page/([^/]+)"), router)]


resource = Resource(
    "page",
    routes,
    access=frozenset({"public"}),
    options=PageOptions,
    description=Path(__file__).with_suffix(".yaml"),
)
