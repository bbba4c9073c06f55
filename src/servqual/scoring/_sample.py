"""What scores stand on: the sums of a survey, its groups, its clusters and its population."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any, Literal, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import confidence_level, instance, names, shares, whole
from servqual._frames.groups import NO_LABEL, group_column
from servqual._frames.words import first_reason
from servqual._stats.means import (
    Clusters,
    Mean,
    added,
    clustered,
    finite,
    mean_of_means,
    mean_of_sums,
)
from servqual._stats.student import t_interval, t_test
from servqual.survey import SIDES, Moments, Survey, moments_by, respondent_columns
from servqual.tables import Table, interval_note

__all__ = [
    "LEVELS",
    "NOBODY",
    "NOTHING",
    "PAIR",
    "Array",
    "By",
    "Columns",
    "Level",
    "Population",
    "Sample",
    "Weights",
    "asked",
]

Array = NDArray[np.float64]
Columns = dict[str, NDArray[Any]]
By = str | Sequence[str] | None
Level = Literal["dimensions", "items", "overall"]
Population = int | Mapping[Any, int] | None
Weights = Mapping[str, float] | tuple[tuple[str, float], ...] | None
TITLES = {"dimensions": "by dimension", "items": "by item", "overall": "overall"}
PAIR = ("expectations", "perceptions", "gap")
LEVELS: tuple[Level, ...] = ("dimensions", "items", "overall")
NOBODY = "no respondent with both sides"
NOTHING = 1e-12  # of the width of the scale: what is as small is rounding
BY_POINTS = ("weighted", "weighted_aggregate", "covariance")


@attrs.frozen(eq=False)
class Independent:
    """Respondents drawn one by one: how many in each group."""

    drawn: NDArray[np.int64]


@attrs.frozen(eq=False)
class Together:
    """Respondents drawn in clusters: what gives their sums, and how many in each group.

    `effective` is (Σn)²/Σn² over the respondents n of the clusters: so many of equal size.
    """

    sums: Callable[[str, str], Clusters]
    drawn: NDArray[np.int64]
    effective: Array


def asked(name: str, answers: Survey | Moments, faces: Sequence[str]) -> None:
    """See that a survey asked for the sides among these faces."""
    sides = [face for face in faces if face in SIDES]
    if absent := [side for side in sides if side not in answers.sides]:
        msg = (
            f"`{name}` must have {' and '.join(sides)}, got {' and '.join(answers.sides)}; "
            f"give the columns of {' and '.join(absent)} to the reader"
        )
        if "expectations" in absent:
            msg += ", or score perceptions alone: perception_scores, compare_groups(…, "
            msg += "score='perception')"
        raise ValueError(msg)


@attrs.frozen(eq=False, kw_only=True)
class Sample:
    """The sums of a survey by group, how its respondents were drawn, and what is scored.

    Parameters
    ----------
    sums : Moments
        By group.
    units : Independent or Together
        What was drawn: respondents, or clusters of them.
    population : ndarray (groups, 1)
        How many there are to draw from; infinite where nobody said.
    kind : str
        That of the families that the scores stand on: ``""``, ``"|gap"``, ``"|zone"``.
    scores : mapping of str to ndarray
        The overall scores that are a fixed mean of the rows of a level, with their weights.
    by_points : bool
        Whether there are scores weighted by the respondents' own points.
    confidence : float
        That of intervals.
    """

    sums: Moments
    units: "Independent | Together"
    population: Array
    kind: str
    scores: Mapping[str, Array]
    by_points: bool
    confidence: float

    @classmethod
    def of(  # noqa: PLR0913 (the arguments that all scores share)
        cls,
        answers: Survey | Moments,
        kind: str,
        faces: Sequence[str],
        *,
        by: By,
        dimension_weights: Weights = None,
        cluster: str | None = None,
        population: Population = None,
        confidence: float,
        by_points: bool = True,
    ) -> "Sample":
        """Check the arguments, then sum up the survey; `faces` are those that the table is of.

        Without `by_points` the respondents' own points, where they gave any, weigh no scores.
        """
        hint = "; read_survey makes one of a file, survey_from_frame of a frame"
        instance("answers", answers, Survey, Moments, hint=hint)
        asked("answers", answers, faces)
        confidence = confidence_level(confidence)
        by = tuple(group_column("by", name, answers.by) for name in names("by", by))
        if cluster is not None:
            if group_column("cluster", cluster, answers.by) in by:
                msg = f"`cluster` must not be one of `by`, got {cluster!r} for both"
                raise ValueError(msg)
            if population is not None:
                msg = (
                    "`population` does not go with `cluster`: the correction would need the size "
                    "of each cluster; leave it out, which errs on the safe side"
                )
                raise ValueError(msg)
            _all_in_clusters(answers, cluster)
        form = answers.instrument
        d, k = len(form.dimensions), len(form.items)
        scores = {"dimensions": np.full(d, 1 / d), "items": np.full(k, 1 / k)}
        if dimension_weights is not None:
            weights = shares("dimension_weights", dimension_weights, form.dimension_codes)
            scores["weighted"] = weights
        sums = moments_by(answers, by)
        units: Independent | Together = Independent(sums.respondents)
        if cluster is not None:
            units = _clusters(answers, by, cluster)
        pointed = all(("points" + kind, face) in sums.layout.composites for face in faces)
        return cls(
            sums=sums,
            units=units,
            population=_population(population, sums),
            kind=kind,
            scores=scores,
            by_points=by_points and pointed and dimension_weights is None,
            confidence=confidence,
        )

    @property
    def clustered(self) -> bool:
        """Whether respondents were drawn in clusters."""
        return isinstance(self.units, Together)

    def mean(
        self,
        family: str,
        face: str,
        weights: Array | None = None,
        used: NDArray[np.bool_] | None = None,
    ) -> Mean:
        """Return the means of a face's columns (groups, columns), or of their weighted mean."""
        pairs, width = self.sums.products(family, face), self.width(family)
        if weights is None:
            found = mean_of_sums(pairs.diagonal(), width)
        else:
            found = mean_of_means(pairs, weights, width, used)[:, None]
        if isinstance(self.units, Together):
            sums = self.units.sums(family, face)
            found = clustered(found, sums, *sums.errors(weights, used))
        return finite(found, self.population)

    def width(self, family: str) -> Array | float:
        """Return the width of what the columns of a family can be: shares lie in 0..1."""
        width = self.sums.instrument.scale.width
        if not family.startswith("points"):
            return width
        d = len(self.sums.instrument.dimensions)
        return np.array([1.0] * d + [width] * (d + 1))

    def level(self, level: str, face: str) -> Mean:
        """Return the means of the rows of a level (groups, rows); sides count from `centre`."""
        if level != "overall":
            return self.mean(level + self.kind, face)
        found = [
            self.mean(("items" if score == "items" else "dimensions") + self.kind, face, weights)
            for score, weights in self.scores.items()
        ]
        return Mean.beside(found + (self._weighted_by_points(face) if self.by_points else []))

    def is_place(self, level: str, found: Mean) -> NDArray[np.bool_]:
        """Tell which rows are places on the scale: all but the covariance, which stands last."""
        place = np.ones(found.mean.shape[-1], dtype=bool)
        place[-1] = level != "overall" or not self.by_points
        return place

    def on_scale(self, level: str, found: Mean) -> tuple[Mean, Array, Array]:
        """Return means of a side counted from 0, and the ends between which each must lie."""
        scale, place = self.sums.instrument.scale, self.is_place(level, found)
        moved = found.mean + np.where(place, scale.centre, 0)
        ends = self.ends(level, found, scale.low, scale.high)
        return attrs.evolve(found, mean=moved), *ends

    def _weighted_by_points(self, face: str) -> list[Mean]:
        """Return the scores by the respondents' own points, by their means, and the difference.

        The columns are the dimensions' shares w_d, their scores G_d, and Σ w_d G_d. The first
        score is the mean of the last column. The second is Σ w̄_d Ḡ_d, with the error of
        Σ (Ḡ_d w_d + w̄_d G_d). Their difference is the covariance of shares and scores.
        """
        family, d = "points" + self.kind, len(self.sums.instrument.dimensions)
        means = self.mean(family, face).mean
        w, g, own = np.nan_to_num(means[:, :d]), means[:, d:-1], means[:, -1:]
        weighed = w > 0  # a dimension without points needs no scores
        aggregate = np.where(weighed, w * g, 0.0).sum(axis=1, keepdims=True)
        last = np.eye(2 * d + 1)[[-1] * len(own)]
        slopes = np.nan_to_num(np.hstack([np.where(weighed, g, 0.0), w, np.zeros_like(own)]))
        parts = np.hstack([np.ones_like(weighed), weighed, np.zeros_like(own, dtype=bool)])
        rows = (
            (last, last > 0, own),
            (slopes, parts, aggregate),
            (last - slopes, parts | (last > 0), own - aggregate),
        )
        found = [(self.mean(family, face, c, used), x) for c, used, x in rows]
        return [attrs.evolve(m, mean=x).where((m.n > 0) & ~np.isnan(x)) for m, x in found]

    def labels(self, level: str) -> dict[str, Sequence[str]]:
        """Return the key columns of the rows of a level."""
        form = self.sums.instrument
        if level == "dimensions":
            return {"dimension": form.dimension_codes}
        if level == "items":
            return {"dimension": form.item_dimensions, "item": form.item_codes}
        return {"score": [*self.scores, *(BY_POINTS if self.by_points else ())]}

    def table(self, level: str, what: str, columns: Mapping[str, NDArray[Any]], note: str) -> Table:
        """Return the Table of a level from columns (groups, rows)."""
        keys = self.sums.keyed(**self.labels(level))
        return Table(
            title=f"{what} {TITLES[level]}",
            keys=tuple(keys),
            data=[*keys.items(), *((name, cells.ravel()) for name, cells in columns.items())],
            note=note,
        )

    def counts(self, mean: Mean) -> Columns:
        """Return the columns that say how many an estimate stands on."""
        clusters = {"clusters": (mean.df + 1).astype(int)} if self.clustered else {}
        return {"n": mean.n.astype(int), **clusters}

    def ends(self, level: str, found: Mean, low: float, high: float) -> tuple[Array, Array]:
        """Return the ends for each row; a covariance has none."""
        place = self.is_place(level, found)
        return np.where(place, low, -np.inf), np.where(place, high, np.inf)

    def interval(self, mean: Mean, low: Array | float, high: Array | float) -> tuple[Array, Array]:
        """Return Student's interval of means, cut where they cannot lie."""
        below, above = t_interval(mean.mean, mean.se, mean.df, self.confidence)
        return np.maximum(below, low), np.minimum(above, high)

    def test(self, mean: Mean) -> Columns:
        """Return the columns of the test that a mean is 0, and of its size."""
        t, p = t_test(mean.mean, mean.se, mean.df)
        with np.errstate(invalid="ignore", divide="ignore"):
            effect_size = np.where(mean.se > 0, mean.mean / mean.sd, np.nan)
        return {"t": t, "p": p, "effect_size": effect_size}

    def design_effect(self, mean: Mean) -> Columns:
        """Return se² over sd²/n, that of a simple random sample, where there are clusters."""
        if not self.clustered:
            return {}
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = mean.se**2 * mean.n / mean.sd**2
            return {"design_effect": np.where(mean.se > 0, ratio, np.nan)}

    def reasons(
        self, level: str, mean: Mean, least: Array, nobody: str, alone: str = "one respondent"
    ) -> NDArray[np.str_]:
        """Return why numbers of a row are undefined, or nothing; `least` is the row's least n."""
        flat = mean.se == 0
        no_error = (
            "no variation between clusters" if self.clustered else "one weight outweighs all others"
        )
        without_points = np.zeros(mean.n.shape, dtype=bool)
        if level == "overall" and self.by_points:
            without_points[:, -len(BY_POINTS) :] = True
        reasons = {
            f"{nobody} and points": (least == 0) & without_points,
            nobody: least == 0,
            alone: least == 1,
            "one cluster": np.isnan(mean.se) & self.clustered,
            "the whole population answered": flat & (least == self.population) & (mean.sd > 0),
            no_error: flat & (mean.sd > 0),
            "no variation": flat,
        }
        return first_reason(reasons)

    def respondents(self) -> Table:
        """Return the Table of how many count."""
        sums = self.sums
        keys = sums.keyed()
        columns = {
            "n": sums.respondents,
            "empty": sums.empty,
            "weightless": sums.weightless,
            "n_effective": sums.n_effective,
        }
        if isinstance(self.units, Together):
            columns |= {"clusters": self.units.drawn, "clusters_effective": self.units.effective}
        return Table(title="Respondents", keys=tuple(keys), data=[*keys.items(), *columns.items()])

    def note(self, method: str, what: str = "") -> str:
        """Say how intervals, and tests, are made."""
        errors = ["cluster-robust errors"] if self.clustered else []
        if np.isfinite(self.population).any():
            drawn = f"{self.sums.respondents.sum()} of {self.population.sum():.0f} respondents"
            errors.append(f"finite-population correction ({drawn})")
        more = " with " + " and ".join(errors) if errors else ""
        return interval_note(self.confidence, method, what) + more


