"""What looks like credentials, and lines without it."""

import re

SECRET = re.compile(
    r"""(?ix)
    (?P<before> \b(?:bearer|basic)\s+(?=\S{12}) | \b(?:access_|id_)?(?:token|password|secret)=
      | ://[^/:@\s]*: (?=[^/@\s]+@) ) [^\s&@,;"'\\]+
    | (?P<quoting> Invalid\ (?:header\ value|Host\ header:)\ ) (?: '.*' | \\?"[^"]*" )
    | \beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?"""
)
"""What looks like credentials: in a header, a query or a URL, or a token wherever it stands.

Tornado quotes (``repr``) a header that cannot be read, and nobody knows what is in there.
"""


def without_secrets(line: str) -> str:
    """``line`` with stars for what looks like credentials, should any have come so far."""
    return SECRET.sub(lambda found: f"{found['before'] or found['quoting'] or ''}***", line)
