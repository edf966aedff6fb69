"""What goes wrong with an engine."""


class EngineError(Exception):
    """An engine that cannot be fetched, started or stopped; the message says why."""