def _all_in_clusters(answers: Survey | Moments, cluster: str) -> None:
    """See that nobody lacks the label of a cluster: they would be one cluster of their own."""
    parts = answers.grouped(cluster)
    if isinstance(parts, Moments):
        labels = {group: n for (group,), n in zip(parts.groups, parts.respondents, strict=True)}
        without = int(labels.get(NO_LABEL, 0))
    else:
        without = int(((parts.groups(cluster) == NO_LABEL) & parts.counted).sum())
    if without:
        who = "1 respondent has" if without == 1 else f"{without} respondents have"
        msg = (
            f"`cluster`: {who} no {cluster!r}; leave them out first, as "
            f"survey.select(survey.groups({cluster!r}) != {NO_LABEL!r}, reason=…)"
        )
        raise ValueError(msg)


def _clusters(answers: Survey | Moments, by: tuple[str, ...], cluster: str) -> Together:
    """Return the clusters of a survey by group."""
    if isinstance(answers, Moments):
        parts = answers.grouped((*by, cluster))
        parents, drawn, effective = _parents(
            answers.grouped(by).groups, parts.groups, parts.respondents
        )

        def kept(family: str, face: str) -> Clusters:
            sums = parts.products(family, face).diagonal()
            return Clusters(sums.n, sums.w, sums.x, parents, len(drawn))

        return Together(kept, drawn, effective)

    # Columns of respondents, for there may be as many clusters as those.
    labels, codes = answers.crossed((*by, cluster))
    weights = answers.weights if answers.weights.size else np.ones(len(answers))
    sizes = np.bincount(codes[answers.counted], minlength=len(labels))
    parents, drawn, effective = _parents(answers.crossed(by)[0], labels, sizes)
    columns = cache(partial(respondent_columns, answers))

    def summed(family: str, face: str) -> Clusters:
        values = columns(family)[face]
        w: Array = np.where(np.isnan(values), 0.0, weights[:, None])
        x: Array = np.nan_to_num(values) * w
        there: Array = (w > 0).astype(float)
        n, w, x = (added(part, codes, len(labels)) for part in (there, w, x))
        return Clusters(n, w, x, parents, len(drawn))

    return Together(summed, drawn, effective)


