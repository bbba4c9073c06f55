"""Complaint trees: worked values, exact fractions, brute force, cases that break off, bad input."""

import math
from fractions import Fraction
from itertools import product

import attrs
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servqual.recovery import (
    Branch,
    ComplaintTree,
    complaint_tree,
    expected_loss,
    tree_from_cases,
    tree_from_counts,
)

from .effort import effort
from .refusing import refused

NAN = math.nan
few = effort(20)


def close(wanted, rel=1e-12, least=1e-12):
    return pytest.approx(wanted, rel=rel, abs=least, nan_ok=True)


def ways(leaving, value=0.0):
    """Return a leaf of those who leave, and one of those who stay."""
    return Branch("leaves", leaving, loss=value), Branch("stays")


def tarp(number):
    """Return the tree of theory.md F5: outcomes of complaints, and silence."""
    outcomes = [("quickly", ".5", ".18"), ("satisfied", ".25", ".46"), ("not", ".25", ".81")]
    voiced = [
        Branch(name, number(share), branches=ways(number(leaving), 500))
        for name, share, leaving in outcomes
    ]
    silent = Branch("says nothing", number(".5"), branches=ways(number(".91"), 500))
    return ComplaintTree("problem", (Branch("complains", number(".5"), branches=voiced), silent))


def ends_of(node, path=(), share=Fraction(1), loss=Fraction(0)):
    """Yield path, exact probability and exact loss of every leaf below a node."""
    for branch in node.branches:
        here = (
            (*path, branch.name),
            share * Fraction(branch.probability),
            loss + Fraction(branch.loss),
        )
        if branch.branches:
            yield from ends_of(branch, *here)
        else:
            yield here


def label(*path):
    return " → ".join(path)


# --- trees ----------------------------------------------------------------------------------------


def leaving(tree):
    """Return the probability of leaving."""
    return math.fsum(r["probability"] for r in tree.leaves.rows() if r["path"].endswith("leaves"))


@pytest.mark.parametrize("number", [float, Fraction])
def test_market_at_risk_as_a_tree(number):
    tree = tarp(number)
    assert leaving(tree) == close(0.65875)  # theory.md F5: 32 937.5 of 50 000
    assert 1 - leaving(tree) == close(0.34125)  # F4: retained at v = .5
    found = expected_loss(tree, failures=50_000)
    assert found.per_failure == close(329.375)
    assert found.total == close(16_468_750)  # F5: x $500


def test_fractions_stay_exact():
    third = Fraction(1, 3)
    inner = (Branch("x", third), Branch("y", third), Branch("z"))
    tree = ComplaintTree("root", (Branch("a", third, branches=inner), Branch("b")))
    assert tree.branches[1].probability == Fraction(2, 3)
    assert tree.branches[0].branches[2].probability == third
    assert tree.leaves["probability"].tolist() == [1 / 9, 1 / 9, 1 / 9, 2 / 3]
    found = {path: share for path, share, _ in ends_of(tarp(Fraction))}
    assert sum(share for path, share in found.items() if "leaves" in path) == Fraction("0.65875")


def test_a_thousand_at_risk_lose_p_times_value():
    tree = ComplaintTree("sold", (Branch("wrong one", 0.03, loss=800), Branch("right one")))
    found = expected_loss(tree, failures=1000)  # seeds.md row 72: p · value
    assert (found.per_failure, found.total) == (close(24), close(24_000))


def test_losses_add_along_a_path_and_pass_back_to_the_node():
    late = Branch("late", 0.5, loss=10, branches=(Branch("gone", 0.25, loss=100), Branch("kept")))
    tree = ComplaintTree("order", (late, Branch("in time", loss=1)))
    assert tree.leaves["loss"].tolist() == [110, 10, 1]
    assert tree.leaves["expected_loss"].tolist() == [0.125 * 110, 0.375 * 10, 0.5]
    nodes = tree.nodes
    assert nodes["path"].tolist() == ["late", "late → gone", "late → kept", "in time"]
    assert nodes["probability"].tolist() == [0.5, 0.25, 0.75, 0.5]
    assert nodes["reach"].tolist() == [0.5, 0.125, 0.375, 0.5]
    assert nodes["loss"].tolist() == [10, 100, 0, 1]
    assert nodes["expected_loss"].tolist() == [10 + 25, 100, 0, 1]
    assert repr(tree) == "ComplaintTree 'order': 3 leaves, expected loss 18"
    assert repr(ComplaintTree("a", [Branch("b")])) == "ComplaintTree 'a': 1 leaf, expected loss 0"


@st.composite
def branches(draw, depth=3):
    """Draw the branches of a node, some of which nothing comes to."""
    size = draw(st.integers(1, 4))
    weights = draw(st.lists(st.integers(0, 9), min_size=size, max_size=size))
    weights[0] += 1
    found = []
    for place, weight in enumerate(weights):
        below = draw(branches(depth=depth - 1)) if depth > 1 and draw(st.booleans()) else ()
        share = Fraction(weight, sum(weights)) if draw(st.booleans()) else weight / sum(weights)
        found.append(Branch("abcd"[place], share, loss=draw(st.integers(0, 50)), branches=below))
    return tuple(found)


def raised(branch, factor):
    below = tuple(raised(one, factor) for one in branch.branches)
    return attrs.evolve(branch, loss=factor * branch.loss, branches=below)


