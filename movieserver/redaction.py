"""Keeps log lines short and free of what looks like credentials."""

import re

LONGEST = 10_000
"""The most characters of a text that are logged; clients can send a megabyte."""
SECRET = re.compile(
    r"""(?ix)
    (?P<before> \b(?:bearer|basic)[\s:]+(?=\S{12}) | \b(?:access_|id_)?(?:token|password|secret)=
      ) [^\s&@,;"'\\]+
    | (?P<user> (?:^|(?<=[\s/'"(]))[^/:@\s'"(]{0,255}+: ) [^/@\s]{1,255}+ (?=@)
    | (?P<quoting> (?: Invalid\ header\ (?:name|value) | Invalid\ Host\ header:
      | Multiple\ host\ headers\ not\ allowed: )\ ) (?: '.*' | '.* | \\?"[^"]*"? )
    | \beyJ[\w-]{5,1024}+\.[\w-]+(?:\.[\w-]*)?"""
)
"""What looks like credentials: in a header, a query or a URL, or a token anywhere.

Tornado quotes (``repr``) a header that it cannot read. It may hold anything, so all of it counts.
Parts that may begin anywhere are bounded and possessive, so that even a malicious text takes only
milliseconds.
"""


def shortened(text: str) -> str:
    """``text``, cut to the length that a line of the log may have."""
    more = len(text) - LONGEST
    return text if more <= 0 else f"{text[:LONGEST]}… ({more} more characters)"


def without_secrets(line: str) -> str:
    """``line`` with stars in place of what looks like credentials, in case any got this far."""
    return SECRET.sub(_starred, line)


def _starred(found: re.Match[str]) -> str:
    return f"{found['before'] or found['user'] or found['quoting'] or ''}***"
