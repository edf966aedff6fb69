"""What is written to the standard error output, and how."""

import logging

from pythonjsonlogger.json import JsonFormatter

HUMAN = "%(asctime)s %(levelname)s %(name)s: %(message)s"
FIELDS = "%(asctime)s %(levelname)s %(name)s %(message)s"
"""The fields of a JSON line, beside those of the event itself."""

DRIVERS = ("cassandra", "kafka", "tornado.access")
"""Loggers that tell of their every step, and of every failure with a stack trace."""


def configure_logging(level: str = "info", form: str = "human") -> None:
    """Write events from ``level`` on, as lines for people or as JSON objects (``json``)."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter(FIELDS) if form == "json" else logging.Formatter(HUMAN))
    if level != "debug":
        handler.addFilter(shorten)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for driver in DRIVERS:
        logging.getLogger(driver).setLevel("DEBUG" if level == "debug" else "WARNING")


def shorten(record: logging.LogRecord) -> bool:
    """Make a driver's event one line, with its error where there would be a stack trace."""
    if record.exc_info and record.name.partition(".")[0] in DRIVERS:
        reason = str(record.exc_info[1]).partition("\n")[0]
        record.msg, record.args = f"{record.getMessage()} {reason}", None
        record.exc_info = record.exc_text = None
    return True
