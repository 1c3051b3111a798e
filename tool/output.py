"""The output folder: written whole or not at all, and never over somebody's other files."""

from __future__ import annotations

import ctypes
import errno
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .layers.provenance import sha256

MANIFEST = "manifest.json"
_MARK = ".kvarter-"


class OutputError(OSError):
    """An output folder that cannot be used."""


@contextmanager
def whole(out: Path) -> Iterator[Path]:
    """Give a folder to write into, which takes the place of ``out`` when all went well.

    Parameters
    ----------
    out
        The output folder: not there yet, empty, or the result of an earlier run and nothing else.

    Yields
    ------
    Path
        A temporary folder beside it. It is gone when the block fails or is interrupted, and
        ``out`` is as it was. One left by a run that was killed is removed by the next.

    Raises
    ------
    OutputError
        Where ``out`` holds other files or cannot be written.
    """
    out = out.resolve()
    refuse_other_files(out)
    mark = f".{out.name}{_MARK}"
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        _clear(out.parent, mark, out)
        folder = out.parent / f"{mark}{os.getpid()}"
        folder.mkdir()
    except OSError as error:
        raise OutputError(
            f"{out}: cannot be written: {error.strerror or error}. Name another folder with --out."
        ) from None
    try:
        yield folder
        _take_place(folder, out)
    except Exception as error:
        if _disk_full(error, folder):
            raise OutputError(
                f"{out.parent}: the disk is full. Free space on it, or name a folder on another "
                "one with --out."
            ) from None
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def refuse_other_files(out: Path) -> None:
    """Raise OutputError where the folder holds anything that no earlier run wrote there.

    So it does where the folder cannot be replaced by another.
    """
    if not os.path.lexists(out):
        return
    if not out.is_dir():
        raise OutputError(f"{out}: is a file. Name a folder with --out.")
    out = out.resolve()
    if _mounted(out):
        raise OutputError(
            f"{out}: a disk is mounted there, so that it cannot be replaced. Name a folder inside "
            f"it: --out {out / 'report'}"
        )
    if not os.access(out, os.W_OK):
        raise OutputError(
            f"{out}: cannot be written: it is protected. Name another folder with --out."
        )
    there, empty = set(), set()
    for path in out.rglob("*"):
        if path.is_symlink() or not path.is_dir():
            there.add(path.relative_to(out).as_posix())
        elif not any(path.iterdir()):
            empty.add(path.relative_to(out).as_posix())
    try:
        written = dict(json.loads((out / MANIFEST).read_text(encoding="utf-8"))["outputs"])
        ours = {MANIFEST, *written}
        empty -= {parent.as_posix() for name in written for parent in Path(name).parents}
    except (OSError, ValueError, KeyError, TypeError):
        written, ours = {}, set()
    if changed := [
        name for name in sorted(there & set(written)) if sha256(out / name) != written[name]
    ]:
        raise OutputError(
            f"{out}: {changed[0]} was changed after it was written. Move it to keep it, or name "
            "another folder with --out."
        )
    if others := sorted((there - ours) | empty):
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        raise OutputError(
            f"{out}: holds files that are no result of Kvarter: {', '.join(others[:3])}{more}. "
            "Move them, or name another folder with --out."
        )


def list_outputs(folder: Path) -> dict[str, str]:
    """Give each file of a result and its SHA-256, in the order of their names."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256(path) for path in files}


def _clear(parent: Path, mark: str, out: Path) -> None:
    """Remove what killed runs left, and put back a result that one was about to replace."""
    for path in parent.glob(f"{mark}*"):
        tail = path.name.removeprefix(mark)
        if tail == "earlier":
            if not out.exists():
                path.rename(out)
            else:
                _remove(path)
        elif tail.isdigit() and not _alive(int(tail)):
            _remove(path)


def _remove(path: Path) -> None:
    """Remove a folder, or a link without what it leads to."""
    if path.is_symlink():
        path.unlink()
    else:
        shutil.rmtree(path)


def _alive(process: int) -> bool:
    """Tell whether a process runs; where that cannot be told, say yes."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return process != os.getpid()


def _disk_full(error: Exception, folder: Path) -> bool:
    """Tell whether an error came of a disk, or somebody's share of it, that is full."""
    full = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
    if isinstance(error, OSError) and error.errno in full:
        return True
    # The libraries that write for us have errors of their own, or none that says why.
    told = re.search(r"no space left|disk is full|quota exceeded", str(error), re.IGNORECASE)
    return bool(told) or shutil.disk_usage(folder.parent).free < 1 << 16


def _mounted(out: Path) -> bool:
    """Tell whether a disk, or a folder of another place, is mounted there."""
    if out.is_mount():
        return True
    try:
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return False
    return str(out).replace(" ", r"\040") in {mount.split()[4] for mount in mounts}


def _take_place(folder: Path, out: Path) -> None:
    """Put the finished folder in place of the earlier one."""
    refuse_other_files(out)
    if not out.exists():
        folder.rename(out)
    elif not _exchange(folder, out):
        earlier = out.parent / f".{out.name}{_MARK}earlier"
        out.rename(earlier)
        folder.rename(out)
        shutil.rmtree(earlier)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders in one step of the kernel, where it can (Linux); tell whether it did."""
    if not sys.platform.startswith("linux"):
        return False
    at_here, exchange = -100, 2
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    return (
        renameat2(at_here, os.fsencode(one), at_here, os.fsencode(other), ctypes.c_uint(exchange))
        == 0
    )
