"""The error of the engines."""


class EngineError(Exception):
    """An engine cannot be fetched, started or stopped; the message says why."""
