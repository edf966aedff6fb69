"""``GET /``: a page for people, made of the files in ``movieserver/page``."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from tornado.httputil import HTTPServerRequest
from tornado.routing import Rule

from movieserver.answers import Answer
from movieserver.handlers.memory import memory_rule
from movieserver.handlers.problems import Problem
from movieserver.handlers.rates import resource as rates
from movieserver.handlers.resource import Mount, Resource
from movieserver.origins import check_origin
from movieserver.settings import UnfitValue, setting

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
"""The Content-Security-Policy: nothing inline, and nothing from hosts other than ``connect``."""


@dataclass(frozen=True)
class PageOptions:
    """The options of the page."""

    rating: str | None = setting(
        "Origin of the process that takes rates, if this one does not; it must allow this page's "
        "origin.",
        default=None,
    )

    def __post_init__(self) -> None:
        if self.rating is None:
            return
        try:
            check_origin(self.rating)
            if not self.rating.startswith(("http:", "https:")):
                raise ValueError("allowed: http:// or https://")
        except ValueError as error:
            raise UnfitValue("rating", f"found {self.rating!r}; {error}") from error


def page_files(rating: str) -> dict[str, Answer]:
    """Every file by its path; ``rating`` is ``here``, an origin, or empty for nowhere."""
    origin = rating if rating.startswith("http") else ""
    headers = {
        "Content-Security-Policy": POLICY.format(connect=f"'self' {origin}".strip()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-cache",
    }
    answers = {}
    for each in (files("movieserver") / "page").iterdir():
        kind = TYPES.get(Path(each.name).suffix)
        if kind is not None:
            body = each.read_bytes()
            if kind == TYPES[".html"]:
                body = body.replace(b"{rating}", rating.encode())
            answers[f"/page/{each.name}"] = Answer.of_bytes(body, kind, headers)
    answers["/"] = answers.pop("/page/index.html")
    return answers


def rating_place(mount: Mount) -> str:
    """Where the page sends rates: as the profile says, else here if rates are mounted."""
    if mount.options.rating is not None:
        return str(mount.options.rating)
    return "here" if any(each.resource is rates for each in mount.mounted) else ""


def routes(mount: Mount) -> Sequence[Rule]:
    """The resource's rules."""
    answers = page_files(rating_place(mount))

    def responder(request: HTTPServerRequest) -> Answer:
        answer = answers.get(request.path)
        if answer is None:
            raise Problem(404, "There is nothing at this path.")
        return answer

    return [memory_rule(path, mount, responder) for path in (r"/", r"/page/(?P<file>[^/]+)")]


resource = Resource(
    "page",
    routes,
    access=frozenset({"public"}),
    options=PageOptions,
    description=Path(__file__).with_suffix(".yaml"),
)
