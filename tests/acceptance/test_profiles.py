"""The three profiles as three processes that share one SQLite file."""

import re
import socket
from pathlib import Path

import pytest

from movieserver.tokens.secret import make_secret
from tests.conftest import Start
from tests.processes import Process, eventually, run


def test_a_rate_through_one_process_is_in_the_top_ten_of_another(start: Start, data: Path) -> None:
    make_secret(data)
    public = start("--profile", "public")
    rating = start("--profile", "rating")
    consumer = start("--profile", "consumer")

    assert public.get("/movies/tt0050083/users/rate").status_code == 404
    assert rating.get("/movies/top10").status_code == 404
    for user, rate in (("alice", 9), ("bob", 8), ("carol", 10)):
        assert rating.rate(user, "tt0050083", rate).status_code == 200
    first = eventually(lambda: public.top10()[0]["rate_count"] == 3 and public.top10()[0])
    assert (first["id"], first["rate"]) == ("tt0050083", 9.0)
    assert [has_cryptography(each) for each in (public, rating, consumer)] == [False, True, False]
    assert public.get("/movies/tt0050083").json()["distribution"][7:] == [1, 1, 1]

    for process in (rating, consumer, public):
        assert process.terminate() == 0, "".join(process.output)
    assert run("audit", "--wait", "nan", data=data).returncode == 2
    audited = run("audit", "--wait", "0", data=data)
    assert audited.returncode == 0, audited.stdout + audited.stderr
    assert "3 rates of 1 movie, 0 differences" in audited.stdout


def has_cryptography(server: Process) -> bool:
    """Whether it has loaded what only tokens need, which takes 10 MB."""
    return "cryptography" in Path(f"/proc/{server.popen.pid}/maps").read_text()


def test_only_a_server_with_the_folders_secret_tells_how_to_make_a_token(
    start: Start, data: Path, tmp_path: Path
) -> None:
    profile = (Path(__file__).parents[2] / "config" / "dev.yaml").read_text()
    keyed = tmp_path / "keyed.yaml"
    keyed.write_text(f"{profile}\nauth:\n  secret: {'k' * 40}\n")
    greetings = []
    for name in ("dev", str(keyed)):
        server = start("--profile", name)
        assert server.terminate() == 0
        greetings.append("".join(server.output))
    assert ["movieserver token" in greeting for greeting in greetings] == [True, False]


@pytest.mark.parametrize("more", [[], ["--processes", "2"], ["--check"]], ids=" ".join)
def test_protected_handlers_without_a_key_stop_the_start(tmp_path: Path, more: list[str]) -> None:
    data = tmp_path / "a folder"
    ended = run("--profile", "rating", *more, data=data)
    assert (ended.returncode, ended.stdout) == (2, "")
    place, _, message = ended.stderr.partition(": handlers.rates: ")
    assert re.fullmatch(r"movieserver: \S+/rating\.yaml:\d+", place)
    assert message == (
        "needs a key to check tokens with, but there is none; set one under auth, or make the data "
        f"folder's secret: movieserver token --user NAME --data '{data}'\n"
    )
    assert not data.exists()


def test_a_check_sees_the_secret_that_is_there_and_makes_none(data: Path) -> None:
    checked = run("--profile", "dev", "--check", data=data)
    assert checked.returncode == 0
    assert f"{data}/token-secret, made at the first start\n" in checked.stdout
    assert not data.exists()
    make_secret(data)
    for name in ("dev", "rating"):
        checked = run("--profile", name, "--check", data=data)
        assert checked.returncode == 0
        assert f"the secret {data}/token-secret\n" in checked.stdout
    (data / "token-secret").chmod(0o644)
    for more in (["--check"], []):
        refused = run("--profile", "rating", *more, data=data)
        assert refused.returncode == 2
        assert "others can read the secret" in refused.stderr
    assert [each.name for each in data.iterdir()] == ["token-secret"]


def test_readiness_says_why_a_store_is_not_open_yet(start: Start) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
        public = start("--profile", "public", "--movies", f"postgresql://u:p@{address}/films")
        ready = public.get("/health/ready")
    assert ready.status_code == 503
    state = ready.json()["stores"]["movies"]
    assert state["up"] is False
    assert address in state["reason"]
