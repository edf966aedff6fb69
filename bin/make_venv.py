"""Makes or renews .venv for bin/venv: make_venv.py REPOSITORY STAMP [EXTRA]."""

import fcntl
import os
import subprocess
import sys
import venv
from pathlib import Path


def main() -> int:
    here, stamp = Path(sys.argv[1]), Path(sys.argv[2])
    extra = sys.argv[3] if len(sys.argv) > 3 else ""
    if sys.version_info < (3, 11):
        return complain(f"Python 3.11 or later is needed; this is {sys.version.split()[0]}")
    with (here / ".venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        home = stamp.with_name("installed")
        moved = home.exists() and home.read_text() != str(here)
        changed = (here / "setup.py").stat().st_mtime
        if stamp.exists() and stamp.stat().st_mtime > changed and not moved:
            return 0
        print("Setting up .venv; this happens once …", file=sys.stderr)
        python = here / ".venv" / "bin" / "python"
        if moved or not has_pip(python):
            try:
                venv.create(here / ".venv", clear=True, with_pip=True)
            except subprocess.CalledProcessError:
                return complain("Python cannot make .venv; on Debian: apt-get install python3-venv")
        what = f"{here}[{extra}]" if extra else str(here)
        pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        # Debian's pip takes twice as long to find out what to install.
        subprocess.run([*pip, "--upgrade", "pip"], check=False)
        if extra:
            pip.append("--no-compile")  # most of what the extras bring is not used in every run
        # setuptools warns that an editable installation follows the sources, which is its purpose.
        quiet = {**os.environ, "PYTHONWARNINGS": "ignore:Editable installation"}
        if subprocess.run([*pip, "--editable", what], env=quiet, check=False).returncode:
            return complain("pip could not install what movieserver needs; see above")
        stamp.touch()
        home.write_text(str(here))  # an extra brings what the project itself needs
    return 0


def has_pip(python: Path) -> bool:
    """Whether an environment is complete; making one may have failed or been interrupted."""
    asked = [str(python), "-m", "pip", "--version"]
    return (
        python.exists() and not subprocess.run(asked, capture_output=True, check=False).returncode
    )


def complain(message: str, status: int = 1) -> int:
    print(f"bin/venv: {message}", file=sys.stderr)
    return status


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(complain("interrupted; run it again to go on", 130))
