"""What a request asks for: the arguments of its query, and the parts of its path."""

from urllib.parse import unquote

from tornado.httputil import HTTPServerRequest

from movieserver.events import MOVIE_ID
from movieserver.handlers.problems import Problem

CHARACTERS = 200
"""The maximum length of a query argument, in characters."""


def argument(request: HTTPServerRequest, name: str) -> str | None:
    """The last query argument ``name``, or None if there is none.

    Raises ``Problem`` 400 if it is not UTF-8, is too long or contains a NUL character.
    """
    values = request.query_arguments.get(name)
    if not values:
        return None
    try:
        text = values[-1].decode()
    except UnicodeDecodeError as error:
        raise Problem(400, f"{name} is not UTF-8.") from error
    if len(text) > CHARACTERS:
        raise Problem(400, f"{name} is longer than {CHARACTERS} characters.")
    if "\0" in text:
        raise Problem(400, f"{name} contains a NUL character.")
    return text


def integer(request: HTTPServerRequest, name: str, default: int, minimum: int, maximum: int) -> int:
    """The query argument ``name`` as an integer; raises ``Problem`` 400 if out of bounds."""
    text = argument(request, name)
    if text is None:
        return default
    number = int(text) if text.isascii() and text.isdigit() else -1
    if not minimum <= number <= maximum:
        raise Problem(400, f"{name} must be an integer from {minimum} to {maximum}.")
    return number


def last_part(request: HTTPServerRequest) -> str:
    """What follows the last slash of the path, unquoted."""
    return unquote(request.path.rpartition("/")[2])


def legal_id(text: str) -> str:
    """``text``, a part of the path, as a film's id; raises ``Problem`` 400 if it cannot be one."""
    if not MOVIE_ID.fullmatch(text):
        raise Problem(400, "A movie's id must be 1 to 20 characters of A-Z, a-z, 0-9, _ and -.")
    return text
