"""What the log says of requests that failed."""

from types import SimpleNamespace
from typing import cast

import pytest

from movieserver.errors import StoreUnavailable
from movieserver.handlers.base import BaseHandler


@pytest.mark.parametrize(
    ("error", "reason"),
    [(TimeoutError(), "timed out"), (StoreUnavailable("m.db: busy"), "m.db: busy")],
)
def test_a_failure_has_its_reason(
    caplog: pytest.LogCaptureFixture, error: Exception, reason: str
) -> None:
    handler = SimpleNamespace(request=SimpleNamespace(method="GET", path="/users/rates"))
    BaseHandler.log_exception(cast(BaseHandler, handler), type(error), error, None)
    assert caplog.messages == [f"GET /users/rates: {reason}"]
