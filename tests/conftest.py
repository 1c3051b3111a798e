"""What tests have in common."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def helsinki() -> Path:
    """Give the folder of real open data; it is no part of the project."""
    base = os.environ.get("KVARTER_DATA") or Path(__file__).parents[2] / "shared" / "data"
    folder = Path(base) / "helsinki"
    if not folder.is_dir():
        reason = f"no real data in {folder}; set KVARTER_DATA to the folder that has helsinki/"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return folder
