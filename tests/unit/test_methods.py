"""The methods that a handler has."""

from movieserver.handlers.base import BaseHandler


class Read(BaseHandler):
    """Has no word about HEAD."""

    def get(self) -> None:
        """Answer."""


class ReadOtherwise(Read):
    """Has a GET of its own."""

    def get(self) -> None:
        """Answer otherwise."""


class Written(BaseHandler):
    """Reads nothing."""

    def post(self) -> None:
        """Take it."""


class Own(Read):
    """Has a HEAD of its own, which those that are derived from it keep."""

    def head(self) -> None:
        """Answer."""


class Derived(Own):
    """Adds nothing."""


def test_head_is_what_get_is() -> None:
    assert Read.allowed == ReadOtherwise.allowed == ("GET", "HEAD", "OPTIONS")
    assert vars(Read)["head"] is Read.get
    assert vars(ReadOtherwise)["head"] is ReadOtherwise.get


def test_what_reads_nothing_has_no_head() -> None:
    assert Written.allowed == ("POST", "OPTIONS")


def test_a_head_of_its_own_is_kept() -> None:
    assert Own.head is Derived.head is vars(Own)["head"]
