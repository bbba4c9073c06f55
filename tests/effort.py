"""How many examples Hypothesis tries: fewer where the same tests run a second time."""

import os

from hypothesis import settings

__all__ = ["effort"]

SHARE = float(os.environ.get("SERVQUAL_EXAMPLES", "1"))  # .ci/run sets it for the lowest versions


def effort(examples=100):
    """Return the settings of a property: so many examples, or a share of them."""
    return settings(max_examples=max(2, round(SHARE * examples)), deadline=None)
