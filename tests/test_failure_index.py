"""Tests of failure schemes and the weighted index: worked values, properties, forms, bad input."""

import math
import re
from datetime import UTC, date, datetime
from fractions import Fraction

import attrs
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from servqual._stats.poisson import fay_feuer, gamma_quantile, mid_p
from servqual.failures.counts import FailureCounts
from servqual.failures.index import failure_index, weighted_rate_interval
from servqual.failures.schemes import (
    FailureScheme,
    FailureType,
    failure_scheme,
    failure_scheme_codes,
    load_failure_scheme,
)
from servqual.failures.signed import signed_index
from servqual.failures.weights import weights_from_comparisons, weights_from_points

NAN = math.nan
few = settings(max_examples=40, deadline=None)
METHODS = ("fay-feuer", "mid-p", "normal")
FIGURES = ("failures", "points", "variance", "low", "high", "volume", "rate", "rate_low")
CONFIDENCES = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99, 0.999])
WEIGHTS = st.one_of(st.sampled_from([1, 3, 5, 10, 50, 100]), st.floats(0.01, 1000))
COUNTS = st.one_of(st.just(0), st.integers(0, 20), st.integers(0, 10**6))


def refused(call, said):
    """See that a call fails with a TypeError or ValueError that says this."""
    with pytest.raises((TypeError, ValueError)) as error:
        call()
    assert re.search(said, f"{type(error.value).__name__}: {error.value}")


def close(wanted, rel=1e-10):
    return pytest.approx(wanted, rel=rel, abs=1e-12, nan_ok=True)


def scheme_of(*weights, codes="abcdefghij"):
    """Return a scheme of events with these weights."""
    types = [FailureType(code=c, name=c, weight=w) for c, w in zip(codes, weights, strict=False)]
    return FailureScheme(code="scheme", name="Scheme", types=types)


PARCELS = scheme_of(1, 10, codes=("late", "lost"))
MINUTES = FailureType(code="delay", name="Delay", weight=5, unit="minutes")
DELAYS = FailureScheme(code="delays", name="", types=(*PARCELS.types, MINUTES)) if 0 else (
    attrs.evolve(PARCELS, types=(*PARCELS.types, MINUTES))
)


@st.composite
def tables(draw, least=1):
    """Draw a scheme and counts (periods, types), some of which are often 0."""
    weights = draw(st.lists(WEIGHTS, min_size=least, max_size=5))
    row = st.lists(COUNTS, min_size=len(weights), max_size=len(weights))
    return scheme_of(*weights), np.array(draw(st.lists(row, min_size=1, max_size=4)))


def ends(index):
    return index.low, index.high
