"""The screens that show people the state of a server, or of stores."""

from collections.abc import Iterator

from movieserver.status.server import Samples, Status, tokens
from movieserver.status.stores import StoresStatus
from movieserver.texts import counted, on_one_line

COUNTS = {
    "pending": ("rate", "stored and not yet announced"),
    "lag": ("event", "announced and not yet applied"),
}
"""What the counts mean: what is on its way, and how far it has come."""
GAUGES = {"pending": "movieserver_rates_pending", "lag": "movieserver_consumer_lag_events"}
"""The metrics of a server that give these counts."""


def server_screen(url: str, status: Status) -> Iterator[str]:
    """The status of the server at ``url``, in lines for people."""
    build = next((labels for labels, _ in status.samples.get("movieserver_build_info", ())), {})
    stopping = ", stopping" if status.readiness.get("stopping") else ""
    yield f"{url}  {'ready' if status.ready else 'not ready'}{stopping}"
    if build:
        yield row("version", f"movieserver {build['version']}, Python {build['python']}")
        yield row("profile", build["profile"])
    states = {f"store {name}": store for name, store in status.readiness["stores"].items()}
    for title, state in (states | tokens(status.readiness)).items():
        yield row(title, "up" if state["up"] else f"DOWN: {state['reason']}")
    for name, memory in status.readiness["memory"].items():
        age = memory["age_seconds"]
        yield row(f"memory {name}", f"{age:.1f} s old" if memory["loaded"] else "NOT LOADED")
    if status.samples:
        yield from measured(status.samples)
    else:
        yield row("metrics", f"none: {status.missing}")


def stores_screen(status: StoresStatus) -> Iterator[str]:
    """The status of stores, in lines for people."""
    yield f"stores  {'ready' if status.ready else 'not ready'}"
    for role, reason in status.reasons.items():
        yield row(f"store {role}", "up" if reason is None else f"DOWN: {reason}")
    for name, count in status.counts.items():
        yield on_the_way(name, count)


def measured(samples: Samples) -> Iterator[str]:
    """What the metrics add to the status, in lines for people."""
    for title, name in GAUGES.items():
        if name in samples:
            count = max(value for _, value in samples[name])
            yield on_the_way(title, count)
    for labels, failures in samples.get("movieserver_job_failures_total", ()):
        if failures:
            yield row(f"job {labels['job']}", f"{counted(failures, 'failure')} since the start")
    answers = samples.get("movieserver_http_requests_total", [])
    broken = sum(value for labels, value in answers if labels["status"] >= "500")
    total = sum(value for _, value in answers)
    yield row("requests", f"{total:.0f} since the start, {broken:.0f} answered 5xx")


def on_the_way(name: str, count: float) -> str:
    """A line of a screen for one of ``COUNTS``."""
    noun, state = COUNTS[name]
    return row(name, f"{counted(count, noun)} {state}")


def row(title: str, text: str) -> str:
    """One line of a screen, whatever a server calls itself."""
    return on_one_line(f"  {title:17} {text}")
