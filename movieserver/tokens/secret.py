"""The data folder's secret, which signs and checks tokens if no other key is configured."""

import os
import re
import secrets
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from movieserver.errors import ConfigurationError

NAME = "token-secret"
"""The name of the secret's file in the data folder."""
LARGEST = 100
"""The maximum bytes read from the file; a secret has fewer."""
_FORM = re.compile(rb"[A-Za-z0-9_-]{43}")


def read_secret(data: Path) -> bytes | None:
    """The secret of the folder ``data``, or None if there is none.

    Raises ``ConfigurationError`` for a file that cannot be read, that others can read, or that
    holds something else.
    """
    path = data / NAME
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        with path.open("rb") as file:
            secret = file.read(LARGEST).strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from error
    if mode & 0o077:
        raise ConfigurationError(
            f"{path}: others can read the secret (mode {mode:03o}), so it is not secret; if nobody "
            f"has read it: chmod 600 {path}"
        )
    if not _FORM.fullmatch(secret):
        raise ConfigurationError(
            f"{path}: this is not a secret that movieserver made (43 characters of A-Z, a-z, "
            "0-9, _ and -); remove the file and a new one is made, which invalidates all tokens"
        )
    return secret


def make_secret(data: Path) -> bytes:
    """The secret of the folder ``data``; one of 256 random bits is made if there is none yet.

    Two processes that do this at once get the same secret. Raises ``ConfigurationError`` if the
    folder cannot be written, or as ``read_secret`` does.
    """
    secret = read_secret(data)
    if secret is None:
        try:
            _store(data, secrets.token_urlsafe(32).encode())
        except OSError as error:
            raise ConfigurationError(
                f"{data / NAME}: cannot be created: {error.strerror}; make the data folder "
                "writable, or set another with --data"
            ) from error
        secret = read_secret(data)
    if secret is None:
        raise ConfigurationError(f"{data / NAME}: was removed while it was being created")
    return secret


def _store(data: Path, secret: bytes) -> None:
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A link appears together with its content, and never replaces the file of a process that was
    # first. The temporary file has mode 600.
    with tempfile.NamedTemporaryFile(dir=data, prefix=f".{NAME}.") as file:
        file.write(secret + b"\n")
        file.flush()
        os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(file.name, data / NAME)
