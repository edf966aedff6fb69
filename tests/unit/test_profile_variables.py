"""What stands in a profile for a variable or a file."""

from pathlib import Path

from tests.unit.small_profile import SMALL, mistake, read


def test_variables_stand_for_texts_numbers_and_truth(folder: Path) -> None:
    text = SMALL.replace("small", "'${NAME}-$$${NAME}'") + (
        "processes: ${N}\nshipped_data: ${YES}\nhttp: {idle_timeout: '${SECONDS:-2.5}'}\n"
        "log: {level: '${EMPTY:-debug}'}\nauth: {issuer: '${EMPTY}', audience: '${NONE:-}'}\n"
        "events: {topic: '${N}'}\n"
    )
    environ = {"NAME": "a: {b}", "N": "3", "YES": "true", "EMPTY": ""}
    profile = read(text, environ)
    assert profile.name == "a: {b}-$a: {b}"
    assert (profile.processes, profile.shipped_data) == (3, True)
    assert profile.http.idle_timeout == 2.5
    assert profile.log.level == "debug"
    assert (profile.auth.issuer, profile.auth.audience) == (None, None)
    assert profile.events.topic == "3"


def test_all_that_one_text_lacks_is_told_at_once(folder: Path) -> None:
    lines = mistake(SMALL + "auth: {issuer: '${A}/${B}$ {file:C}'}\n").splitlines()
    assert [line.partition(": auth.issuer: ")[2].partition(";")[0] for line in lines] == [
        "the environment variable A is not set",
        "the environment variable B is not set",
        "found a $ by itself",
    ]


def test_a_variable_between_braces_has_to_be_quoted(folder: Path) -> None:
    line = mistake(SMALL + "http: {idle_timeout: ${SECONDS:-2.5}}\n")
    assert line.startswith("p.yaml:6: not valid YAML")
    assert line.endswith('; between { } or [ ], put a variable in quotes: "${NAME}"')
    assert read(SMALL + 'http: {idle_timeout: "${SECONDS:-2.5}"}\n').http.idle_timeout == 2.5


def test_a_variable_cannot_add_keys(folder: Path) -> None:
    message = mistake(SMALL + "log: ${X}\n", {"X": "{level: debug}"})
    assert "log: found '{level: debug}' (from ${X}); allowed: a mapping" in message


def test_a_file_stands_for_a_secret(folder: Path) -> None:
    (folder / "secret").write_text("s" * 32 + "\n")
    text = SMALL + "auth: {secret: '${file:secret}'}\n"
    assert read(text).auth.secret == "s" * 32
    assert read(text.replace("{file:", f"{{file:{folder}/")).auth.secret == "s" * 32
    assert "ssss" not in repr(read(text))


def test_the_content_of_a_file_is_in_no_message(folder: Path) -> None:
    (folder / "secret").write_text("hunter2")
    assert mistake(SMALL + "processes: ${file:secret}\n") == (
        "p.yaml:6: processes: found a value that is not shown (from ${file:secret}); "
        "allowed: an integer from 1 to 256"
    )


def test_a_file_that_is_no_text_is_refused(folder: Path) -> None:
    (folder / "secret").write_bytes(b"\xff")
    assert mistake(SMALL + "auth: {secret: '${file:secret}'}\n") == (
        "p.yaml:6: auth.secret: the file secret is not UTF-8"
    )


def test_a_variable_holds_a_list_with_commas(folder: Path) -> None:
    origins = "cors: {origins: '${ORIGINS:-}'}\n"
    both = read(SMALL + origins, {"ORIGINS": "https://a.example, http://b.example:8080,"})
    assert both.cors.origins == ("https://a.example", "http://b.example:8080")
    assert read(SMALL + origins).cors.origins == ()
    assert "found the origin 'a.example'" in mistake(SMALL + origins, {"ORIGINS": "a.example"})
