"""Gaps by branch from answers, and levels whose numbers have names."""

from statistics import NormalDist

import numpy as np
import pandas as pd
import polars as pl
import pytest

import servqual as sq
from servqual.gaps import close_gaps, dominant_gap, five_gaps, sequential_gaps, service_gaps

LABELS = ["speed", "care"]
NUMBERS = ("estimate", "se", "df", "low", "high")
ROWS = {"N": 20, "S": 15, "W": 1}


def frame(seed, rows=None, holes=0.1):
    """Return answers with their branch, in mixed order."""
    rng = np.random.default_rng(seed)
    branch = rng.permutation(np.repeat(list(rows or ROWS), list((rows or ROWS).values())))
    answers = rng.integers(2, 8, (len(branch), 2)).astype(float)
    answers[rng.random(answers.shape) < holes] = np.nan
    return pd.DataFrame({"branch": branch, "care": answers[:, 1], "speed": answers[:, 0]})


def levels(**change):
    customers = frame(1)
    return {
        "expectation": customers,
        "management_view": np.random.default_rng(2).integers(4, 8, (9, 2)),
        "standard": sq.Summary([5.0, 6.0], 0, np.inf),
        "delivery": frame(3, {"N": 6, "S": 4}),
        "perception": frame(4).assign(branch=customers["branch"]),
    } | change


BY = {"expectation": "branch", "delivery": "branch", "perception": "branch"}


@pytest.mark.parametrize("paired", [False, True])
def test_all_branches_at_once_are_the_branches_one_by_one(paired):
    given = levels()
    chain = service_gaps(labels=LABELS, by=BY, paired=paired, **given)
    assert chain.measured.branches == ("N", "S", "W")
    for branch in ROWS:
        own = {
            name: given[name][given[name]["branch"] == branch] if name in BY else given[name]
            for name in given
        }
        if not len(own["delivery"]):
            own["delivery"] = sq.Summary([np.nan] * 2, np.nan, 0)
        one = service_gaps(labels=LABELS, paired=paired, **own)
        for table in ("gaps", "by_label", "levels", "shares"):
            ours, theirs = getattr(chain, table).where(branch=branch), getattr(one, table)
            for name in theirs.columns:
                if theirs[name].dtype.kind == "f":
                    np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-12, atol=1e-12)
                else:
                    assert ours[name].tolist() == theirs[name].tolist(), (branch, table, name)
    assert dominant_gap(chain, rng=1).gaps.where(branch="W")["dominant"].tolist() == [False] * 4
    assert set(close_gaps(chain).gaps["branch"]) == set(ROWS)


def test_the_answers_need_no_correlation_of_labels():
    chain = service_gaps(labels=LABELS, by=BY, **levels())
    assert not np.isnan(chain.gaps.row(branch="N", gap="gap3")["se"])
    means = {
        name: sq.Summary(
            *(
                levels()[name].groupby("branch")[LABELS].agg(what)
                for what in ("mean", "std", "count")
            )
        )
        for name in ("expectation", "perception")
    }
    summed = sequential_gaps(means, labels=LABELS)
    ours = sequential_gaps({name: levels()[name] for name in means}, labels=LABELS, by="branch")
    np.testing.assert_allclose(summed.by_label["se"], ours.by_label["se"], rtol=1e-12)
    assert summed.measured.branches == ours.measured.branches
    assert "label_correlation" in summed.gaps.row(branch="N", gap="total")["undefined"]
    assert ours.gaps.row(branch="N", gap="total")["undefined"] == ""


@pytest.mark.parametrize("kind", [pl.from_pandas, dict, lambda f: f])
def test_by_is_a_column_of_any_frame_or_the_labels_themselves(kind):
    given = {"e": frame(1), "p": frame(5)}
    wanted = sequential_gaps(given, labels=LABELS, by="branch").gaps
    own = {name: kind(table) for name, table in given.items()}
    assert sequential_gaps(own, labels=LABELS, by="branch").gaps == wanted
    arrays = {name: table[LABELS].to_numpy() for name, table in given.items()}
    owners = {name: table["branch"].tolist() for name, table in given.items()}
    assert sequential_gaps(arrays, labels=LABELS, by=owners).gaps == wanted