@few
@given(branches(), st.integers(1, 7), st.integers(0, 1000))
def test_leaves_sum_to_one_and_losses_are_linear(below, factor, failures):
    tree = ComplaintTree("root", below)
    found = expected_loss(tree, failures=failures)
    ends = list(ends_of(tree))
    assert tree.leaves["path"].tolist() == [label(*path) for path, *_ in ends]
    assert math.fsum(tree.leaves["probability"]) == close(1)
    np.testing.assert_allclose(tree.leaves["probability"], [float(p) for _, p, _ in ends])
    np.testing.assert_allclose(tree.leaves["loss"], [float(loss) for *_, loss in ends])
    wanted = float(sum(p * loss for _, p, loss in ends))
    assert found.per_failure == close(wanted)
    assert found.total == close(failures * wanted)
    assert found.table["total"].sum() == close(found.total, rel=1e-9)
    root = [row for row in tree.nodes.rows() if " " not in row["path"]]
    assert sum(r["probability"] * r["expected_loss"] for r in root) == close(wanted)
    dearer = ComplaintTree("root", tuple(raised(one, factor) for one in below))
    assert expected_loss(dearer).per_failure == close(factor * wanted)
    if wanted:
        assert found.table["share"].sum() == close(1)


@few
@given(branches())
def test_a_node_is_come_to_as_often_as_its_leaves(below):
    tree = ComplaintTree("root", below)
    leaves = list(tree.leaves.rows())
    for row in tree.nodes.rows():
        own = [x for x in leaves if f"{x['path']} → ".startswith(f"{row['path']} → ")]
        assert row["reach"] == close(math.fsum(x["probability"] for x in own))


def test_the_rest_goes_to_the_branch_without_a_probability():
    tree = ComplaintTree("root", (Branch("a", 0.1), Branch("b"), Branch("c", 0.7)))
    assert tree.branches[1].probability == close(0.2)
    near = [Branch(name, p) for name, p in zip("abc", (0.01, 0.41, 0.58), strict=True)]
    tree = ComplaintTree("root", (*near, Branch("d")))
    assert tree.branches[3].probability == 0  # not the rounding of their sum, 1.1e-16
    rare = ComplaintTree("root", (Branch("a", 1 - 1e-12), Branch("b")))
    assert rare.branches[1].probability == pytest.approx(1e-12, rel=1e-3)
    exact = ComplaintTree("root", (Branch("a", 1 - Fraction(1, 10**20)), Branch("b")))
    assert exact.branches[1].probability == Fraction(1, 10**20)
    assert attrs.evolve(tree) == tree
    assert hash(attrs.evolve(tree)) == hash(tree)


def test_trees_may_be_deep_and_wide():
    branch = Branch("end", loss=1)
    for _ in range(200):
        branch = Branch("on", loss=1, branches=(branch,))
    tree = ComplaintTree("root", (branch,))
    assert len(tree.nodes) == 201
    assert expected_loss(tree).per_failure == 201
    wide = ComplaintTree("root", [Branch(f"{n}", 1 / 300) for n in range(300)])
    assert len(wide.leaves) == 300


def test_nothing_is_lost():
    found = expected_loss(ComplaintTree("root", (Branch("a", 0.5), Branch("b"))), failures=9)
    assert (found.per_failure, found.total, found.failures) == (0, 0, 9)
    assert np.isnan(found.table["share"]).all()
    assert set(found.table["undefined"]) == {"nothing is lost"}


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: Branch(""), "ValueError: `name` must not be blank"),
        (lambda: Branch(3), "TypeError: `name` must be a text"),
        (lambda: Branch("a → b"), "`name` must not have the arrow →, .* got 'a → b'"),
        (lambda: Branch("a", 1.2), r"`probability` must lie in 0..1, got 1.2"),
        (lambda: Branch("a", 40), r"`probability` must lie in 0..1, got 40; 40 % is 0.4"),
        (lambda: Branch("a", -0.1), "`probability` must lie in 0..1"),
        (lambda: Branch("a", Fraction(-1, 3)), "`probability` must lie in 0..1"),
        (lambda: Branch("a", Fraction(4, 3)), "`probability` must lie in 0..1"),
        (lambda: Branch("a", NAN), "`probability` must be a finite number, got nan"),
        (lambda: Branch("a", "0.5"), "TypeError: `probability` must be a number"),
        (lambda: Branch("a", 0.5, loss=-1), "`loss` must be 0 or more, got -1"),
        (lambda: Branch("a", 0.5, loss=math.inf), "`loss` must be a finite number"),
        (lambda: Branch("a", branches="xy"), "TypeError: `branches` must be Branch, got 'x'"),
        (lambda: Branch("a", branches=3), "TypeError: `branches` must be Iterable.*as \\(Branch"),
        (
            lambda: Branch("node", branches=(Branch("a", 0.3), Branch("b", 0.5))),
            r"`branches` of 'node' must have probabilities that sum to 1, got 0.3 \+ 0.5 = 0.8; ",
        ),
        (
            lambda: Branch("node", branches=(Branch("a", 0.7), Branch("b", 0.5), Branch("c"))),
            r"`branches` of 'node' .* sum to 1, got 0.7 \+ 0.5 = 1.2$",
        ),
        (
            lambda: ComplaintTree(
                "root", (Branch("a", Fraction(1, 3)), Branch("b", Fraction(1, 3)))
            ),
            r"`branches` of 'root' .* = 0.666666666667; the",
        ),
        (
            lambda: ComplaintTree("root", (Branch("a"), Branch("b"), Branch("c", 0.1))),
            "`branches` of 'root' .* got none for 'a', 'b'; leave out one at most",
        ),
        (
            lambda: ComplaintTree("root", (Branch("a", 0.5), Branch("a", 0.5))),
            "`branches of 'root'` must be different from each other, got 'a' twice",
        ),
        (lambda: ComplaintTree("root", ()), "`branches` must hold at least one Branch, got none"),
        (lambda: ComplaintTree(" ", (Branch("a"),)), "`name` must not be blank"),
        (lambda: expected_loss(3), "TypeError: `tree` must be ComplaintTree, got 3"),
        (
            lambda: expected_loss(tree_from_counts({"a": 1, "b": 2})),
            "must be ComplaintTree, got a EstimatedTree; of an EstimatedTree give its .tree$",
        ),
        (lambda: expected_loss(tarp(float), failures=-1), "`failures` must be 0 or more"),
        (lambda: expected_loss(tarp(float), failures=NAN), "`failures` must be a finite number"),
    ],
)
def test_trees_that_are_none(call, said):
    refused(call, said)


