"""The package of docs/plugins.md, installed and run as a third party's would be."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Start
from tests.processes import eventually, run

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "plugin"
BLOCK = re.compile(r"^`examples/plugin/(\S+)`\n\n```\w+\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SOURCES = ("movieserver", "config", "setup.py", "pyproject.toml", "README.md", "LICENSE")
GENERATED = shutil.ignore_patterns("__pycache__", "*.egg-info", "build")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which movieserver and the example are installed, without a network."""
    folder = tmp_path_factory.mktemp("installed")
    sources = tmp_path_factory.mktemp("sources")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, sources / name, ignore=GENERATED)
        else:
            shutil.copy(ROOT / name, sources / name)
    shutil.copytree(EXAMPLE, sources / "example", ignore=GENERATED)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--target", str(folder)]
    subprocess.run([*pip, *options, str(sources), str(sources / "example")], check=True)
    return folder


@pytest.fixture(autouse=True)
def use_what_is_installed(installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes find the installed packages, and the clone is not where they start."""
    monkeypatch.setenv("PYTHONPATH", str(installed))
    monkeypatch.chdir(tmp_path)


def test_the_document_shows_the_files_as_they_are() -> None:
    blocks = dict(BLOCK.findall((ROOT / "docs" / "plugins.md").read_text("utf-8")))
    files = {
        str(path.relative_to(EXAMPLE)): path.read_text("utf-8")
        for path in EXAMPLE.rglob("*")
        if path.suffix in (".py", ".toml", ".yaml")
        and "build" not in path.relative_to(EXAMPLE).parts  # pip leaves it behind
    }
    assert len(files) > 5
    assert blocks == files


def test_the_handler_the_job_and_the_backend_work(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTES", str(tmp_path / "notes"))
    server = start("--profile", str(EXAMPLE / "profile.yaml"))

    nothing = server.get("/movies/random")
    assert (nothing.status_code, nothing.json()["message"]) == (404, "No film has that many rates.")

    assert server.rate("alice", "tt0050083", 9).status_code == 200
    mine = server.get("/movies/tt0050083/users/rate", headers=server.bearer("alice"))
    assert mine.json() == {"rate": 9}

    decades = dict(server.get("/decades").json()["result"])
    assert (decades[1930], sum(decades.values())) == (90, 621)
    assert server.get("/health/ready").json()["memory"]["decades"]["loaded"]

    found = eventually(lambda: (answer := server.get("/movies/random")).ok and answer.json())
    assert (found["id"], found["rate"], found["rate_count"]) == ("tt0050083", 9.0, 1)
    notes = tmp_path / "notes"
    eventually(lambda: notes.exists() and "12 Angry Men 9.0, " in notes.read_text("utf-8"))


def test_the_backend_passes_the_public_contract_suite(installed: Path, tmp_path: Path) -> None:
    tests = shutil.copytree(EXAMPLE / "tests", tmp_path / "tests", ignore=GENERATED)
    pytest_run = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(tests)]
    ended = subprocess.run(pytest_run, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout
    assert re.search(r"\d\d passed", ended.stdout)


def test_the_same_plugins_work_by_dotted_path(start: Start, tmp_path: Path) -> None:
    profile = (EXAMPLE / "profile.yaml").read_text("utf-8")
    for short, dotted in {
        "  random_movie:": "  movieserver_example.random_movie:resource:",
        "  note_top10:": "  movieserver_example.note_top10:NoteTop10:",
        "  decades:": "  movieserver_example.decades:resource:",
        "  count_decades:": "  movieserver_example.decades:CountDecades:",
        " memory://demo": " {url: memory://d, backend: movieserver_example.memory:backend}",
    }.items():
        profile = profile.replace(short, dotted)
    assert profile.count("movieserver_example") == 5
    (tmp_path / "dotted.yaml").write_text(profile)
    server = start("--profile", "dotted.yaml")
    assert server.get("/movies/random").status_code == 404
    assert server.rate("alice", "tt0050083", 9).status_code == 200


def test_an_installed_movieserver_has_its_profiles(installed: Path, data: Path) -> None:
    checked = run("--profile", "public", "--check", data=data)
    assert checked.returncode == 0, checked.stderr
    assert f"from {installed}/movieserver/config/public.yaml" in checked.stdout


def test_the_command_tells_every_mistake_and_ends_with_2(tmp_path: Path, data: Path) -> None:
    (tmp_path / "wrong.yaml").write_text(
        "profile: wrong\nlisten: 127.0.0.1:0\nprocesses: 0\nhandlers:\n"
        "  random_movi: {access: public}\n"
    )
    ended = run("--profile", "wrong.yaml", data=data)
    assert ended.returncode == 2
    assert "wrong.yaml:3: processes: found 0; allowed: an integer from 1 to 256\n" in ended.stderr
    assert "did you mean 'random_movie'? " in ended.stderr
    assert "Traceback" not in ended.stderr
