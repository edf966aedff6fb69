import json
import logging
import time
from collections.abc import Iterator

import pytest

from movieserver.handlers.access_log import logged
from movieserver.logs import configure_logging
from movieserver.redaction import LONGEST, without_secrets
from movieserver.request_ids import SANE, chosen_id, current


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_lines_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("warning", "human")
    logging.getLogger("movieserver.x").info("not shown")
    logging.getLogger("movieserver.x").warning("a store is away")
    assert capsys.readouterr().err.endswith(" WARNING movieserver.x: a store is away\n")


@pytest.mark.parametrize("name", ["opentelemetry.sdk", "tornado.general", "movieserver.x"])
def test_no_line_is_below_the_level(capsys: pytest.CaptureFixture[str], name: str) -> None:
    configure_logging("error")
    logging.getLogger(name).warning("not shown")
    logging.getLogger(name).error("shown")
    [line] = capsys.readouterr().err.splitlines()
    assert line.endswith(f" ERROR {name}: shown")


def test_lines_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("debug", "json")
    logging.getLogger("movieserver.x").debug("%d rates", 3)
    [line] = capsys.readouterr().err.splitlines()
    event = json.loads(line)
    assert (event["message"], event["level"], event["logger"]) == (
        "3 rates",
        "DEBUG",
        "movieserver.x",
    )


@pytest.fixture(name="_tokyo")
def _time_zone_of_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("_tokyo")
@pytest.mark.parametrize(
    ("form", "when"),
    [("human", "2026-09-21 23:13:20,250"), ("json", '"timestamp": "2026-09-21T14:13:20.250Z"')],
)
def test_times_for_people_are_local_and_those_for_machines_are_in_utc(
    capsys: pytest.CaptureFixture[str], form: str, when: str
) -> None:
    configure_logging("info", form)
    event = {"msg": "x", "levelno": logging.INFO, "created": 1_790_000_000.25, "msecs": 250.0}
    logging.getLogger().handle(logging.makeLogRecord(event))
    assert when in capsys.readouterr().err


@pytest.mark.parametrize("form", ["human", "json"])
def test_a_talkative_failure_is_a_line(capsys: pytest.CaptureFixture[str], form: str) -> None:
    configure_logging("info", form)
    failed(logging.getLogger("opentelemetry.exporter"))
    [line] = capsys.readouterr().err.splitlines()
    assert "Error connecting to 10.0.0.1: refused" in line
    failed(logging.getLogger("movieserver.x"))
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("driver", ["cassandra.cluster", "kafka.client"])
def test_a_drivers_failure_is_left_to_the_store_to_tell(
    capsys: pytest.CaptureFixture[str], driver: str
) -> None:
    configure_logging("info", "human")
    failed(logging.getLogger(driver))
    assert capsys.readouterr().err == ""


def test_those_who_debug_see_all_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("debug", "human")
    failed(logging.getLogger("cassandra.cluster"))
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["human", "json"])
def test_a_line_of_a_request_has_its_id(capsys: pytest.CaptureFixture[str], form: str) -> None:
    configure_logging("info", form)
    before = current.set("abc-1")
    logging.getLogger("movieserver.x").info("a store is away")
    current.reset(before)
    logging.getLogger("movieserver.x").info("a job begins")
    named, unnamed = capsys.readouterr().err.splitlines()
    if form == "json":
        assert json.loads(named)["request_id"] == "abc-1"
        assert "request_id" not in json.loads(unnamed)
    else:
        assert named.endswith("a store is away [abc-1]")
        assert unnamed.endswith("a job begins")


JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("line", "written"),
    [
        (f"Invalid header value 'Bearer {JWT}\\x01'", "Invalid header value ***"),
        ('from 1: Invalid header value "it\'s\\x01"', "from 1: Invalid header value ***"),
        (
            r'{"message": "Invalid header value \"it\'s\""}',
            '{"message": "Invalid header value ***"}',
        ),
        (r"""Invalid header value 'it\'s "quoted"\x01'""", "Invalid header value ***"),
        (f"Invalid header name 'Bearer {JWT} '", "Invalid header name ***"),
        ("Invalid header value 'cut off", "Invalid header value ***"),
        ("Invalid Host header: 'user:hunter2@x' [1]", "Invalid Host header: *** [1]"),
        ("authorization: basic dXNlcjpwYXNz,", "authorization: basic ***,"),
        ("GET /x?access_token=s3cr3t&year=1957", "GET /x?access_token=***&year=1957"),
        (f"{JWT} is not JSON", "*** is not JSON"),
        ("GET //user:hunter2,x@x/nothing 404", "GET //user:***@x/nothing 404"),
        ("CONNECT user:hunter2@x:80 404", "CONNECT user:***@x:80 404"),
        (
            "Multiple host headers not allowed: 'x,hunter2'",
            "Multiple host headers not allowed: ***",
        ),
        ("GET / 200 0.2 ms [Bearer:hunter2hunter2]", "GET / 200 0.2 ms [Bearer:***"),
        ("12:30:01 alice@example.org rated", "12:30:01 alice@example.org rated"),
        ("postgresql://movies:s3cr3t@db/movies", "postgresql://movies:***@db/movies"),
        ("listening on http://127.0.0.1:8080", "listening on http://127.0.0.1:8080"),
        ("a bearer token: Authorization", "a bearer token: Authorization"),
    ],
)
def test_what_looks_like_credentials_is_not_written(line: str, written: str) -> None:
    assert without_secrets(line) == written


@pytest.mark.parametrize("form", ["human", "json"])
@pytest.mark.parametrize("part", ["(", "(a:", "-eyJ-", "'", "bearer:", "Invalid header name '"])
def test_a_megabyte_is_a_short_line(
    capsys: pytest.CaptureFixture[str], form: str, part: str
) -> None:
    configure_logging("info", form)
    try:
        raise OSError(part * (2**20 // len(part)))
    except OSError as error:
        logging.getLogger("movieserver.x").exception("%s", error)
    written = capsys.readouterr().err
    assert len(written) < 3 * LONGEST
    assert "more characters)" in written or "***" in written
    if form == "json":
        json.loads(written)


def test_secrets_of_a_stack_trace_are_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json")
    try:
        raise OSError(f"refused: Bearer {JWT}")
    except OSError:
        logging.getLogger("movieserver.x").exception("failed")
    assert "eyJ" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "given", ["", "two words", "a" * 65, "line\nbreak", "ü", JWT, "password=x"]
)
def test_an_id_that_is_not_sane_is_replaced(given: str) -> None:
    made = {chosen_id(given) for _ in range(100)}
    assert len(made) == 100
    assert all(SANE.fullmatch(each) for each in made)


@pytest.mark.parametrize("given", ["1", "0af7651916cd43dd8448eb211c80319c", "a.b:c/d+e=@f_g-h"])
def test_a_sane_id_is_taken(given: str) -> None:
    assert chosen_id(given) == given


def failed(log: logging.Logger) -> None:
    try:
        raise OSError("refused")
    except OSError:
        log.warning("Error connecting to %s:", "10.0.0.1", exc_info=True)


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("/movies/tt1", "/movies/tt1"),
        ("/a%20b", "/a%20b"),
        (f"/x/{JWT.replace('.', '%2E')}", "/x/***"),
        (f"/x/{JWT.replace('.', '%252e')}", "/x/***"),
        ("/x/password%3Dhunter3hunter3%0Aline", "/x/password%3D***"),
        (JWT, "***"),
        ("/movies/tt1?a=b;c=~d!", "/movies/tt1?a=b;c=~d!"),
        ("/x\x1b[2J\xc2\x85", "/x%1B[2J%C2%85"),
    ],
)
def test_what_a_client_sent_is_fit_for_a_line(path: str, written: str) -> None:
    assert logged(path).startswith(written)
    assert "hunter3" not in logged(path)
    assert "\n" not in logged(path)


@pytest.mark.parametrize(
    "sent",
    [
        "Invalid header value " + repr("a" * 12_000 + "\0"),
        "Invalid header value " + repr("it's " + "a" * 12_000 + "\0"),
        "Invalid header name 'x",
        'Invalid header name "x',
    ],
)
def test_what_looks_like_a_quotation_ends_no_json(
    capsys: pytest.CaptureFixture[str], sent: str
) -> None:
    configure_logging("info", "json")
    logging.getLogger("movieserver.x").info("Malformed: %s", sent, extra={"sent": sent})
    [line] = capsys.readouterr().err.splitlines()
    event = json.loads(line)
    assert event["logger"] == "movieserver.x"
    assert event["sent"].startswith("Invalid header ")
    assert "***" in event["sent"]


def test_no_character_begins_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "human")
    logging.getLogger("movieserver.x").info("x\x852026 INFO fake: forged\x9b31m\r\nagain\u2028")
    [line] = capsys.readouterr().err.splitlines()
    assert line.endswith(r"x\x852026 INFO fake: forged\x9b31m\r\nagain\u2028")
