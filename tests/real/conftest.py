"""Public data that nobody on the project wrote; it lies beside the repository and never in it."""

import os
from pathlib import Path

import pytest

DATA = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture(scope="session")
def data():
    """The folder of the data. CI must have it; elsewhere the tests are skipped without it."""
    if not DATA.is_dir():
        said = f"no real data at {DATA}"
        if os.environ.get("CI") == "true":
            pytest.fail(said)
        pytest.skip(said)
    return DATA
