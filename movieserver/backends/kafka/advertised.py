"""The addresses at which a broker says that its cluster's brokers are.

Clients connect to these, whatever the URL says (advertised.listeners in a broker's settings).
kafka-python does not tell which of them it cannot reach.
"""

import socket

from movieserver.backends.kafka.conversation import Response, left


def addresses(response: Response) -> list[tuple[str, int]]:
    """Hosts and ports in a METADATA response of version 4. Raises ``NoKafka`` if it is none."""
    _, count = response.take("ii")
    return [_address(response) for _ in range(count)]


def fault(places: list[tuple[str, int]], deadline: float) -> str:
    """Why no connection to any of ``places`` can be made; empty if one can. Blocks.

    ``deadline`` is on the monotonic clock; the places share the time up to it.
    """
    reason = ""
    for number, place in enumerate(places):
        try:
            socket.create_connection(place, left(deadline) / (len(places) - number)).close()
        except OSError as error:
            reason = error.strerror or str(error)
        else:
            return ""
    return reason


def _address(response: Response) -> tuple[str, int]:
    response.take("i")  # the broker's number
    host = response.text()
    (port,) = response.take("i")
    response.text()  # its rack
    return host, port