# --- the usual tree -------------------------------------------------------------------------------

SHARES = {"firm": 0.3, "others": 0.2, "third party": 0.02}
LEAVING = {"firm": 0.3, "others": 0.8, "third party": 0.7, "silent": 0.6}


def usual(**asked):
    asked = {"dissatisfied": 0.4, "responses": SHARES, "leaving": LEAVING, "value": 500} | asked
    return complaint_tree(**asked)


def test_the_usual_tree_has_four_responses():
    tree = usual(content_leaving=0.05)
    first = [row["path"] for row in tree.nodes.rows() if " → " not in row["path"]]
    assert first == ["dissatisfied", "content"]
    said = ["complains to the firm", "tells others", "goes to a third party", "says nothing"]
    wanted = [label("dissatisfied", one, end) for one in said for end in ("stays", "leaves")]
    leaves = tree.leaves
    assert leaves["path"].tolist() == [*wanted, "content → stays", "content → leaves"]
    share = dict(zip(leaves["path"], leaves["probability"], strict=True))
    assert share["dissatisfied → says nothing → leaves"] == close(0.4 * 0.48 * 0.6)
    assert share["dissatisfied → goes to a third party → stays"] == close(0.4 * 0.02 * 0.3)
    assert share["content → leaves"] == close(0.6 * 0.05)
    rate = 0.4 * (0.3 * 0.3 + 0.2 * 0.8 + 0.02 * 0.7 + 0.48 * 0.6) + 0.6 * 0.05
    assert expected_loss(tree).per_failure == close(500 * rate)
    assert expected_loss(usual(dissatisfied=0)).per_failure == 0
    assert usual(responses=SHARES | {"silent": 0.48}).nodes == usual().nodes


def test_responses_that_are_left_out():
    tree = usual(responses={"firm": Fraction(1, 4)}, dissatisfied=1)
    shares = {row["path"]: row["reach"] for row in tree.nodes.rows()}
    assert shares["dissatisfied → says nothing"] == 0.75
    assert not any("third" in path or "others" in path for path in shares)
    every = usual(responses={"firm": 0.7, "others": 0.2, "third party": 0.1}, leaving=LEAVING)
    assert not any("nothing" in path for path in every.nodes["path"])  # 1 but for rounding
    assert usual(responses={}).branches[0].branches[0].probability == 1


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"responses": {"frim": 0.3}}, "`responses`: 'frim' is unknown; the nearest are 'firm'"),
        ({"responses": {"firm": 1.3}}, r"`responses\['firm'\]` must lie in 0..1"),
        (
            {"responses": {"firm": 0.6, "others": 0.5}},
            r"`responses` must sum to 1, got 0.6 \+ 0.5 = 1.1$",
        ),
        (
            {"responses": {"firm": 0.6, "others": 0.5}, "leaving": {"firm": 0, "others": 0}},
            "`responses` must sum to 1",  # none is asked of "silent"
        ),
        (
            {"responses": {"firm": 0.6, "silent": 0.2}},
            r"`responses` must sum to 1, got 0.6 \+ 0.2 = 0.8; leave out 'silent', which takes",
        ),
        ({"responses": {"firm": 0.7, "silent": 0.4}}, r"got 0.7 \+ 0.4 = 1.1; leave out 'silent'"),
        (
            {"responses": {"firm": 0.7, "others": 0.6, "silent": 0.1}},
            r"got 0.7 \+ 0.6 \+ 0.1 = 1.4$",
        ),
        ({"responses": 0.3}, "TypeError: `responses` must be Mapping, got 0.3"),
        ({"leaving": {"firm": 0.3}}, "`leaving` has nothing for 'others', 'third party', 'silent'"),
        ({"leaving": LEAVING | {"x": 1}}, "`leaving`: 'x' is unknown"),
        ({"dissatisfied": 1.1}, "`dissatisfied` must lie in 0..1"),
        ({"content_leaving": -0.1}, "`content_leaving` must lie in 0..1"),
        ({"value": -5}, "`value` must be 0 or more, got -5"),
    ],
)
def test_usual_trees_that_are_none(asked, said):
    refused(lambda: usual(**asked), said)


