"""The topic of events, as a profile sets it up."""

import re
from dataclasses import dataclass

from movieserver.settings import UnfitValue, setting

NAME = re.compile(r"[A-Za-z0-9._-]{1,240}")


@dataclass(frozen=True)
class TopicSettings:
    """``events``: the topic that rates are announced on."""

    topic: str = setting(
        "Name of the topic; dead letters go to the topic of the same name with .dead appended.",
        default="movie_rate_topic",
    )
    group: str = setting(
        "Name of the group whose members share the work of consuming.", default="movieserver"
    )
    partitions: int = setting(
        "Partitions of the topic if it has to be made: the most consumers that can share the work.",
        default=24,
        minimum=1,
        maximum=1024,
    )
    retention: float = setting(
        "Minimum number of seconds that an event is kept. SQLite looks for older ones once a "
        "minute, on writes, and keeps what a group has yet to read, except for dead letters.",
        default=604_800.0,
        minimum=1,
    )
    replication: int = setting(
        "Copies of each event on an engine with several nodes.", default=1, minimum=1, maximum=15
    )

    def __post_init__(self) -> None:
        """Check that every engine can take the names."""
        for key, name in (("topic", self.topic), ("group", self.group)):
            if not NAME.fullmatch(name) or name in (".", ".."):
                raise UnfitValue(
                    key, f"found {name!r}; allowed: 1 to 240 characters of A-Z a-z 0-9 . _ -"
                )

    @property
    def dead_topic(self) -> str:
        """The name of the topic for messages that cannot be read."""
        return f"{self.topic}.dead"
