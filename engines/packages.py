"""Fetches the servers: jars from Maven Central, the issuer from npm, the rest from Debian."""

import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence
from pathlib import Path

from engines.errors import EngineError

HERE = Path(__file__).parent
JARS = HERE / "lib"
JAVA_HOMES = Path("/usr/lib/jvm")
AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
"""The authorities that the system trusts; Node.js trusts only its own."""
JAVA = 17
"""The only version of Java that both Kafka 4 and Cassandra 5.0 run on."""


def say(text: str) -> None:
    """Report progress on standard error; standard output is only for the environment."""
    print(text, file=sys.stderr, flush=True)


def run(command: Sequence[str | Path], variables: Mapping[str, str] | None = None) -> str:
    """Run ``command`` and return what it prints; raises ``EngineError``, with that, if it fails."""
    done = subprocess.run(
        command,
        env={**os.environ, **(variables or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    if done.returncode:
        raise EngineError(f"{' '.join(map(str, command))} failed:\n{done.stdout.strip()}")
    return done.stdout


def debian(package: str) -> None:
    """Install a Debian package, as root; raises ``EngineError`` for any other user."""
    if os.geteuid():
        raise EngineError(f"{package} is missing; install it: apt-get install {package}")
    say(f"installing {package} …")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    update()
    run(["apt-get", "install", "--yes", "--no-install-recommends", package], quiet)


def update() -> None:
    """Bring the lists of packages up to date, if we may; on a new machine they are empty."""
    if not os.geteuid():
        run(["apt-get", "update"])


def unpacked(package: str) -> Path:
    """The files of a Debian package, fetched but not installed, so that nothing is started."""
    folder = JARS / package
    if not folder.exists():
        say(f"fetching {package} …")
        partial = folder.with_name(f"{package}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        update()
        run(
            [
                "sh",
                "-c",
                'cd "$1" && apt-get download "$2" && dpkg -x "$2"_*.deb .',
                "-",
                partial,
                package,
            ]
        )
        partial.rename(folder)
    return folder


def program(name: str, package: str) -> str:
    """The path of a program, which is installed from ``package`` if it is absent."""
    if shutil.which(name) is None:
        debian(package)
    path = shutil.which(name)
    if path is None:
        raise EngineError(f"{package} is installed, but there is no {name} on the PATH")
    return path


def java() -> str:
    """The path of Java 17: the one in JAVA_HOME, if it is that version, or else Debian's."""
    for again in (False, True):
        for home in (Path(os.environ.get("JAVA_HOME", "/")), *JAVA_HOMES.glob(f"*{JAVA}*")):
            path = str(home / "bin" / "java")
            if os.access(path, os.X_OK) and _version(path) == JAVA:
                return path
        if not again:
            debian(f"openjdk-{JAVA}-jre-headless")
    raise EngineError(f"Java {JAVA} is neither in JAVA_HOME nor under {JAVA_HOMES}")


def java_in(folder: Path) -> list[str]:
    """The command of Java 17 that leaves the report of its own crash in ``folder``."""
    return [java(), f"-XX:ErrorFile={folder / 'hs_err.log'}"]


def jars(name: str) -> Path:
    """The folder of the jars that engines/NAME/pom.xml lists, fetched if absent or older."""
    pom = HERE / name / "pom.xml"
    version = ElementTree.parse(pom).findtext(".//{*}server.version")
    folder = JARS / f"{name}-{version}"
    if not _is_newer(folder, pom):
        maven = program("mvn", "maven")
        say(f"fetching {name} {version} …")
        partial = folder.with_name(f"{folder.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        copy = ["dependency:copy-dependencies", f"-DoutputDirectory={partial}"]
        run([maven, "--batch-mode", "--quiet", "--file", pom, *copy])
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
    return folder


def node_modules(folder: Path) -> None:
    """Install what the package.json in ``folder`` needs, if it is absent or older."""
    if not _is_newer(folder / "node_modules" / ".package-lock.json", folder / "package.json"):
        npm = program("npm", "npm")
        say(f"fetching the packages of {folder.name} …")
        trusted = {"NODE_EXTRA_CA_CERTS": os.environ.get("NODE_EXTRA_CA_CERTS", AUTHORITIES)}
        quiet = ["--no-audit", "--no-fund", "--no-package-lock"]
        run([npm, "install", *quiet, "--prefix", folder], trusted)


def _is_newer(fetched: Path, wanted: Path) -> bool:
    """Whether ``fetched`` exists and was made after ``wanted``, which lists what to fetch."""
    return fetched.exists() and fetched.stat().st_mtime > wanted.stat().st_mtime


def _version(path: str) -> int | None:
    found = re.search(r'version "(\d+)', run([path, "-version"]))
    return int(found[1]) if found else None
