"""``python -m kvarter``, and the command ``kvarter``: the command line."""

from __future__ import annotations

import sys

INTERRUPTED = "Interrupted. What was in the output folder before is still there."


def main() -> None:
    """Run the command line; an interruption gets its one line while that is imported, too."""
    try:
        from .cli import main as run

        run()
    except KeyboardInterrupt:
        print(INTERRUPTED, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