def test_paths_are_the_names_and_no_labels():
    tree = usual()
    labels = [" → ".join(path) for path in tree.paths]
    assert labels == tree.nodes["path"].tolist()
    assert tree.paths[:2] == (("dissatisfied",), ("dissatisfied", "complains to the firm"))
    found = expected_loss(tree)
    assert [" → ".join(path) for path in found.paths] == found.table["path"].tolist()
    counted = tree_from_counts({"a": {"x": 1, "y": 2}, "b": 3})
    assert counted.paths == (("a",), ("a", "x"), ("a", "y"), ("b",)) == counted.tree.paths
    odd = tree_from_counts({"a b": {"x>y": 1, "->": 2}})  # names are kept as they are
    assert odd.paths == odd.tree.paths == (("a b",), ("a b", "x>y"), ("a b", "->"))


# --- counts ---------------------------------------------------------------------------------------


def test_intervals_of_leaves_are_wilsons():
    for count, n, low, high in (
        (81, 263, 0.25528852, 0.36620958),  # theory.md F1 [R]
        (0, 20, 0, 0.16112516),
        (57, 60, 0.862995, 0.982850),
    ):
        found = tree_from_counts({"a": {"x": count, "y": 0}, "b": n - count}, losses={"a": 10})
        for table, path in ((found.leaves, "a → x"), (found.nodes, "a")):
            row = table.row(path=path)
            assert (row["low"], row["high"]) == pytest.approx((low, high), abs=1e-6)
        assert (found.low, found.high) == pytest.approx((10 * low, 10 * high), abs=1e-5)
        assert found.expected_loss == close(10 * count / n)


SMALL = st.dictionaries(
    st.lists(st.sampled_from("abc"), min_size=3, max_size=3).map(tuple),
    st.integers(0, 12),
    min_size=1,
    max_size=9,
).filter(lambda counts: sum(counts.values()))


@few
@given(SMALL, st.data())
def test_of_whole_cases_shares_and_errors_are_those_of_the_sample(counts, data):
    amounts = data.draw(st.lists(st.integers(0, 9), min_size=3, max_size=3))
    losses = dict(zip("abc", amounts, strict=True))
    losses = {step: loss for step, loss in losses.items() if any(step in path for path in counts)}
    found = tree_from_counts(counts, losses=losses)
    n = sum(counts.values())
    assert (found.n, found.lost, found.cautions) == (n, 0, ())
    for path, count in counts.items():
        row, p = found.leaves.row(path=label(*path)), count / n
        se = math.sqrt(p * (1 - p) / n) if 0 < count < n else NAN
        assert (row["probability"], row["se"]) == close((p, se))
        z = 1.959963984540054
        half = z * math.sqrt(p * (1 - p) * n + z**2 / 4)
        ends = ((count + z**2 / 2 - half) / (n + z**2), (count + z**2 / 2 + half) / (n + z**2))
        assert (row["low"], row["high"]) == close(ends)
        assert (row["least"], row["most"]) == close((p, p))
    own = {path: sum(losses.get(step, 0) for step in path) for path in counts}
    sample = np.repeat([own[path] for path in counts], list(counts.values()))
    assert found.expected_loss == close(sample.mean())
    assert (found.least, found.most) == close((sample.mean(), sample.mean()))
    if sample.std():
        assert found.se == close(sample.std() / math.sqrt(n))
        assert min(own.values()) <= found.low < sample.mean() < found.high <= max(own.values())
    else:
        assert math.isnan(found.se)
        assert found.lacking.startswith("no error: ")
    np.testing.assert_allclose(found.leaves["expected_loss"].sum(), sample.mean(), atol=1e-12)
    assert expected_loss(found.tree).per_failure == close(sample.mean())


def test_lost_cases_by_hand():
    found = tree_from_counts(
        {
            ("complains", "stays"): 30,
            ("complains", "leaves"): 10,
            ("silent", "stays"): 10,
            ("silent", "leaves"): 30,
            ("silent",): 20,
            (): 5,
        },
        losses={"leaves": 100},
    )
    assert (found.n, found.lost) == (105, 25)
    rows = {row["path"]: row for row in found.nodes.rows()}
    assert (rows["silent"]["n"], rows["silent"]["count"], rows["silent"]["lost"]) == (100, 60, 20)
    assert rows["silent → leaves"]["n"] == 40
    assert rows["silent → leaves"]["probability"] == 0.75
    leaf = found.leaves.row(path="silent → leaves")
    assert (leaf["n"], leaf["count"], leaf["probability"]) == (105, 30, close(0.45))
    square = 0.45**2 * (0.4 / (0.6 * 100) + 0.25 / (0.75 * 40))
    assert leaf["se"] == close(math.sqrt(square))
    # R: nll <- function(q) {p <- c(q, 1 - sum(q)); -(30*log(p[1]) + 10*log(p[2]) + 10*log(p[3]) +
    #    30*log(p[4]) + 20*log(p[3] + p[4]))}; V <- solve(optimHess(c(.3, .1, .15), nll,
    #    control = list(ndeps = rep(1e-4, 3)))); sqrt(sum(V)); h <- c(-100, 0, -100);
    #    sqrt(h %*% V %*% h)
    assert leaf["se"] == pytest.approx(0.05511351, rel=1e-6)
    assert found.se == pytest.approx(5.511351, rel=1e-6)
    # R: w <- .45*.55/(.45^2*(.4/(.6*100) + .25/(.75*40))); prop.test(.45*w, w, correct = FALSE)
    assert (leaf["low"], leaf["high"]) == pytest.approx((0.3466663010, 0.5578359569), abs=1e-9)
    assert (leaf["least"], leaf["most"]) == close((30 / 105, 55 / 105))
    assert found.expected_loss == close(100 * (0.4 * 0.25 + 0.6 * 0.75))
    between = 0.4 * (25 - 55) ** 2 + 0.6 * (75 - 55) ** 2
    inside = 0.4**2 * 1875 / 40 + 0.6**2 * 1875 / 40
    assert found.se == close(math.sqrt(between / 100 + inside))
    assert (found.least, found.most) == close((100 * 40 / 105, 100 * 65 / 105))
    assert "25 cases of 105 lost sight of" in found.cautions[0]
    assert f"caution: {found.cautions[0]}" in found.nodes.note
    assert "expected loss 55 (" in found.leaves.note
    assert "of these cases 38.0952 to 61.9048 whatever the lost did" in found.leaves.note


