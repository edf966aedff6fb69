"""Settings: how they are declared, and how values become them."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from movieserver.errors import ConfigurationError
from movieserver.places import Found, Place
from movieserver.settings import declared, read_settings, setting
from movieserver.texts import plain_value

PLACE = Place("p.yaml", 1)


@dataclass(frozen=True)
class Inner:
    """A section."""

    low: int = setting("The lower.", default=1)
    high: int = setting("The higher.", default=2)

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError(f"found low {self.low} above high {self.high}")


@dataclass(frozen=True)
class Outer:
    """What holds a section."""

    inner: Inner = setting("A section.", default=Inner())
    rates: tuple[int, ...] = setting("Rates.", default=(5,), minimum=1, maximum=10)
    limit: float | None = setting("A limit.", default=None, minimum=0)


@dataclass
class Thawed:
    """Not frozen."""

    size: int = setting("A size.", default=1)


@dataclass(frozen=True)
class Mapped:
    """Has a type that no setting can have."""

    sizes: dict[str, int] = field(default_factory=dict, metadata={"doc": "Sizes."})


@dataclass(frozen=True)
class Listed:
    """Has a list of what no list can have."""

    inner: tuple[Inner, ...] = setting("Sections.", default=())


def found(value: Any) -> Found:
    """``value`` as the YAML reader finds it."""
    match value:
        case dict():
            return Found({key: found(each) for key, each in value.items()}, PLACE)
        case list():
            return Found([found(each) for each in value], PLACE)
        case _:
            return Found(value, PLACE)


def test_nothing_at_all_gives_every_default() -> None:
    assert read_settings(found(None), Outer) == Outer(Inner(1, 2), (5,), None)
    assert read_settings(found({}), Outer) == Outer()
    assert read_settings(found({"inner": None}), Outer) == Outer()


def test_values_take_their_places() -> None:
    value = {"inner": {"high": 7}, "rates": [1, 10], "limit": 3}
    assert read_settings(found(value), Outer) == Outer(Inner(1, 7), (1, 10), 3.0)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"inner": {"low": 3}}, "p.yaml:1: found low 3 above high 2"),
        ({"rates": [11]}, "p.yaml:1: found 11; allowed: an integer from 1 to 10"),
        ({"rates": None}, "p.yaml:1: found nothing; allowed: a list of: an integer from 1 to 10"),
        ({"limit": -0.5}, "p.yaml:1: found -0.5; allowed: a number of 0 or more"),
        ({"limit": True}, "p.yaml:1: found true; allowed: a number of 0 or more"),
        ({"limit": float("nan")}, "p.yaml:1: found nan; allowed: a number of 0 or more"),
        ({"rates": [True]}, "p.yaml:1: found true; allowed: an integer from 1 to 10"),
    ],
)
def test_values_that_are_not_allowed(value: Any, message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read_settings(found(value), Outer)
    assert str(raised.value) == message


def test_a_dataclass_that_could_change_is_no_declaration() -> None:
    with pytest.raises(ConfigurationError, match="Thawed is not a frozen dataclass"):
        declared(Thawed)
    with pytest.raises(ConfigurationError, match="int is not a frozen dataclass"):
        declared(int)


def test_a_type_without_a_reader_is_no_declaration() -> None:
    with pytest.raises(ConfigurationError, match=r"Mapped\.sizes has a type that no setting can"):
        declared(Mapped)
    with pytest.raises(ConfigurationError, match=r"Listed\.inner has a type that no setting can"):
        declared(Listed)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-12", -12),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("yes", "yes"),
        ("True", "True"),
        ("0x10", "0x10"),
        ("010", "010"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        (".inf", ".inf"),
        ("1" * 19, "1" * 19),
        ("٣", "٣"),
        ("2026-11-23", "2026-11-23"),
    ],
)
def test_texts_without_quotes(text: str, value: object) -> None:
    found = plain_value(text)
    assert found == value
    assert type(found) is type(value)
