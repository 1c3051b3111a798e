"""Set up Kvarter and start it, with nothing but Python 3.11 or newer.

    python3 start.py demo      install, then make the report of the sample municipality
    python3 start.py test      install, then run the tests
    python3 start.py install   install only

It makes a virtual environment in .venv beside this file, builds Kvarter's wheel and installs it
there, with the versions in constraints.txt. What is installed already is not installed again.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
FOLDER = ROOT / ".venv"
BIN = FOLDER / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
ROOMS = ("geo", "layers", "analyses", "maps", "data", "tool")


def state(extras: str) -> str:
    """Tell one state of the sources from another, by what they hold."""
    digest = hashlib.sha256(extras.encode())
    files = [ROOT / "pyproject.toml", ROOT / "constraints.txt"]
    for room in ROOMS:
        files += [p for p in (ROOT / room).rglob("*") if p.is_file() and p.suffix != ".pyc"]
    for file in sorted(files):
        digest.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return digest.hexdigest()


def install(extras: str) -> None:
    """Install Kvarter as a wheel, unless this very state of it is installed."""
    mark = FOLDER / "kvarter-state.txt"
    now = state(extras)
    if PYTHON.exists() and mark.exists() and mark.read_text() == now:
        return
    print("Setting up .venv; the first time this takes some minutes.", flush=True)
    if not (FOLDER / "whole").exists():
        # One that was interrupted half-way has no pip, or half of one.
        venv.create(FOLDER, with_pip=True, clear=True)
        (FOLDER / "whole").touch()
    # What an earlier build left would go into the wheel, files that are gone since included.
    shutil.rmtree(ROOT / "build", ignore_errors=True)
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    subprocess.run([*pip, "-c", "constraints.txt", f".{extras}"], cwd=ROOT, check=True)
    # The same version is not installed twice by pip: changed sources need to be told.
    subprocess.run([*pip, "--no-deps", "--force-reinstall", "."], cwd=ROOT, check=True)
    mark.write_text(now)


def main(arguments: list[str]) -> int:
    """Do what the first argument says; the others go to the program that it starts."""
    task, *rest = arguments or ["help"]
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever has an older one shall be told so
        print("Kvarter needs Python 3.11 or newer; this is " + sys.version.split()[0] + ".")
        return 2
    if task not in ("demo", "test", "install"):
        print(__doc__)
        return 2
    try:
        install("[test,dev]" if task != "demo" else "")
    except KeyboardInterrupt:
        print("Interrupted. Start it again to go on.", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError:
        print("The installation failed; the lines above say why.", file=sys.stderr)
        return 1
    if task == "demo":
        return subprocess.run([str(PYTHON), "-m", "kvarter", "demo", *rest]).returncode
    if task == "test":
        return subprocess.run([str(PYTHON), "-m", "pytest", *rest], cwd=ROOT).returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