@st.composite
def broken(draw):
    """Draw counts of a tree of two steps of which some cases break off, none at an empty node."""
    counts = {}
    for first in "ab":
        for second in "xyz":
            counts[first, second] = draw(st.integers(0, 6))
        counts[first, "x"] += 1
        counts[(first,)] = draw(st.integers(0, 5))
    return counts | {(): draw(st.integers(0, 4))}


def see_interval(found, p, own, square):
    """Hold the interval of the loss against its definition, where all amounts were seen."""
    at = sorted(set(own.tolist()))
    shares = [p[own >= t].sum() for t in at[1:]]
    if not shares or min(shares) == 0 or max(shares) > 1 - 1e-9:
        return
    z, low, high = 1.959963984540054, 0.0, 0.0
    parts = []
    for place, share in enumerate(shares):
        own_square = square[np.ix_(own >= at[place + 1], own >= at[place + 1])].sum()
        n = share * (1 - share) / own_square
        root = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
        middle, scale = share + z**2 / (2 * n), 1 + z**2 / n
        ends = (middle - root) / scale, (middle + root) / scale
        step = at[place + 1] - at[place]
        parts.append((step * (share - ends[0]), step * (ends[1] - share), own_square))
    for i, (down, up, square_i) in enumerate(parts):
        for j, (other_down, other_up, square_j) in enumerate(parts):
            both = square[np.ix_(own >= at[i + 1], own >= at[j + 1])].sum()
            r = both / math.sqrt(square_i * square_j)
            low, high = low + r * down * other_down, high + r * up * other_up
    mean = p @ own
    wanted = (mean - math.sqrt(low), mean + math.sqrt(high))
    assert (found.low, found.high) == close(wanted, rel=1e-6, least=1e-6)


@few
@given(broken(), st.lists(st.integers(0, 20), min_size=5, max_size=5))
def test_errors_are_those_of_the_delta_method(counts, amounts):
    losses = dict(zip("abxyz", amounts, strict=True))
    found = tree_from_counts(counts, losses=losses)
    sizes = [np.array([sum(counts[f, s] for s in "xyz") + counts[(f,)] for f in "ab"], float)]
    sizes += [np.array([counts[f, s] for s in "xyz"], float) for f in "ab"]
    shares = [size / size.sum() for size in sizes]

    def leaves(shares):
        return np.concatenate([shares[0][0] * shares[1], shares[0][1] * shares[2]])

    own = np.array([losses[f] + losses[s] for f, s in product("ab", "xyz")], float)
    square = np.zeros((6, 6))
    for node, (size, share) in enumerate(zip(sizes, shares, strict=True)):
        slope = np.empty((6, len(share)))
        for place in range(len(share)):
            moved = [one.copy() for one in shares]
            moved[node][place] += 1  # leaves are linear in the shares of one node
            slope[:, place] = leaves(moved) - leaves(shares)
        spread = (np.diag(share) - np.outer(share, share)) / size.sum()
        square += slope @ spread @ slope.T
    p = leaves(shares)
    np.testing.assert_allclose(found.leaves["probability"], p, atol=1e-12)
    wanted = np.sqrt(np.maximum(np.diag(square), 0))
    np.testing.assert_allclose(np.nan_to_num(found.leaves["se"]), wanted, atol=1e-7)
    assert found.expected_loss == close(p @ own)
    see_interval(found, p, own, square)
    wanted = math.sqrt(max(own @ square @ own, 0))
    assert np.nan_to_num(found.se) == pytest.approx(wanted, abs=1e-6)
    assert math.fsum(found.leaves["probability"]) == close(1)


@few
@given(broken(), st.lists(st.integers(0, 20), min_size=5, max_size=5))
def test_bounds_are_reached_by_sending_the_lost_to_the_best_and_the_worst(counts, amounts):
    losses = dict(zip("abxyz", amounts, strict=True))
    found = tree_from_counts(counts, losses=losses)
    ends = list(product("ab", "xyz"))
    lost = [(path, count) for path, count in counts.items() if len(path) < 2 and count]
    n, means = sum(counts.values()), []
    for choice in product(*([e for e in ends if e[: len(p)] == p] for p, _ in lost)):
        whole = {end: counts[end] for end in ends}
        for end, (_, count) in zip(choice, lost, strict=True):
            whole[end] += count
        means.append(sum(c * (losses[f] + losses[s]) for (f, s), c in whole.items()) / n)
    assert (found.least, found.most) == close((min(means), max(means)))
    assert found.least - 1e-9 <= found.expected_loss <= found.most + 1e-9
    for row in found.leaves.rows():
        assert row["least"] - 1e-12 <= row["probability"] <= row["most"] + 1e-12


