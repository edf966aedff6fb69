"""What can go wrong, in the project's own words.

A backend turns its driver's errors into these at one boundary and keeps the cause
(``raise … from error``); handlers turn them into HTTP answers, commands into exit statuses.
"""


class MovieserverError(Exception):
    """The base class of every error that this project raises on purpose."""


class ConfigurationError(MovieserverError):
    """A profile or a command line is wrong; the message says where, and how to fix it."""


class AddressUnavailable(MovieserverError):
    """The server's address is another program's, or is not (yet) one of this machine."""


class StoreError(MovieserverError):
    """A store did not do what it was asked to do."""


class StoreUnavailable(StoreError):
    """The store cannot answer now but may later: it is down, slow, full or busy. Worth a retry."""


class StoreRefused(StoreError):
    """The store will not work until someone fixes it: a wrong password, a corrupt file."""


class NotLoaded(MovieserverError):
    """A value in memory was read before it was first loaded."""


class TokenRefused(MovieserverError):
    """A bearer token is not accepted; the message says why and contains no part of the token."""


class MessageUnreadable(MovieserverError):
    """A message on the topic states no rate; it belongs on the dead-letter topic."""
