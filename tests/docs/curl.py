"""As much of curl as the pages use, for machines that do not have it."""

import argparse
import http.client
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

PIECE = 65_536
TOO_LONG = 28
"""curl's exit status for an answer that was not complete in time."""


def main() -> int:
    """Make the request of the command line."""
    parser = argparse.ArgumentParser(prog="curl")
    parser.add_argument("url")
    parser.add_argument("-s", "--silent", action="store_true")
    parser.add_argument("-o", "--output", default="-")
    parser.add_argument("-D", "--dump-header")
    parser.add_argument("-H", "--header", action="append", default=[])
    parser.add_argument("--json")
    parser.add_argument("--max-time", type=float, default=60.0)
    options = parser.parse_args()
    headers = dict(each.split(": ", 1) for each in options.header)
    if options.json is not None:
        headers |= {"Content-Type": "application/json", "Accept": "application/json"}
    url = urlsplit(options.url)
    connection = http.client.HTTPConnection(url.netloc, timeout=options.max_time)
    method, target = ("GET" if options.json is None else "POST"), url._replace(scheme="", netloc="")
    connection.request(method, target.geturl(), options.json, headers)
    answer = connection.getresponse()
    if options.dump_header == "-":
        lines = [f"HTTP/1.1 {answer.status} {answer.reason}"]
        lines += [f"{name}: {value}" for name, value in answer.getheaders()]
        sys.stdout.write("\r\n".join([*lines, "", ""]))
        sys.stdout.flush()
    path = "/dev/stdout" if options.output == "-" else options.output
    with Path(path).open("wb") as output:
        try:
            output.writelines(pieces(answer, time.monotonic() + options.max_time))
        except TimeoutError:
            return TOO_LONG
    return 0


def pieces(answer: http.client.HTTPResponse, deadline: float) -> Iterator[bytes]:
    """The body as it comes."""
    while piece := answer.read1(PIECE):
        yield piece
        if time.monotonic() > deadline:
            raise TimeoutError


if __name__ == "__main__":
    sys.exit(main())
