"""What can go wrong, in the project's own words.

A backend turns its driver's errors into these at one boundary and keeps the cause
(``raise … from error``); handlers turn them into HTTP answers, commands into exit statuses.
"""


class MovieserverError(Exception):
    """The base of every error that this project raises on purpose."""


class ConfigurationError(MovieserverError):
    """A profile or a command line that cannot be run; the message names the place and the mend."""


class StoreError(MovieserverError):
    """A store did not do what it was asked."""


class StoreUnavailable(StoreError):
    """The store cannot answer now and may later: it is down, slow, full or busy. Worth a retry."""


class StoreRefused(StoreError):
    """The store will not work until somebody mends it: a wrong password, a corrupt file."""


class NotLoaded(MovieserverError):
    """A value of the memory was asked for before its first load."""


class TokenRefused(MovieserverError):
    """A bearer token that is not accepted; the message says why and holds nothing of the token."""


class MessageUnreadable(MovieserverError):
    """A message of the topic that does not state a rate; it belongs on the dead-letter topic."""
