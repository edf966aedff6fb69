"""How a rate travels on ``movie_rate_topic``: the contract's key, value and partition.

An event states what now holds, never a difference, so that receiving it late or twice
changes nothing.
"""

import json
import re
from json.encoder import encode_basestring
from typing import Any

from movieserver.backends.event_log import Message, Record
from movieserver.errors import MessageUnreadable
from movieserver.models import LAST_VERSION, RATES, Rate

SCHEMA = 1
MOVIE_ID = re.compile(r"[A-Za-z0-9_-]{1,20}")
USER_ID_LENGTH = 255
"""Characters of the longest user id (the ``sub`` of a token)."""
USER_ID = re.compile(rf"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{{1,{USER_ID_LENGTH}}}")


def encode(rate: Rate) -> Message:
    """The message that announces ``rate``: keyed by user and movie, placed by the movie alone."""
    # JSON put together by hand: an encoder for the whole takes twice as long.
    user, movie = encode_basestring(rate.user_id), encode_basestring(rate.movie_id)
    given = "null" if rate.rate is None else rate.rate
    value = (
        f'{{"user_id":{user},"movie_id":{movie},"rate":{given},'
        f'"version":{rate.version},"schema":{SCHEMA}}}'
    )
    return Message(
        key=f"[{user},{movie}]".encode(),
        value=value.encode(),
        partition_key=rate.movie_id.encode(),
    )


def decode(record: Record) -> Rate:
    """The rate that ``record`` states.

    Fields beyond the contract's are ignored, so that a later producer may add some. Raises
    ``MessageUnreadable`` with the reason for everything that does not state a rate.
    """
    if record.fault:
        raise MessageUnreadable(record.fault)
    try:
        value = json.loads((record.value or b"").decode())
    except (ValueError, RecursionError) as error:
        raise MessageUnreadable(f"the value is not JSON in UTF-8: {error}") from error
    if not isinstance(value, dict):
        raise MessageUnreadable("the value is not a JSON object")
    if value.get("schema") != SCHEMA or isinstance(value["schema"], bool):
        raise MessageUnreadable(f"schema is {_shown(value.get('schema'))}, not {SCHEMA}")
    return Rate(
        user_id=_user_id(value.get("user_id")),
        movie_id=_movie_id(value.get("movie_id")),
        rate=_rate(value),
        version=_version(value.get("version")),
    )


def is_user_id(value: object) -> bool:
    """Whether ``value`` can name a user: 1 to 255 characters, no control or surrogate."""
    return isinstance(value, str) and USER_ID.fullmatch(value) is not None


def _user_id(value: Any) -> str:
    if not is_user_id(value):
        raise MessageUnreadable(f"user_id is {_shown(value)}, not 1 to 255 printable characters")
    return str(value)


def _movie_id(value: Any) -> str:
    if not isinstance(value, str) or not MOVIE_ID.fullmatch(value):
        raise MessageUnreadable(f"movie_id is {_shown(value)}, not 1 to 20 of [A-Za-z0-9_-]")
    return value


def _rate(value: dict[str, Any]) -> int | None:
    rate = value.get("rate", "missing")
    if rate is None or (type(rate) is int and rate in RATES):
        return rate
    raise MessageUnreadable(f"rate is {_shown(rate)}, not null or an integer from 1 to 10")


def _version(value: Any) -> int:
    if type(value) is not int or not 0 < value <= LAST_VERSION:
        raise MessageUnreadable(f"version is {_shown(value)}, not microseconds since 1970")
    return value


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
