"""Pages of other origins: allowed where the profile says so, and nowhere else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Start
from tests.processes import Process, environment

PROFILE = str(Path(__file__).with_name("limited.yaml"))
RATE = "/movies/tt0050083/users/rate"
ALLOWED = "https://films.example"
EVERYWHERE = [
    ("GET", "/movies/top10", 200),
    ("GET", "/movies/top10?rank=best", 400),
    ("GET", "/movies/top10/stream", 200),
    ("GET", "/movies/top", 401),
    ("PUT", "/movies/top10", 405),
    ("GET", "/nowhere", 404),
    ("POST", RATE, 413),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    process = Process("--profile", PROFILE, data=tmp_path_factory.mktemp("origins") / "data")
    yield process
    assert process.terminate() == 0


@pytest.mark.parametrize(("method", "path", "status"), EVERYWHERE)
def test_every_answer_says_who_may_read_it(
    server: Process, method: str, path: str, status: int
) -> None:
    body = b"x" * 5000 if status == 413 else None
    for origin, allowed in ((ALLOWED, ALLOWED), ("https://evil.example", None), (None, None)):
        headers = {"Origin": origin} if origin else {}
        with server.call(method, path, headers=headers, data=body, stream=True) as answer:
            assert answer.status_code in (status, 429)
            assert answer.headers.get("Access-Control-Allow-Origin") == allowed
            assert "Origin" in answer.headers["Vary"].split(", ")
            assert "Access-Control-Allow-Credentials" not in answer.headers
            exposed = answer.headers.get("Access-Control-Expose-Headers", "").split(", ")
            assert ({"ETag", "Retry-After", "X-Request-Id", "RateLimit"} <= {*exposed}) == bool(
                allowed
            )


def test_a_varying_answer_keeps_what_it_varied_by(server: Process) -> None:
    answer = server.get("/openapi.json", headers={"Origin": ALLOWED})
    assert answer.headers["Vary"] == "Accept-Encoding, Origin"


@pytest.mark.parametrize("path", [RATE, "/movies/top10", "/movies/tt0050083", "/users/rates"])
def test_a_preflight_needs_no_token(server: Process, path: str) -> None:
    asks = {"Origin": ALLOWED, "Access-Control-Request-Method": "POST"}
    answer = server.call("OPTIONS", path, headers=asks)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == ALLOWED
    methods = answer.headers["Access-Control-Allow-Methods"].split(", ")
    assert sorted(methods) == ["DELETE", "GET", "HEAD", "POST"]
    allowed = answer.headers["Access-Control-Allow-Headers"].lower().split(", ")
    assert {"authorization", "content-type", "if-none-match"} <= {*allowed}
    assert answer.headers["Access-Control-Max-Age"] == "60"
    refused = server.call("OPTIONS", path, headers=asks | {"Origin": "https://evil.example"})
    assert not [name for name in refused.headers if name.startswith("Access-Control")]


def test_all_origins(start: Start, tmp_path: Path) -> None:
    profile = tmp_path / "open.yaml"
    profile.write_text(
        "profile: open\nlisten: 127.0.0.1:0\nhandlers:\n  health: {access: public}\n"
        'cors: {origins: ["*"]}\n'
    )
    server = start("--profile", str(profile))
    for headers in ({"Origin": "https://any.example"}, {}):
        answer = server.get("/health/live", headers=headers)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Vary" not in answer.headers
        assert "Access-Control-Allow-Credentials" not in answer.headers
    asks = {"Origin": "https://any.example", "Access-Control-Request-Method": "POST"}
    answer = server.call("OPTIONS", "/health/live", headers=asks)
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, HEAD"


@pytest.mark.parametrize("origins", ["", f"https://www.films.example, {ALLOWED}", "*"])
def test_none_unless_the_environment_names_them(start: Start, origins: str) -> None:
    environ = environment() | {"MOVIESERVER_PAGE_ORIGINS": origins}
    server = start("--profile", "public", environ=environ)
    answer = server.get("/movies/top10", headers={"Origin": ALLOWED})
    expected = {"": None, "*": "*"}.get(origins, ALLOWED)
    assert answer.headers.get("Access-Control-Allow-Origin") == expected
    assert origins or not [name for name in answer.headers if name.startswith("Access-Control")]