def test_branches_in_an_order_of_ones_own_with_one_that_nobody_visited():
    chain = sequential_gaps(
        {"e": frame(1), "p": frame(5)},
        labels=LABELS,
        by="branch",
        branches=["W", "new", "S", "N"],
    )
    assert list(dict.fromkeys(chain.gaps["branch"])) == ["W", "new", "S", "N"]
    row = chain.gaps.row(branch="new", gap="total")
    assert (row["earlier_n"], row["undefined"]) == (0, "e: a label without answers")


def test_five_gaps_by_branch():
    given = levels(external_communication=sq.Summary([6.5, 6.5], 0, np.inf))
    found = five_gaps(labels=LABELS, by=BY, **given)
    row = found.gaps.row(branch="S", gap="gap4")
    own = given["delivery"][given["delivery"]["branch"] == "S"][LABELS]
    assert row["estimate"] == pytest.approx(6.5 - own.mean().mean(), abs=1e-12)


# --- names of a frame or series -------------------------------------------------------------------


def test_a_summary_takes_the_labels_of_a_series_by_name():
    named = sq.Summary(pd.Series({"care": 6.0, "speed": 5.0}), 1, 20)
    assert named.labels == ("care", "speed")
    gaps = sequential_gaps({"e": named, "p": sq.Summary([5, 5], 1, 20)}, labels=LABELS).by_label
    assert gaps.row(label="speed", gap="gap1")["estimate"] == 0
    assert gaps.row(label="care", gap="gap1")["estimate"] == -1


def test_a_summary_takes_branches_and_labels_of_a_frame_by_name():
    means = pd.DataFrame({"care": [1.0, 2.0], "speed": [3.0, 4.0]}, index=["B", "A"])
    named = sq.Summary(means, 1, 20)
    assert (named.labels, named.branches) == (("care", "speed"), ("B", "A"))
    chain = sequential_gaps(
        {"e": sq.Summary([0, 0], 1, 20), "p": named}, labels=LABELS, branches=["A", "B"]
    )
    found = {
        (row["branch"], row["label"]): row["estimate"]
        for row in chain.by_label.where(gap="gap1").rows()
    }
    assert found == {("A", "speed"): 4, ("A", "care"): 2, ("B", "speed"): 3, ("B", "care"): 1}
    assert chain.measured.branches == ("A", "B")


