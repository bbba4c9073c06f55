"""Customers without a failure, with a recovery and with a failed one, compared in one survey."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from servqual._checks import confidence_level, named, nearest, text
from servqual._frames.grouped import labels_of, see_indices
from servqual._frames.groups import NO_LABEL
from servqual._stats.ranks import holm
from servqual.recovery._groups_compared import (
    FAILED,
    NO_FAILURE,
    OUTCOME,
    POST_HOC,
    RECOVERED,
    compared,
    contrast_table,
    crowded,
    scores_of,
)
from servqual.tables import Result, Table

__all__ = ["RecoveryEffects", "recovery_effects"]

EXPECTED = (  # first, second, and where theory has the first
    (RECOVERED, NO_FAILURE, "above"),
    (FAILED, NO_FAILURE, "below"),
    (FAILED, RECOVERED, "below"),
)


@attrs.frozen(kw_only=True, repr=False)
class RecoveryEffects(Result):
    """Customers without a failure, with a recovery and with a failed one, compared two by two.

    Parameters
    ----------
    table : Table
        Keyed `first` and `second`: where theory has the first, `expected`; `first_n`, `second_n`,
        `first_missing`, `second_missing`, `first_mean`, `second_mean`, `difference`
        (first - second), `se`, `low`, `high`, `t`, `df`, `p`, `p_one_sided` (in the direction of
        theory alone), `effect_size` (Hedges' g) with `effect_low` and `effect_high`, `p_holm` (p
        adjusted over the rows), `lacking` and `undefined`.
    other_groups : int
        Respondents with another label, or without one, who are left out.
    cautions : tuple of str
        What to mind. The note of `table` has them too.
    """

    table: Table
    other_groups: int
    cautions: tuple[str, ...]


def recovery_effects(
    scores: Any,  # noqa: ANN401 (numbers of any kind)
    *,
    groups: Any,  # noqa: ANN401 (labels of any kind)
    no_failure: str | None = NO_FAILURE,
    recovered: str | None = RECOVERED,
    failed_recovery: str | None = FAILED,
    confidence: float = 0.95,
) -> RecoveryEffects:
    """Return paradox and double deviation of one survey, with p adjusted for asking three times.

    recovered - no failure, failed recovery - no failure, failed recovery - recovered, each as in
    `recovery_paradox`; p_holm by Holm over the rows.

    Parameters
    ----------
    scores : array_like
        One a respondent, such as satisfaction; NaN and None are missing, and counted.
    groups : array_like
        What happened to each: one label a respondent.
    no_failure, recovered, failed_recovery : str or None
        The labels of the three groups, as ``no_failure="no problem"``; None for one that was not
        asked, at most one of them.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    RecoveryEffects
        Rows of groups that were asked. Respondents with other labels are left out and counted.

    Raises
    ------
    TypeError, ValueError
        If scores are no finite numbers in a row, labels do not fit, or no respondent has one that
        is asked for.

    Notes
    -----
    Intervals are one by one. As of `recovery_paradox`: groups that form themselves show what goes
    together, and not what a recovery does.

    References
    ----------
    As of `recovery_paradox`; Holm, S. (1979). A simple sequentially rejective multiple test
    procedure. Scandinavian Journal of Statistics 6(2), 65-70.

    Examples
    --------
    >>> scores = [4, 5, 6, 6, 7, 8, 1, 2, 3]
    >>> groups = ["no failure"] * 3 + ["recovered"] * 3 + ["failed recovery"] * 3
    >>> recovery_effects(scores, groups=groups).table["difference"].tolist()
    [2.0, -3.0, -5.0]
    """
    confidence = confidence_level(confidence)
    see_indices("groups", groups, "scores", scores, instead="")
    values = scores_of("scores", scores)
    factor = labels_of("groups", groups, len(values))
    asked = {NO_FAILURE: no_failure, RECOVERED: recovered, FAILED: failed_recovery}
    labels = _labels(asked, [label for label in factor.labels if label != NO_LABEL])
    parts = {name: values[factor.values == label] for name, label in labels.items()}
    rows = [row for row in EXPECTED if set(row[:2]) <= set(parts)]
    other_groups = len(values) - sum(map(len, parts.values()))
    columns = compared(parts, rows, confidence)
    reasons = {name: columns.pop(name) for name in ("lacking", "undefined")}
    columns |= {"p_holm": holm(columns["p"]), **reasons}
    cautions = (POST_HOC, OUTCOME, *crowded(parts, rows))
    said = f"p_holm over the rows; left out, of other groups or none: {other_groups}"
    return RecoveryEffects(
        table=contrast_table("Recovery effects", columns, cautions, confidence, "Welch's t", said),
        other_groups=other_groups,
        cautions=cautions,
    )


def _labels(asked: Mapping[str, str | None], known: Sequence[str]) -> dict[str, str]:
    """Return the labels of the groups that were asked, which must be different and occur."""
    found: dict[str, str] = {}
    for name, label in asked.items():
        argument = name.replace(" ", "_")
        if label is None:
            continue
        if text(argument, label) in found.values():
            msg = f"`{argument}` must be another label than those of other groups, got {label!r}"
            raise ValueError(msg)
        if label == name and label not in known:
            advice = f"say what this group is called, as {argument}='…', or None"
            msg = f"`{argument}`: no label is {label!r}{nearest(label, known)}; {advice}"
            raise ValueError(msg)
        found[name] = named(argument, label, known)
    if len(found) < 2:
        msg = f"at least two groups must be compared, got {', '.join(found) or 'none'}"
        raise ValueError(msg)
    return found
