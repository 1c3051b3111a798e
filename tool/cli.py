"""The command line."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from .__main__ import INTERRUPTED

app = typer.Typer(
    name="kvarter",
    help="Measure how people of different groups live and reach services in a municipality, "
    "and what a plan would change.",
    epilog="Begin with: kvarter demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_ROOM = {"layer": 8, "what": 10, "example": 13, "action": 13}
"""The least width of columns that are folded, so that a table is readable at 80 columns."""

StudyFile = Annotated[
    Path, typer.Argument(metavar="STUDY", help="The study file, most often study.toml.")
]
Out = Annotated[
    Path,
    typer.Option(
        "--out",
        "-o",
        help="Folder for the report. An earlier result in it is replaced at the end.",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]


@app.command()
def demo(out: Out = Path("demo"), quiet: Quiet = False) -> None:
    """Make the report of the sample municipality, which is made up."""
    with _errors():
        from .data.sample import folder

        _run(folder() / "study.toml", out, quiet)


@app.command()
def new(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder for the new study file.")
    ],
    zones: Annotated[
        Path | None,
        typer.Option("--zones", help="A file with your zones: its columns are listed for you."),
    ] = None,
) -> None:
    """Write a study file with comments, to be filled in for your own data."""
    with _errors():
        from .new import write

        path = write(folder, zones)
        print(f"Written: {path}\nFill it in, then: kvarter check {path}")


@app.command()
def check(study: StudyFile, quiet: Quiet = False) -> None:
    """Read a study's layers and tell what was found in them; nothing is written."""
    with _errors():
        import pandas as pd

        from .access import Access
        from .autocorrelation import Autocorrelation
        from .layers import disclosure, load
        from .layers.scenarios import read_plans
        from .mistakes import placed
        from .plans import scenarios
        from .segregation import Segregation
        from .study import read

        spec = read(study)
        with _progress(quiet) as progress, placed(study):
            layers = load(
                spec.layers,
                spec.attributes,
                spec.variables,
                spec.study.crs,
                study.parent,
                regions=spec.segregation.regions,
                modes=spec.access.on_streets,
                min_count=spec.study.min_count,
                progress=lambda step: progress(f"reading {step}"),
            )
            layers = read_plans(layers, spec.scenario, study.parent)
            Access(layers, spec, plans=scenarios(layers, spec))
            progress("neighbours")
            found = [layers.checks, Segregation(layers, spec).checks()]
            found.append(Autocorrelation(layers, spec).checks())
        if not quiet:
            account = disclosure.account(layers.accounting, spec.study.min_count)
            _print_checks(pd.concat(found, ignore_index=True), account)


@app.command()
def run(
    study: StudyFile,
    out: Out = Path("report"),
    quiet: Quiet = False,
    audit: Annotated[
        bool,
        typer.Option(
            "--audit",
            help="Set the segregation beside PySAL's; needs: pip install kvarter\\[audit]",
        ),
    ] = False,
) -> None:
    """Measure a study and write its report, maps and tables."""
    with _errors():
        _run(study, out, quiet, audit)


@app.command()
def version() -> None:
    """Print the version."""
    from . import __version__

    print(f"kvarter {__version__}")


def _run(study: Path, out: Path, quiet: bool, audit: bool = False) -> None:
    from .run import run as run_study

    with _progress(quiet) as progress:
        run_study(study, out, audit=audit, progress=progress)
    if not quiet:
        print(f"The report is ready: open {out / 'index.html'} in a browser.")


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[str], object]]:
    """Show the step that runs and the time it has taken, on the standard error."""
    if quiet:
        yield lambda step: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (SpinnerColumn("line"), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting")

        def show(step: str) -> None:
            # Names in a step come from the data: they are no markup.
            bar.update(task, description=step.replace("[", r"\["))
            if not console.is_terminal:
                print(step, file=sys.stderr)

        yield show


@contextmanager
def _errors() -> Iterator[None]:
    """Turn the errors that a person can mend into one message and an exit status."""
    try:
        yield
    except KeyboardInterrupt:
        _fail(INTERRUPTED, 1)
    except MemoryError:
        _fail("Not enough memory. Close other programs, or study fewer zones.", 1)
    except (ValueError, OSError) as error:
        # The classes take a second to import, in which nobody could interrupt with good grace.
        from .layers.errors import ColumnError, LayerError
        from .output import OutputError
        from .study import StudyError

        if isinstance(error, StudyError | ColumnError):
            _fail(str(error), 2)
        if isinstance(error, LayerError | OutputError):
            _fail(str(error), 1)
        if isinstance(error, OSError):
            _fail(f"{error.filename or 'A file'}: {error.strerror or error}.", 1)
        raise


def _fail(message: str, status: int) -> None:
    print(message, file=sys.stderr)
    raise typer.Exit(status)


def _print_checks(checks: object, accounting: object) -> None:
    """Print the findings and the account as tables."""
    import pandas as pd
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    for title, frame in (("What was found", checks), ("What went in and out", accounting)):
        assert isinstance(frame, pd.DataFrame)
        table = Table(
            title=title,
            title_justify="left",
            box=SIMPLE_HEAD,
            padding=(0, 1, 0, 0),
            pad_edge=False,
        )
        for column in frame.columns:
            number = pd.api.types.is_numeric_dtype(frame[column])
            # Ids, names and sentences are folded where they do not fit; a column needs its room.
            whole = number or column in ("rule", "severity", "reason")
            table.add_column(
                column,
                overflow="fold",
                no_wrap=whole,
                min_width=_ROOM.get(column),
                justify="right" if number else "left",
            )
        for row in frame.itertuples(index=False):
            table.add_row(*[escape(_cell(value)) for value in row])
        console.print(table)


def _cell(value: object) -> str:
    """Write a value for a table on the terminal."""
    import pandas as pd

    if pd.isna(value):
        return ""
    return f"{value:,.0f}".replace(",", " ") if isinstance(value, float) else str(value)


def main() -> None:
    """Run the command line."""
    # Who ends us in an orderly way gets what Ctrl-C does: nothing is left behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app()
    except SystemExit as end:
        # Outside a command's own work, the command line's library ends so, and says nothing.
        if end.code == 130:
            raise KeyboardInterrupt from None
        raise
    except Exception as error:
        # A fault of the program, which nobody can mend who only uses it.
        what = (str(error).strip().splitlines() or ["no reason given"])[0]
        name = type(error).__name__
        print(f"Kvarter failed: {name}: {what}", file=sys.stderr)
        print("Nothing was written. Please report it with the study file.", file=sys.stderr)
        sys.exit(1)
