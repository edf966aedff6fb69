"""The Kafka that the tests run against."""

import os
from collections.abc import Iterable
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

from kafka import KafkaAdminClient

URL = os.environ["MOVIESERVER_EVENTS"]
"""What ``bin/engines up`` told of."""
BROKERS = urlsplit(URL).netloc.split(",")


def administrator() -> Any:
    """An administrator of the brokers, to be closed."""
    return KafkaAdminClient(bootstrap_servers=BROKERS)


def remove(names: Iterable[str]) -> None:
    """Remove those topics that are there: a broker that was killed looks through all it has."""
    with closing(administrator()) as admin:
        present = sorted(set(names) & set(admin.list_topics()))
        if present:
            admin.delete_topics(present)
