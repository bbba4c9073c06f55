"""What refuses bad input: a TypeError or ValueError whose words are looked at."""

import re

import pytest

__all__ = ["refused"]


def refused(call, said):
    """See that a call fails with a TypeError or ValueError that says this."""
    with pytest.raises((TypeError, ValueError)) as error:
        call()
    assert re.search(said, f"{type(error.value).__name__}: {error.value}")
