"""``python -m kvarter`` is the command line."""

from .cli import main

main()
