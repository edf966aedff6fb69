"""The sdist, and the wheel that is built from it: everything is in them, and the wheel serves."""

import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.conftest import Start
from tests.processes import run

ROOT = Path(__file__).parents[2]
PACKAGED = ("movieserver/", "config/")
BESIDE = ("LICENSE", "NOTICE", "README.md", "pyproject.toml", "setup.py")
"""What the sdist has to have as well."""


@pytest.fixture(scope="module")
def tracked() -> dict[str, bytes]:
    """What git tracks of that which is packaged, by path."""
    listed = ["git", "ls-files", "-z", "--", *PACKAGED, *BESIDE]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return {name: (ROOT / name).read_bytes() for name in names.rstrip("\0").split("\0")}


@pytest.fixture(scope="module")
def built(tracked: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the sdist and the wheel, built from what git tracks and nothing else."""
    sources, built = tmp_path_factory.mktemp("sources"), tmp_path_factory.mktemp("built")
    for name, content in tracked.items():
        (sources / name).parent.mkdir(parents=True, exist_ok=True)
        (sources / name).write_bytes(content)
    # Without an option the wheel is built from the sdist.
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(built)]
    done = subprocess.run([*command, str(sources)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return built


@pytest.fixture(scope="module")
def command(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command ``movieserver`` of a new environment with the wheel.

    What the wheel needs is taken from the environment of the tests, after everything that is here;
    so another movieserver there is not found.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python")]
    options = ["--disable-pip-version-check", "--quiet", "--no-compile", "--no-deps", "--no-index"]
    (wheel,) = built.glob("*.whl")
    subprocess.run([*pip, "install", *options, str(wheel)], check=True)
    places = {name: str(folder) for name in ("base", "platbase")}
    installed = Path(sysconfig.get_path("purelib", "venv", vars=places))
    needed = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
    (installed / "needed.pth").write_text("\n".join(needed))
    return folder / "bin" / "movieserver"


def differing(found: Mapping[str, bytes], expected: Mapping[str, bytes]) -> list[str]:
    """The names of what is missing, too much or changed."""
    names = sorted(found.keys() | expected.keys())
    return [name for name in names if found.get(name) != expected.get(name)]


def test_the_sdist_has_every_file(built: Path, tracked: dict[str, bytes]) -> None:
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as sdist:
        found = {
            member.name.partition("/")[2]: file.read()
            for member in sdist.getmembers()
            if (file := sdist.extractfile(member))
        }
    ours = {n: content for n, content in found.items() if n in BESIDE or n.startswith(PACKAGED)}
    assert differing(ours, tracked) == []


def test_the_wheel_has_every_file(built: Path, tracked: dict[str, bytes]) -> None:
    (path,) = built.glob("*.whl")
    with zipfile.ZipFile(path) as wheel:
        found = {name: wheel.read(name) for name in wheel.namelist() if ".dist-info/" not in name}
        licences = {Path(name).name for name in wheel.namelist() if "/licenses/" in name}
    expected = {
        f"movieserver/{name}" if name.startswith("config/") else name: content
        for name, content in tracked.items()
        if name.startswith(PACKAGED)
    }
    assert differing(found, expected) == []
    assert licences == {"LICENSE", "NOTICE"}


def test_the_command_of_the_wheel_serves(
    start: Start, command: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    checked = run("--profile", "public", "--check", data=data, command=[str(command)])
    assert checked.returncode == 0, checked.stderr
    assert f"from {command.parents[1]}/lib" in checked.stdout

    server = start("--profile", "dev", command=[str(command)])
    film = server.get("/movies/bestpictures", params={"title": "parasite"}).json()
    assert (film["id"], film["won"]) == ("tt6751668", True)
    assert server.rate("alice", film["id"], 9).json() == {"rate": 9}
    assert "/movies/{id}/users/rate" in server.get("/openapi.json").json()["paths"]
    assert server.get("/").text.startswith("<!")
    assert server.get("/docs").text.startswith("<!")
    assert server.terminate() == 0


def test_what_an_earlier_build_left_is_not_packaged(tmp_path: Path) -> None:
    left = tmp_path / "movieserver" / "removed.py"
    left.parent.mkdir()
    left.touch()
    line = [sys.executable, "setup.py", "-q", "build_py", "--build-lib", str(tmp_path)]
    subprocess.run(line, cwd=ROOT, check=True, capture_output=True)
    assert (tmp_path / "movieserver" / "server.py").exists()
    assert not left.exists()
