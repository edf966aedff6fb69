"""What the log says of requests that failed."""

from types import SimpleNamespace
from typing import cast

import pytest
from tornado.httputil import HTTPServerRequest

from movieserver.errors import StoreUnavailable
from movieserver.handlers import replies
from movieserver.handlers.base import BaseHandler
from movieserver.handlers.failures import PERIOD, REASONS, Failures
from movieserver.handlers.observation import Observer
from movieserver.handlers.problems import problem_of
from movieserver.handlers.replies import refuse, write
from movieserver.request_ids import current
from movieserver.testing import ManualClock


def request(path: str = "/users/rates") -> HTTPServerRequest:
    return cast(HTTPServerRequest, SimpleNamespace(method="GET", path=path))


@pytest.mark.parametrize(
    ("error", "reason"),
    [(TimeoutError(), "timed out"), (StoreUnavailable("m.db: busy"), "m.db: busy")],
)
def test_a_failure_has_its_reason(
    caplog: pytest.LogCaptureFixture, error: Exception, reason: str
) -> None:
    handler = SimpleNamespace(
        request=request(),
        mount=SimpleNamespace(failures=Failures()),
        services=SimpleNamespace(clock=ManualClock()),
    )
    BaseHandler.log_exception(cast(BaseHandler, handler), type(error), error, None)
    assert caplog.messages == [f"GET /users/rates: {reason}"]


def test_failures_that_are_alike_are_a_line_a_second(caplog: pytest.LogCaptureFixture) -> None:
    failures = Failures()
    for number in range(10):
        failures.tell(request(f"/movies/tt{number}"), "m.db: away", number * PERIOD / 9)
    failures.tell(request(), "m.db: busy", PERIOD)
    assert caplog.messages == [
        "GET /movies/tt0: m.db: away",
        "GET /movies/tt9: m.db: away (and 8 more requests since the last such line)",
        "GET /users/rates: m.db: busy",
    ]


def test_reasons_without_number_are_all_told(caplog: pytest.LogCaptureFixture) -> None:
    failures = Failures()
    for number in range(3 * REASONS):
        failures.tell(request(), f"reason {number}", 0.0)
    assert len(caplog.messages) == 3 * REASONS


def test_what_a_client_sends_is_no_line_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    Failures().tell(request("/a\x85b" + "x" * 1000), "away", 0.0)
    [message] = caplog.messages
    assert message.startswith("GET /a%85b")
    assert len(message) < 300


def test_a_bug_is_logged_with_the_id_of_its_request_and_nothing_later_is(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[bytes] = []
    ids: list[str] = []
    connection = SimpleNamespace(
        write_headers=lambda _line, _headers, body: sent.append(body), finish=lambda: None
    )
    asking = SimpleNamespace(method="GET", path="/users/rates", connection=connection)
    observer = SimpleNamespace(identify=lambda _request: "abc-1", saw=lambda *_: None)

    def noted(_record: object) -> bool:
        ids.append(current.get())
        return True

    monkeypatch.setattr(replies.log, "filter", noted)
    reply = refuse(problem_of(KeyError("surprise")), KeyError("surprise"))
    write(cast(HTTPServerRequest, asking), reply, cast(Observer, observer))
    replies.log.warning("of another request")
    assert ids == ["abc-1", ""]
    assert caplog.messages == ["GET /users/rates failed", "of another request"]
    assert caplog.records[0].exc_info is not None
    assert b'"request_id":"abc-1"' in sent[0].replace(b" ", b"")
    assert b"surprise" not in sent[0]
