"""The wheel holds every module, its data and its types."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = {
    "tool": "kvarter",
    **{room: f"kvarter/{room}" for room in ("geo", "layers", "analyses", "maps", "data")},
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    # Of a copy: what an earlier build left in the checkout would be packed again.
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for room in ROOMS:
        shutil.copytree(ROOT / room, source / room, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    line = [sys.executable, "-m", "build", "--wheel", "--outdir", str(out), str(source)]
    done = subprocess.run(line, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(out.glob("*.whl"))


def test_the_wheel_holds_every_file_of_the_rooms_and_each_module_is_imported(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        archive.extractall(tmp_path)
    for room, target in ROOMS.items():
        for path in (ROOT / room).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert f"{target}/{path.relative_to(ROOT / room).as_posix()}" in names
    shipped = sum(p.stat().st_size for p in (tmp_path / "kvarter/data/municipality").iterdir())
    assert shipped <= 4_000_000
    modules = [
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for name in sorted(names)
        if name.startswith("kvarter/") and name.endswith(".py") and "__main__" not in name
    ]
    assert "kvarter.analyses.segregation.evenness" in modules
    code = (
        "import importlib, sys, kvarter\n"
        f"assert kvarter.__file__.startswith({str(tmp_path)!r}), kvarter.__file__\n"
        f"for name in {modules!r}: importlib.import_module(name)"
    )
    environment = {"PYTHONPATH": str(tmp_path), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, env=environment
    )
    assert done.returncode == 0, done.stderr
