"""What looks like credentials, and lines without it."""

import re

LONGEST = 10_000
"""Characters of the longest text that is looked at. Clients can send a megabyte."""
SECRET = re.compile(
    r"""(?ix)
    (?P<before> \b(?:bearer|basic)[\s:]+(?=\S{12}) | \b(?:access_|id_)?(?:token|password|secret)=
      ) [^\s&@,;"'\\]+
    | (?P<user> (?:^|(?<=[\s/'"(]))[^/:@\s'"(]{0,255}+: ) [^/@\s]{1,255}+ (?=@)
    | (?P<quoting> (?: Invalid\ header\ (?:name|value) | Invalid\ Host\ header:
      | Multiple\ host\ headers\ not\ allowed: )\ ) (?: '.*' | '.* | \\?"[^"]*"? )
    | \beyJ[\w-]{5,1024}+\.[\w-]+(?:\.[\w-]*)?"""
)
"""What looks like credentials: in a header, a query or a URL, or a token wherever it stands.

Tornado quotes (``repr``) a header that cannot be read, and nobody knows what is in there. What may
begin anywhere is bounded and possessive, so that a text takes milliseconds whoever made it up.
"""


def shortened(text: str) -> str:
    """``text`` as long as a line of the log may be."""
    more = len(text) - LONGEST
    return text if more <= 0 else f"{text[:LONGEST]}… ({more} more characters)"


def without_secrets(line: str) -> str:
    """``line`` with stars for what looks like credentials, should any have come so far."""
    return SECRET.sub(_starred, line)


def _starred(found: re.Match[str]) -> str:
    return f"{found['before'] or found['user'] or found['quoting'] or ''}***"
