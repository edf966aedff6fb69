"""What is logged to standard error, and how."""

import logging
import time
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from movieserver.redaction import shortened, without_secrets
from movieserver.request_ids import current
from movieserver.texts import on_one_line

HUMAN = "%(asctime)s %(levelname)s %(name)s: %(message)s"
FIELDS = "%(asctime)s %(levelname)s %(name)s %(message)s"
"""The fields of a JSON line, besides the event's own."""
NAMES = {"asctime": "timestamp", "levelname": "level", "name": "logger"}
"""What those are called, as by most collectors of logs."""

DRIVERS = ("cassandra", "kafka")
"""Driver loggers; we report their failures ourselves."""
TALKATIVE = ("opentelemetry", "tornado.access")
"""Loggers that report every step, and every failure with a stack trace."""
REPEATED = "tornado.general"
"""The logger of input that is not a request; ``handlers.framing`` reports it with its id."""


def configure_logging(level: str = "info", form: str = "human") -> None:
    """Log events of ``level`` and above, as lines for people or as JSON objects (``json``)."""
    handler = logging.StreamHandler()
    lines = JsonLines(FIELDS, rename_fields=NAMES) if form == "json" else HumanLines(HUMAN)
    handler.setFormatter(lines)
    handler.setLevel(level.upper())  # some loggers have levels of their own
    handler.addFilter(identify)
    handler.addFilter(bound)
    if level != "debug":
        handler.addFilter(shorten)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    usual = dict.fromkeys(DRIVERS, "CRITICAL") | dict.fromkeys((*TALKATIVE, REPEATED), "WARNING")
    for name, least in usual.items():
        logging.getLogger(name).setLevel("DEBUG" if level == "debug" else least)


class Lines(logging.Formatter):
    """Lines of bounded length, whatever clients have sent."""

    def formatException(self, ei: Any) -> Any:  # noqa: N802 (logging's name)
        return shortened(super().formatException(ei))


class HumanLines(Lines):
    """Lines for people, without secrets; a line about a request ends with the request's id."""

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        line = on_one_line(super().formatMessage(record))
        name = getattr(record, "request_id", "")
        return f"{line} [{name}]" if name else line


class JsonLines(Lines, JsonFormatter):
    """JSON objects, one per line, with times in UTC (RFC 3339) and texts without secrets.

    An event of a request has the request's id as ``request_id``.
    """

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        # Before it is encoded: what is starred out afterwards may end with the JSON's own quotes.
        return {
            name: without_secrets(value) if isinstance(value, str) else value
            for name, value in super().process_log_record(log_data).items()
        }


def identify(record: logging.LogRecord) -> bool:
    """Add the id of the request that the event belongs to, if any."""
    if name := current.get():
        record.request_id = name
    return True


def bound(record: logging.LogRecord) -> bool:
    """Shorten a message that is too long for a line: it may repeat what a client sent.

    A message whose arguments do not fit it is logged without them: logging must never fail.
    """
    try:
        message = record.getMessage()
    except Exception:  # noqa: BLE001 (whatever it is, the caller must not suffer)
        record.args, message = None, str(record.msg)
    if (short := shortened(message)) is not message:
        record.msg, record.args = short, None
    return True


def shorten(record: logging.LogRecord) -> bool:
    """Collapse a stack trace of a ``TALKATIVE`` logger to one line: the message and the error."""
    if record.exc_info and record.name.startswith(TALKATIVE):
        reason = str(record.exc_info[1]).partition("\n")[0]
        record.msg, record.args = f"{record.getMessage()} {reason}", None
        record.exc_info = record.exc_text = None
    return True