def test_an_absent_branch_of_a_frame_is_one_without_answers():
    wide = frame(1).groupby("branch")[LABELS].agg(["mean", "std", "count"]).reindex(["N", "new"])
    fields = (wide.xs(what, axis=1, level=1) for what in ("mean", "std", "count"))
    found = sq.Summary(*fields)
    assert found.n[1].tolist() == [0, 0]
    chain = sequential_gaps({"a": found, "b": found}, labels=LABELS)
    assert chain.measured.branches == ("N", "new")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: sq.Summary(pd.Series({"a": 1.0, "b": 2.0}), pd.Series({"b": 1, "a": 1}), 9),
            "same labels in the same order",
        ),
        (
            lambda: sequential_gaps(
                {"e": sq.Summary(pd.Series({"care": 6, "sped": 5}), 1, 9), "p": frame(1)},
                labels=LABELS,
            ),
            "`e` must be of the labels speed, care, got a Summary of care, sped",
        ),
        (
            lambda: sequential_gaps({"e": frame(1), "p": frame(5)}, labels=LABELS, by="brunch"),
            "`by`: .* no column 'brunch'; the nearest are 'branch'",
        ),
        (
            lambda: sequential_gaps(
                {"e": frame(1), "p": frame(5)}, labels=LABELS, by={"x": "branch"}
            ),
            "`by`: 'x' is unknown; there are 'e', 'p'",
        ),
        (
            lambda: sequential_gaps({"e": frame(1), "p": frame(5)}, labels=LABELS, by={"e": ["N"]}),
            "`by` must have a label for each of the 36 rows of e, got 1",
        ),
        (
            lambda: sequential_gaps(
                {"e": frame(1), "p": frame(5)}, labels=LABELS, by="branch", branches=["N", "S"]
            ),
            "`branches`: 'W' is unknown; there are 'N', 'S'",
        ),
        (
            lambda: sequential_gaps(
                {"e": frame(1), "p": sq.Summary([[1, 2]] * 4, 1, 9)}, labels=LABELS, by="branch"
            ),
            "levels must have the same branches",
        ),
        (
            lambda: sequential_gaps(
                {"e": frame(1), "p": frame(5)}, labels=LABELS, by="branch", paired=True
            ),
            "`paired` needs e and p in the same branches, row by row",
        ),
    ],
)
def test_names_that_do_not_fit(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_what_is_masked_or_a_word_for_nothing_is_missing():
    masked = np.ma.array([[7.0, 5], [9999, 5]], mask=[[0, 0], [1, 0]])
    words = [["7", "5"], ["NA", " 5"]]
    plain = [[7, 5], [np.nan, 5]]
    wanted = sequential_gaps({"a": plain, "b": plain}, labels=LABELS).levels
    for answers in (masked, words):
        found = sequential_gaps({"a": answers, "b": plain}, labels=LABELS).levels
        assert found == wanted


# --- what mutation found untested -----------------------------------------------------------------


def test_dominance_of_more_branches_than_a_block_holds(monkeypatch):
    monkeypatch.setattr("servqual.gaps.dominance.CELLS", 90)  # three branches of ten draws
    rng = np.random.default_rng(7)
    steps = rng.permuted(np.tile([-3.0, -1.0, 2.0], (11, 1)), axis=1)
    means = 10 + np.hstack([np.zeros((11, 1)), steps.cumsum(axis=1)])
    chain = sequential_gaps(
        {str(k): sq.Summary(means[:, [k]], 0, np.inf) for k in range(4)}, labels=["x"]
    )
    found = dominant_gap(chain, rng=1, draws=10).gaps
    assert found["probability"].reshape(11, 3).tolist() == (steps == -3).astype(float).tolist()
    assert found["dominant"].reshape(11, 3).tolist() == (steps == -3).tolist()


def test_the_probability_of_a_paired_chain_by_the_normal_law():
    """gap1 < gap2 where 2M - E - P < 0: var = v_E + v_P + 2 cov, M being set."""
    rng = np.random.default_rng(8)
    own = rng.standard_normal(4000)
    other = 0.8 * own + 0.6 * rng.standard_normal(4000)
    E, P = 6 + own, 5.02 + other
    chain = sequential_gaps(
        {"E": E[:, None], "M": sq.Summary([5.5], 0, np.inf), "P": P[:, None]},
        labels=["x"],
        paired=True,
    )
    sd = (E + P).std(ddof=1) / np.sqrt(4000)
    wanted = NormalDist().cdf((E.mean() + P.mean() - 11) / sd)
    found = dominant_gap(chain, rng=1, draws=200_000).gaps.row(gap="gap1")["probability"]
    assert found == pytest.approx(wanted, abs=0.004)  # 4 standard errors of the draws
    assert 0.1 < wanted < 0.9


def test_closures_of_branches_are_those_of_each():
    means = np.array([[6, 5.5, 5, 4], [6, 5, 7, 6], [6, np.nan, 5, 4], [5, 7, 6, 3.5]])
    given = {str(k): sq.Summary(means[:, [k]], 1.0, 30) for k in range(4)}
    plan = close_gaps(
        sequential_gaps(given, labels=["x"], branches=list("ABCD")), {"gap3": 0.5}, target=-0.25
    )
    for row, branch in enumerate("ABCD"):
        one = close_gaps(
            sequential_gaps(
                {name: sq.Summary(means[row, [int(name)]], 1.0, 30) for name in given},
                labels=["x"],
            ),
            {"gap3": 0.5},
            target=-0.25,
        )
        for table in ("gaps", "needed"):
            ours, theirs = getattr(plan, table).where(branch=branch), getattr(one, table)
            for name in theirs.columns:
                np.testing.assert_array_equal(ours[name], theirs[name], err_msg=f"{branch} {name}")
    needed = plan.needed.to_dict()
    assert needed["estimate"][:3] == [-0.5, -0.5, -1]
    assert needed["together"][:3] == [1, 0.5, 1]  # -2 to -0.25: gap 3, then gap 1, then half gap 2
    assert "Closures for a whole of -0.25" in str(plan)
    assert "95 % intervals of what is left" in plan.gaps.note
