"""A second process that finds the classes and draws the figures while the first goes on.

What it needs takes seconds to import, and drawing takes seconds more; neither waits for the
measures. It is started first and told what to do as soon as that is known.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


class DrawingError(RuntimeError):
    """What went wrong in the second process."""


class Drawer:
    """The second process, as the first one sees it.

    Parameters
    ----------
    process
        It, with pipes to and from it.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._tasks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        # A pipe holds little: who writes to a process that is still importing waits for it.
        threading.Thread(target=self._send, daemon=True).start()

    def _send(self) -> None:
        assert self._process.stdin
        with contextlib.suppress(OSError, ValueError):
            while True:
                self._process.stdin.write(self._tasks.get())
                self._process.stdin.flush()

    def ask(self, task: str, *arguments: Any) -> None:
        """Give it a task, one of `TASKS`, without waiting for it to be taken."""
        self._tasks.put(pickle.dumps((task, arguments)))

    def answer(self) -> Any:
        """Wait for the answer to the first task that has none yet."""
        assert self._process.stdout
        try:
            done, answer = pickle.load(self._process.stdout)
        except (EOFError, pickle.UnpicklingError):
            raise DrawingError("the process that draws the figures has ended") from None
        if not done:
            # A traceback ends in what went wrong, and a message begins with it.
            raise DrawingError(f"{answer.strip().splitlines()[-1]}\n{answer}")
        return answer


@contextmanager
def drawer() -> Iterator[Drawer]:
    """Start the second process; it ends with the block, however that ends."""
    # With -P, a folder named like us where the user stands is not taken for us.
    line = [sys.executable, "-P", "-m", __name__]
    # Ctrl-C reaches a terminal's whole session; the first process alone decides.
    process = subprocess.Popen(
        line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    try:
        yield Drawer(process)
    finally:
        process.kill()
        process.wait()


def classes(figures: dict[str, pd.DataFrame]) -> dict[str, dict[str, list[float]]]:
    """Give the bounds of the classes of each column of each frame."""
    from .maps.classes import breaks

    return {
        name: {column: breaks(frame[column].to_numpy(dtype=float)) for column in frame}
        for name, frame in figures.items()
    }


def draw(charts: list[tuple[str, tuple[Any, ...], dict[str, Any], Path]]) -> None:
    """Draw charts: each a function of one of the modules, its arguments and its file."""
    from .maps import alike_figures, figures, inequality_figures, meeting_figures

    own = (alike_figures, inequality_figures, meeting_figures)
    rooms = {name: room for room in own for name in room.FIGURES}
    for function, arguments, options, path in charts:
        room = rooms.get(function, figures)
        figures.write(getattr(room, function)(*arguments, **options), path)


TASKS: dict[str, Callable[..., Any]] = {"classes": classes, "draw": draw}


def main() -> None:
    """Do what is asked on the standard input, until it ends."""
    # Where there are no sessions, Ctrl-C reaches both processes.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A library that prints must not print into the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    # A letter that a font lacks is nothing that the person who draws can mend.
    warnings.simplefilter("ignore")
    import mapclassify  # noqa: F401
    import matplotlib.figure  # noqa: F401

    from .maps import (  # noqa: F401
        alike_figures,
        figures,
        inequality_figures,
        meeting_figures,
    )

    while True:
        try:
            task, arguments = pickle.load(sys.stdin.buffer)
        except (EOFError, pickle.UnpicklingError):
            return
        try:
            answer: tuple[bool, Any] = True, TASKS[task](*arguments)
        except Exception:
            answer = False, traceback.format_exc()
        try:
            pickle.dump(answer, answers)
            answers.flush()
        except OSError:
            # Nobody is left to hear it. An orderly end would try to write the rest, and complain.
            os._exit(0)


if __name__ == "__main__":
    main()
