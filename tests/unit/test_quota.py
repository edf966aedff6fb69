"""How often a client may ask, by a clock that the test moves."""

from unittest.mock import MagicMock

import pytest
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from movieserver.handlers.additions import added
from movieserver.handlers.limiter import Limiter, client
from movieserver.handlers.problems import Problem
from movieserver.handlers.quota import Quota
from movieserver.testing import ManualClock


def test_a_quota_is_spent_and_regained_evenly() -> None:
    clock = ManualClock()
    quota = Quota(3, 60.0, clock)
    assert [quota.take("a").remaining for _ in range(3)] == [2, 1, 0]
    refused = quota.take("a")
    assert (refused.remaining, refused.reset) == (0, 60.0)
    assert refused.wait == pytest.approx(20.0)
    assert quota.take("b").wait == 0
    clock.advance(19.0)
    assert quota.take("a").wait == pytest.approx(1.0)
    clock.advance(1.0)
    allowed = quota.take("a")
    assert (allowed.wait, allowed.remaining) == (0.0, 0)
    assert allowed.reset == pytest.approx(60.0)
    clock.advance(1000.0)
    assert quota.take("a").remaining == 2


@pytest.mark.parametrize("requests", [1, 3, 7, 49, 1000])
def test_no_request_is_lost_to_rounding(requests: int) -> None:
    clock = ManualClock()
    quota = Quota(requests, 60.0, clock)
    for _ in range(5):
        taken = [quota.take("a") for _ in range(requests)]
        assert [each.remaining for each in taken] == list(range(requests))[::-1]
        assert quota.take("a").wait > 0
        clock.advance(60.0)


def test_a_rounding_error_is_no_second_more() -> None:
    clock = ManualClock()
    clock.advance(1000.1)
    limiter = Limiter("films", Quota(1, 3600.0, clock))
    line = RequestStartLine("GET", "/", "HTTP/1.1")
    request = HTTPServerRequest(
        start_line=line, headers=HTTPHeaders({"Host": "here"}), connection=MagicMock()
    )
    limiter.admit(request)
    assert dict(added(request))["RateLimit"] == '"films";r=0;t=3600'
    with pytest.raises(Problem) as refused:
        limiter.admit(request)
    assert refused.value.headers == {"Retry-After": "3600"}


def test_clients_that_are_too_many_are_forgotten() -> None:
    quota = Quota(1, 60.0, ManualClock(), clients=2)
    for each in ("a", "b", "c"):
        assert quota.take(each).wait == 0
    assert quota.take("c").wait > 0
    assert quota.take("a").wait == 0


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("not:an:address", "not:an:address"),
        ("", ""),
    ],
)
def test_a_network_is_one_client(address: str, expected: str) -> None:
    assert client(address) == expected