@few
@given(broken(), st.integers(2, 9))
def test_more_cases_of_the_same_shares_have_smaller_errors(counts, factor):
    found = tree_from_counts(counts, losses={"x": 3, "b": 1})
    more = tree_from_counts({p: factor * c for p, c in counts.items()}, losses={"x": 3, "b": 1})
    np.testing.assert_allclose(more.leaves["probability"], found.leaves["probability"])
    np.testing.assert_allclose(more.leaves["se"] * math.sqrt(factor), found.leaves["se"])
    width = [x.leaves["high"] - x.leaves["low"] for x in (found, more)]
    assert (width[1] < width[0]).all()
    assert more.expected_loss == close(found.expected_loss)


def test_certain_leaves_stand_on_the_cases_that_are_known():
    found = tree_from_counts({("a", "x"): 12, ("a", "y"): 0, ("a",): 8, "b": 0}, losses={"y": 9})
    rows = {row["path"]: row for row in found.leaves.rows()}
    zz = 1.959963984540054**2
    assert (rows["a → x"]["low"], rows["a → x"]["high"]) == close((12 / (12 + zz), 1))
    assert (rows["a → y"]["low"], rows["a → y"]["high"]) == close((0, zz / (12 + zz)))
    assert (rows["b"]["low"], rows["b"]["high"]) == close((0, zz / (20 + zz)))
    assert rows["b"]["lacking"] == "no error: no case ended here"
    assert rows["a → x"]["lacking"] == "no error: all cases with a known end ended here"
    assert (found.low, found.high) == close((0, 9 * zz / (12 + zz)))
    assert found.lacking == "no error: all cases lose the same"
    assert math.isnan(found.se)
    on_b = tree_from_counts({("a", "x"): 12, ("a",): 8, "b": 0}, losses={"b": 9})
    assert on_b.high == close(9 * zz / (20 + zz))
    deep = tree_from_counts({("a", "x"): 5, ("a", "y"): 0, "b": 15}, losses={"y": 9})
    assert deep.high == close(9 * zz / (20 + zz))
    unseen = tree_from_counts({"a": 5, "b": 0, "c": 0}, losses={"b": 1, "c": 3})
    assert unseen.high == close(math.hypot(1, 2) * zz / (5 + zz))  # as if apart


def test_all_cases_lose_something_between():
    found = tree_from_counts({"a": 0, "b": 5, "c": 0}, losses={"a": 1, "b": 2, "c": 3})
    assert found.expected_loss == 2
    half = 1.959963984540054**2 / (5 + 1.959963984540054**2)  # by which 0 of 5 may be above 0
    assert (found.low, found.high) == close((2 - half, 2 + half))
    assert found.lacking == "no error: all cases lose the same"
    same = tree_from_counts({"a": 2, "b": 5}, losses={"a": 4, "b": 4})
    assert same.expected_loss == 4
    assert same.lacking.count("every leaf loses the same") == 2
    assert np.isnan([same.se, same.low, same.high]).all()


def test_a_node_behind_which_nothing_is_known():
    counts = {
        "complains": {"stays": 6, "leaves": 2},
        "silent": {"stays": 0, "leaves": 0, "": 8},
        "sues": {"stays": 0, "leaves": 0},
    }
    found = tree_from_counts(counts, losses={"leaves": 100})
    rows = {row["path"]: row for row in found.leaves.rows()}
    for end in ("stays", "leaves"):
        row = rows[label("silent", end)]
        assert np.isnan([row[k] for k in ("probability", "se", "low", "high")]).all()
        assert row["undefined"] == "of no case is the next step known"
        assert (row["least"], row["most"]) == (0, 0.5)
        assert rows[label("sues", end)]["probability"] == 0
    nodes = {row["path"]: row for row in found.nodes.rows()}
    assert nodes["sues → stays"]["undefined"] == "no case came so far"
    assert nodes["silent → stays"]["undefined"] == "of no case is the next step known"
    assert np.isnan(nodes["silent → stays"]["reach"])
    one = tree_from_counts({"a": {"x": 0, "": 1}, "b": 4})
    assert one.nodes.row(path="a → x")["undefined"] == "of no case is the next step known"
    assert found.undefined == "of no case is the next step known"
    assert np.isnan([found.expected_loss, found.se, found.low, found.high]).all()
    assert (found.least, found.most) == (100 * 2 / 16, 100 * 10 / 16)
    refused(lambda: found.tree, "the tree is not known behind 'silent': of no case")
    alike = tree_from_counts(counts, losses={"silent": 7})  # whatever the silent did then
    assert alike.expected_loss == 3.5
    known = tree_from_counts({k: v for k, v in counts.items() if k != "silent"})
    assert known.tree.leaves["path"].tolist() == ["complains → stays", "complains → leaves", "sues"]


