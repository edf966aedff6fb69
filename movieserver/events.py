"""How a rate travels on ``movie_rate_topic``: the contract's key, value and partition.

An event states the rate that now holds, never a difference, so receiving it late or twice
changes nothing.
"""

import re
from typing import Annotated, Literal

from msgspec import Meta, MsgspecError, Struct
from msgspec.json import Decoder, Encoder

from movieserver.backends.event_log import Message, Record
from movieserver.errors import MessageUnreadable
from movieserver.models import LAST_VERSION, RATES, Rate

SCHEMA: Literal[1] = 1
MOVIE_ID = re.compile(r"[A-Za-z0-9_-]{1,20}")
USER_ID_LENGTH = 255
"""The most characters in a user id (the ``sub`` of a token)."""
USER_ID = re.compile(rf"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{{1,{USER_ID_LENGTH}}}")


class Event(Struct, frozen=True, gc=False):
    """The value of a message."""

    user_id: Annotated[str, Meta(pattern=rf"\A{USER_ID.pattern}\Z")]
    movie_id: Annotated[str, Meta(pattern=rf"\A{MOVIE_ID.pattern}\Z")]
    rate: Annotated[int, Meta(ge=min(RATES), le=max(RATES))] | None
    version: Annotated[int, Meta(gt=0, le=LAST_VERSION)]
    schema: Literal[1]


_encode = Encoder().encode
_decode = Decoder(Event).decode


def encode(rate: Rate) -> Message:
    """The message that announces ``rate``: keyed by user and movie, partitioned by movie alone."""
    user, movie = rate.user_id, rate.movie_id
    return Message(
        key=_encode([user, movie]),
        value=_encode(Event(user, movie, rate.rate, rate.version, SCHEMA)),
        partition_key=movie.encode(),
    )


def decode(record: Record) -> Rate:
    """The rate that ``record`` states.

    Fields beyond the contract's are ignored, so that later producers may add some. Raises
    ``MessageUnreadable``, with the reason, if the record does not state a rate.
    """
    if record.fault:
        raise MessageUnreadable(record.fault)
    if record.value is None:
        raise MessageUnreadable("there is no value")
    try:
        event = _decode(record.value)
    except (MsgspecError, UnicodeError, RecursionError) as error:
        raise MessageUnreadable(f"the value states no rate: {error}") from error
    return Rate(event.user_id, event.movie_id, event.rate, event.version)


def is_user_id(value: object) -> bool:
    """Whether ``value`` can name a user: 1 to 255 characters, no controls, no surrogates."""
    return isinstance(value, str) and USER_ID.fullmatch(value) is not None
