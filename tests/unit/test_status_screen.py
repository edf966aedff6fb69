"""What ``movieserver status`` shows of a server."""

from typing import Any

from movieserver.status.screen import server_screen
from movieserver.status.server import Samples, Status

MOVIES = {"up": True}
TOP10 = {"loaded": True, "age_seconds": 0.25}
SOUND = {"ready": True, "stores": {"movies": MOVIES}, "memory": {"top10": TOP10}}


def screen(readiness: dict[str, Any], samples: Samples | None = None) -> list[str]:
    """The lines of a server's screen."""
    return list(server_screen("http://here", Status(readiness, samples or {}, "no metrics")))


def test_a_server_without_metrics() -> None:
    assert screen(SOUND) == [
        "http://here  ready",
        "  store movies      up",
        "  memory top10      0.2 s old",
        "  metrics           none: no metrics",
    ]


def test_a_server_that_stops_and_lacks_everything() -> None:
    down = {"up": False, "reason": "away"}
    lacking = {
        "ready": False,
        "stopping": True,
        "stores": {"movies": down},
        "memory": {"top10": {"loaded": False, "age_seconds": None}},
        "tokens": {"up": False, "reason": "no keys yet"},
    }
    assert screen(lacking)[:-1] == [
        "http://here  not ready, stopping",
        "  store movies      DOWN: away",
        "  tokens            DOWN: no keys yet",
        "  memory top10      NOT LOADED",
    ]


def test_a_reason_cannot_write_lines_of_its_own_or_move_the_cursor() -> None:
    down = {"up": False, "reason": "away\n\x1b[2J"}
    (_, line, *_) = screen({**SOUND, "stores": {"movies": down}})
    assert line == r"  store movies      DOWN: away\n\x1b[2J"


def test_metrics_add_what_is_on_its_way_and_what_has_failed() -> None:
    samples: Samples = {
        "movieserver_build_info": [
            ({"version": "1.2", "python": "3.11.7", "profile": "dev"}, 1.0),
        ],
        "movieserver_rates_pending": [({}, 3.0)],
        # Each process of a server has its own count of the same events.
        "movieserver_consumer_lag_events": [({"process": "0"}, 0.0), ({"process": "1"}, 7.0)],
        "movieserver_job_failures_total": [
            ({"job": "relay_rates"}, 0.0),
            ({"job": "consume_rates"}, 1.0),
        ],
        "movieserver_http_requests_total": [
            ({"status": "200"}, 40.0),
            ({"status": "499"}, 1.0),
            ({"status": "500"}, 2.0),
            ({"status": "503"}, 3.0),
        ],
    }
    assert screen(SOUND, samples)[1:] == [
        "  version           movieserver 1.2, Python 3.11.7",
        "  profile           dev",
        "  store movies      up",
        "  memory top10      0.2 s old",
        "  pending           3 rates stored and not yet announced",
        "  lag               7 events announced and not yet applied",
        "  job consume_rates 1 failure since the start",
        "  requests          46 since the start, 5 answered 5xx",
    ]
