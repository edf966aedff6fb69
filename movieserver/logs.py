"""What is written to the standard error output, and how."""

import logging
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from movieserver.redaction import shortened, without_secrets
from movieserver.request_ids import current

HUMAN = "%(asctime)s %(levelname)s %(name)s: %(message)s"
FIELDS = "%(asctime)s %(levelname)s %(name)s %(message)s"
"""The fields of a JSON line, beside those of the event itself."""

DRIVERS = ("cassandra", "kafka")
"""Loggers of those whose failures become errors of ours, which tell of them once."""
TALKATIVE = ("opentelemetry", "tornado.access")
"""Loggers that tell of their every step, and of every failure with a stack trace."""


def configure_logging(level: str = "info", form: str = "human") -> None:
    """Write events from ``level`` on, as lines for people or as JSON objects (``json``)."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines(FIELDS) if form == "json" else HumanLines(HUMAN))
    handler.addFilter(identify)
    handler.addFilter(bound)
    if level != "debug":
        handler.addFilter(shorten)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    usual = dict.fromkeys(DRIVERS, "CRITICAL") | dict.fromkeys(TALKATIVE, "WARNING")
    for name, least in usual.items():
        logging.getLogger(name).setLevel("DEBUG" if level == "debug" else least)


class Lines(logging.Formatter):
    """Lines without secrets and of a bounded length, whatever clients have sent."""

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))

    def formatException(self, ei: Any) -> Any:  # noqa: N802 (logging's name)
        return shortened(super().formatException(ei))


class HumanLines(Lines):
    """Lines for people; that of a request ends with its id."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        line = super().formatMessage(record)
        name = getattr(record, "request_id", "")
        return f"{line} [{name}]" if name else line


class JsonLines(Lines, JsonFormatter):
    """JSON objects, a line each; that of a request has its id as ``request_id``."""


def identify(record: logging.LogRecord) -> bool:
    """Give an event the id of the request that it belongs to."""
    if name := current.get():
        record.request_id = name
    return True


def bound(record: logging.LogRecord) -> bool:
    """Shorten a message that is longer than a line may be: it may repeat what a client sent.

    One whose values do not fit is written without them: nobody's work ends for a line of the log.
    """
    try:
        message = record.getMessage()
    except Exception:  # noqa: BLE001 (whatever it is, it is no matter of who logs)
        record.args, message = None, str(record.msg)
    if (short := shortened(message)) is not message:
        record.msg, record.args = short, None
    return True


def shorten(record: logging.LogRecord) -> bool:
    """Make such an event one line, with its error where there would be a stack trace."""
    if record.exc_info and record.name.startswith(TALKATIVE):
        reason = str(record.exc_info[1]).partition("\n")[0]
        record.msg, record.args = f"{record.getMessage()} {reason}", None
        record.exc_info = record.exc_text = None
    return True