def test_no_cases_or_none_that_goes_on():
    nothing = tree_from_counts({"a": 0, "b": 0}, losses={"a": 5})
    assert (nothing.n, nothing.undefined) == (0, "no cases")
    assert np.isnan([nothing.expected_loss, nothing.least, nothing.most]).all()
    assert set(nothing.leaves["undefined"]) == {"no cases"}
    assert np.isnan(nothing.leaves["most"]).all()
    refused(lambda: nothing.tree, "the tree is not known behind 'failure'")
    lost = tree_from_counts({"a": 0, "b": 0, "": 4}, losses={"a": 5})
    assert lost.undefined == "of no case is the next step known"
    assert (lost.least, lost.most) == (0, 5)
    assert lost.leaves["most"].tolist() == [1, 1]
    one = tree_from_counts({"a": 1}, losses={"a": 5})
    assert (one.expected_loss, one.undefined) == (5, "")
    assert "nan" not in repr(nothing) + repr(lost)


def test_one_case_has_bounds_and_no_cases_have_none():
    one = tree_from_counts({"a": 1, "b": 0})
    for column in ("probability", "least", "most"):
        assert one.leaves[column].tolist() == [1, 0]
    assert one.leaves["undefined"].tolist() == ["", ""]
    none = tree_from_counts({"a": 0, "b": 0})
    for column in ("probability", "least", "most"):
        np.testing.assert_array_equal(none.leaves[column], NAN)
    assert none.leaves["undefined"].tolist() == ["no cases"] * 2


def test_the_largest_losses_are_no_trouble():
    found = tree_from_counts({"a": 3, "b": 1}, losses={"a": 1e100})
    assert found.expected_loss == pytest.approx(0.75e100)
    assert found.se == pytest.approx(math.sqrt(0.75 * 0.25 / 4) * 1e100)
    of_all = expected_loss(found.tree, failures=1e100)
    assert of_all.total == pytest.approx(0.75e200)
    assert of_all.table["share"].tolist() == [1, 0]


def test_losses_by_path_and_by_name():
    counts = {("a", "x"): 1, ("a", "y"): 1, ("b", "x"): 2}
    found = tree_from_counts(counts, losses={"x": 10, ("b", "x"): 30, ("a",): 1, "y": 0})
    assert found.leaves["loss"].tolist() == [11, 1, 30]
    assert found.nodes["loss"].tolist() == [1, 10, 0, 0, 30]
    assert found.tree.leaves["loss"].tolist() == [11, 1, 30]
    without = tree_from_counts(counts)
    assert without.undefined == "no losses were given"
    assert np.isnan(without.leaves["loss"]).all()
    assert expected_loss(without.tree).total == 0
    assert tree_from_counts(counts, losses={}).expected_loss == 0


def test_losses_are_named_as_cells_are_labelled():
    log = {"said": ["x", "x", "y"], "stayed": [True, False, False]}
    found = tree_from_cases(log, stages=("said", "stayed"), losses={False: 500, ("y", False): 60})
    assert found.leaves["path"].tolist() == ["x → False", "x → True", "y → False"]
    assert found.leaves["loss"].tolist() == [500, 0, 60]


def test_nested_counts_are_paths():
    nested = {"a": {"x": 3, ("y", "z"): 2, "": 1}, "b": 4, ("c", "d"): 5}
    paths = {("a", "x"): 3, ("a", "y", "z"): 2, ("a",): 1, ("b",): 4, ("c", "d"): 5}
    assert tree_from_counts(nested) == tree_from_counts(paths)
    assert tree_from_counts(nested) != tree_from_counts(paths | {("b",): 5})


def test_names_that_may_be_slips():
    found = tree_from_counts({"stays": 8, "Stays ".strip(): 2, "leaves": 3})
    assert len(found.cautions) == 1
    assert "'Stays' (2 cases) differs from 'stays' only in case" in found.cautions[0]
    assert "caution: 'Stays'" in found.nodes.note


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: tree_from_counts([1, 2]), "TypeError: `counts` must be Mapping.*to_dict"),
        (lambda: tree_from_counts({}), "`counts` must have at least one path with a step"),
        (lambda: tree_from_counts({(): 3}), "`counts` must have at least one path with a step"),
        (lambda: tree_from_counts({"a": {}}), "`counts` must have at least one path with a step"),
        (lambda: tree_from_counts({"a": -1}), r"`counts\[\('a',\)\]` must be a whole number of at"),
        (lambda: tree_from_counts({"a": 1.5}), "must be a whole number of at least 0, got 1.5"),
        (
            lambda: tree_from_counts({"a": 1e300}),
            "must be at most 9,007,199,254,740,992, got 1e.300",
        ),
        (
            lambda: tree_from_counts({"a": 1}, losses={"a": 2e100}),
            r"`losses\['a'\]` must be at most",
        ),
        (lambda: Branch("a", 0.5, loss=2e100), "`loss` must be at most 1e.100, got 2e.100"),
        (lambda: usual(value=2e100), "`value` must be at most 1e.100, got 2e.100; take a larger"),
        (lambda: expected_loss(usual(), failures=2e100), "`failures` must be at most 1e.100"),
        (lambda: tree_from_counts({"a": NAN}), "must be a finite number, got nan"),
        (lambda: tree_from_counts({"a": math.inf}), "must be a finite number, got inf"),
        (lambda: tree_from_counts({"a": "3"}), "TypeError: .* must be a number, got '3'"),
        (lambda: tree_from_counts({"a": True}), "TypeError: .* must be a number, got True"),
        (lambda: tree_from_counts({3: 1}), "TypeError: `counts` must be a text, got 3"),
        (lambda: tree_from_counts({("a", ""): 1}), "`counts` must not be blank"),
        (lambda: tree_from_counts({"a → b": 1}), "`counts` must not have the arrow"),
        (
            lambda: tree_from_counts({("a", "b"): 1, "a": {"b": 2}}),
            r"`counts` must have each path once, got \('a', 'b'\) twice",
        ),
        (lambda: tree_from_counts({"a": 1}, name=""), "`name` must not be blank"),
        (lambda: tree_from_counts({"a": 1}, confidence=95), "`confidence` must lie between 0 and"),
        (lambda: tree_from_counts({"a": 1}, losses=5), "TypeError: `losses` must be Mapping"),
        (lambda: tree_from_counts({"a": 1}, losses={"a": -5}), r"`losses\['a'\]` must be 0 or"),
        (lambda: tree_from_counts({"a": 1}, losses={"a": None}), r"`losses\['a'\]` must be a num"),
        (
            lambda: tree_from_counts({"leaves": 1}, losses={"leave": 5}),
            "`losses`: 'leave' is no branch of the tree; the nearest are 'leaves'",
        ),
        (
            lambda: tree_from_counts({("a", "b"): 1}, losses={("a", "c"): 5}),
            r"`losses`: \('a', 'c'\) is no branch of the tree; the nearest are 'a → b'",
        ),
        (
            lambda: tree_from_counts({"stays": 1, "leaves": 1}, losses={False: 5}),
            "`losses`: False is no branch of the tree; there are 'stays', 'leaves'",
        ),
        (
            lambda: tree_from_counts({"1": 1}, losses={"1": 5, 1: 6}),
            "`losses` must name each branch once, got '1' twice",
        ),
    ],
)
def test_counts_that_are_none(call, said):
    refused(call, said)


