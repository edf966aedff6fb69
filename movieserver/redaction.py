"""What looks like credentials, and lines without it."""

import re

SECRET = re.compile(
    r"""(?ix)
    (?P<before> \b(?:bearer|basic)[\s:]+(?=\S{12}) | \b(?:access_|id_)?(?:token|password|secret)=
      ) [^\s&@,;"'\\]+
    | (?P<user> (?:^|(?<=[\s/'"(]))[^/:@\s]*: ) [^/@\s]+ (?=@)
    | (?P<quoting> (?: Invalid\ header\ value | Invalid\ Host\ header:
      | Multiple\ host\ headers\ not\ allowed: )\ ) (?: '.*' | \\?"[^"]*" )
    | \beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?"""
)
"""What looks like credentials: in a header, a query or a URL, or a token wherever it stands.

Tornado quotes (``repr``) a header that cannot be read, and nobody knows what is in there.
"""


def without_secrets(line: str) -> str:
    """``line`` with stars for what looks like credentials, should any have come so far."""
    return SECRET.sub(_starred, line)


def _starred(found: re.Match[str]) -> str:
    return f"{found['before'] or found['user'] or found['quoting'] or ''}***"
