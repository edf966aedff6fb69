"""The URLs of stores: what they begin with, and how they are shown."""

import re

SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):")
PASSWORD = re.compile(r"((?:(?<=//)|^)[^:@/?#]*:)(?!//).*(?=@)", re.DOTALL)
PARAMETER = re.compile(r"([?&][^=&#]*(?:pass|secret|token|key)[^=&#]*=)[^&#]*", re.IGNORECASE)


def scheme(url: str) -> str | None:
    """What a URL begins with, None where that is no scheme."""
    match = SCHEME.match(url)
    return match[1] if match else None


def hide_password(url: str) -> str:
    """``url`` as it may be printed: without the password of its user or its parameters.

    Where a password holds an unescaped ``@`` or ``/``, more is hidden rather than less.
    """
    return PARAMETER.sub(r"\1***", PASSWORD.sub(r"\1***", url))