# --- cases ----------------------------------------------------------------------------------------

LOG = {
    "reaction": ["tells", "silent", "silent", "tells", None, "silent", "tells", " ", None],
    "outcome": ["stays", "leaves", None, "leaves", None, "leaves", "stays", "stays", "stays"],
}
COUNTED = {
    "silent": {"leaves": 2, "": 1},
    "tells": {"leaves": 1, "stays": 2},
    "": 3,
}


@pytest.mark.parametrize("kind", [dict, pd.DataFrame, pl.DataFrame, pa.table])
def test_cases_are_counted_by_path(kind):
    found = tree_from_cases(kind(LOG), losses={"leaves": 10})
    wanted = tree_from_counts(COUNTED, losses={"leaves": 10})
    assert found.leaves == wanted.leaves
    assert (found.n, found.lost) == (9, 4)
    late, lost = found.cautions
    assert late == "2 cases with a step behind one that is not known: lost sight of there"
    assert lost == wanted.cautions[0]
    assert found.nodes["path"].tolist() == wanted.nodes["path"].tolist()
    assert late in found.nodes.note


def test_cases_of_an_array_and_of_other_stages():
    rows = np.array([["a", "x", "1"], ["a", "x", "2"], ["b", "", ""]], dtype=object)
    found = tree_from_cases(rows, stages=("one", "two", "three"), name="start")
    assert found.leaves["path"].tolist() == ["a → x → 1", "a → x → 2", "b"]
    assert (found.lost, found.name, found.cautions) == (0, "start", ())
    alone = tree_from_cases({"paid": [0.0, 50.0, 0.0, NAN]}, stages="paid")
    assert alone.leaves["path"].tolist() == ["0", "50"]
    assert alone.nodes["probability"].tolist() == [2 / 3, 1 / 3]


@few
@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from(["x", "y", ""])), min_size=1
    )
    .filter(lambda rows: any(first for first, _ in rows))
    .flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(rows)))
)
def test_the_order_of_cases_does_not_count(both):
    first, second = (
        tree_from_cases(dict(zip(("reaction", "outcome"), zip(*rows, strict=True), strict=True)))
        for rows in both
    )
    assert first == second
    assert first.n == len(both[0])
    known = sum(1 for reaction, _ in both[0] if reaction)
    assert first.nodes["n"][0] == known


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: tree_from_cases(3), "`cases` must be a table"),
        (lambda: tree_from_cases("log.csv"), "`cases` must be a table, got 'log.csv'; read files"),
        (lambda: tree_from_cases({"reaction": ["a"]}), "`stages`: the mapping has no column 'out"),
        (lambda: tree_from_cases(LOG, stages=()), "`stages` must name at least one column"),
        (lambda: tree_from_cases(LOG, stages=("outcome", "outcome")), "'outcome' twice"),
        (lambda: tree_from_cases(LOG, stages=(1,)), "TypeError: `stages` must be a name"),
        (
            lambda: tree_from_cases({"reaction": [], "outcome": []}),
            "`cases` must have at least one row, got none",
        ),
        (
            lambda: tree_from_cases({"reaction": [None, ""], "outcome": ["x", "y"]}),
            "`cases` must have a first step in 'reaction', got none in 2 rows",
        ),
        (
            lambda: tree_from_cases({"reaction": ["a → b"], "outcome": ["x"]}),
            "`stages` must not have the arrow",
        ),
        (lambda: tree_from_cases(np.zeros((2, 3))), "must be a table with a column for each of"),
        (lambda: tree_from_cases(LOG, confidence=1), "`confidence` must lie between 0 and 1"),
        (lambda: tree_from_cases(LOG, losses={"x": 1}), "`losses`: 'x' is no branch"),
    ],
)
def test_cases_that_are_none(call, said):
    refused(call, said)