def _parents(
    groups: Sequence[tuple[str, ...]],
    parts: Sequence[tuple[str, ...]],
    sizes: NDArray[np.int64],
) -> tuple[NDArray[np.intp], NDArray[np.int64], Array]:
    """Return the group of each of the parts, which have one label more; and by group, how many.

    The last is the effective number of parts, (Σn)²/Σn² over their sizes n.
    """
    place = {group: number for number, group in enumerate(groups)}
    parents = np.array([place[part[:-1]] for part in parts], dtype=np.intp)
    total, square = (np.bincount(parents, sizes.astype(float) ** power) for power in (1, 2))
    with np.errstate(invalid="ignore"):
        return parents, np.bincount(parents[sizes > 0], minlength=len(groups)), total**2 / square


def _population(value: Population, sums: Moments) -> Array:
    """Return how many there are to draw from in each group, (groups, 1)."""
    if value is None:
        return np.full((len(sums.groups), 1), np.inf)
    if sums.by:
        instance("population", value, Mapping, hint="; with `by`, give the size of each group")
        sizes_of = cast("Mapping[Any, int]", value)
        given = {key if isinstance(key, tuple) else str(key): n for key, n in sizes_of.items()}
        keys = [group[0] if len(group) == 1 else group for group in sums.groups]
        if strange := [key for key in given if key not in keys]:
            msg = f"`population` has {strange[0]!r}, which is no group of the answers; leave it out"
            raise ValueError(msg)
        sizes: list[Any] = [given.get(key) for key in keys]
    else:
        keys, sizes = [""], [value]
    for group, size, drawn in zip(keys, sizes, sums.respondents.tolist(), strict=True):
        where = f" of group {group!r}" if group else ""
        if size is None:
            msg = f"`population` must have the size{where}, got {value!r}"
            raise ValueError(msg)
        if whole("population", size, least=1) < drawn:
            msg = f"`population`{where} must be at least the {drawn} that were drawn, got {size}"
            raise ValueError(msg)
    return np.array(sizes, dtype=float)[:, None]
