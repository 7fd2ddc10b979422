"""The outcome of choosing customers in different ways: what each way achieved, and its true uplift curve.

Like the table after a tournament: every player met the same opponents, and the oracle, who may peek, says
how much there was to win. :mod:`crmsim.targeting` plays it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmsim.comparison import bonferroni, mean_interval, paired_interval, verdict
from crmsim.errors import InputError
from crmsim.money_terms import MoneyTerms, money_terms
from crmsim.offer_trial import Offer
from crmsim.response_types import TYPES
from crmsim.scenario import Scenario
from crmsim.strategies import Strategy
from crmsim.uplift import UpliftCurve, uplift_curve

__all__ = ["BY_TYPE", "EFFECTS", "MEASURED", "ORACLE", "TargetingComparison", "true_curve"]

Array = npt.NDArray[np.float64]

#: The best choice that hidden state and other futures allow, which no firm can make. By one half of the
#: futures it chooses, in the other its choice is counted, and the other way round: whoever chooses and counts
#: by the same luck finds more than there is.
ORACLE = "oracle"
EFFECTS = ("uplift", "value_uplift")
#: What is measured of a choice, and its unit. Numbers of customers are per 1,000 who were there.
MEASURED = {
    "net_gain": "currency",
    "offers": "per_thousand",
    "saved": "per_thousand",
    "on_sure_things": "per_thousand",
    "on_lost_causes": "per_thousand",
    "harmed": "per_thousand",
}
#: Offers to customers of each type, in the order of :data:`crmsim.response_types.TYPES`.
BY_TYPE = ("saved", "on_sure_things", "on_lost_causes", "harmed")


@dataclass(frozen=True, eq=False)
class TargetingComparison:
    """The outcome of :func:`crmsim.targeting.compare_targeting`.

    Attributes
    ----------
    scenario : Scenario
        Up to the end of the trial.
    day : int
    share : float
        Of the customers who get the offer.
    offer : Offer
    base : Strategy
        What the firm does anyway.
    scores : tuple of str
        The first is the base of :meth:`differences`; the last is :data:`ORACLE`.
    futures, seed : int
    replications : tuple of int
    runs : DataFrame
        ``replication``, ``score``, ``measure``, ``value``.
    customers : DataFrame
        All replications: the scores, the columns of :meth:`crmsim.offer_trial.OfferTrial.effects`, and for
        the oracle's curve
        ``uplift_0``, ``uplift_1`` (each the mean over half the futures), ``uplift_rank_0`` and
        ``uplift_rank_1`` (each the order that one half suggests, the best last), and the same of
        ``value_uplift``.
    confidence : float
    problems : dict
        From the number of a replication that was left out to what went wrong in it.
    """

    scenario: Scenario
    day: int
    share: float
    offer: Offer
    base: Strategy
    scores: tuple[str, ...]
    futures: int
    seed: int
    replications: tuple[int, ...]
    runs: pd.DataFrame
    customers: pd.DataFrame
    confidence: float
    problems: dict[int, str] = field(default_factory=dict)

    @property
    def money(self) -> MoneyTerms:
        """The terms on which amounts stand: as of the day of the offer."""
        return money_terms(self.scenario, self.day)

    @cached_property
    def _values(self) -> dict[tuple[str, str], Array]:
        rows = self.runs.sort_values("replication", kind="stable")
        return {pair: part.to_numpy() for pair, part in rows.groupby(["score", "measure"])["value"]}

    def values(self, score: str, measure: str) -> Array:
        """Return one value per replication."""
        return self._values[score, measure]

    def levels(self) -> pd.DataFrame:
        """Return what each way to choose achieves.

        Returns
        -------
        DataFrame
            ``score``, ``measure``, ``unit``, ``mean``, ``low``, ``high``, ``n``. ``net_gain`` is in
            currency per customer who was there, cost of the offers deducted; the others are customers per
            1,000 who were there: ``offers`` made, of these ``saved`` (would have left without), wasted
            ``on_sure_things`` and ``on_lost_causes``, and ``harmed`` (would have stayed without).
        """
        return pd.DataFrame(
            [
                {"score": score, "measure": measure, "unit": unit}
                | mean_interval(self.values(score, measure), self.confidence)._asdict()
                for score in self.scores
                for measure, unit in MEASURED.items()
            ]
        )

    def differences(self, base: str | None = None) -> pd.DataFrame:
        """Return the paired difference of each way to choose to one of them, by default the first.

        Returns
        -------
        DataFrame
            ``score``, ``measure``, ``unit``, ``mean``, ``low``, ``high``, ``n``, ``verdict``. The intervals
            of one measure hold for all scores together; several measures are never counted together.

        Raises
        ------
        InputError
            For an unknown base.
        """
        base = self.scores[0] if base is None else base
        if base not in self.scores:
            raise InputError("base", f"must be one of {', '.join(self.scores)}", base)
        rows, confidence = [], bonferroni(self.confidence, len(self.scores) - 1)
        for score in self.scores:
            for measure, unit in MEASURED.items() if score != base else ():
                interval = paired_interval(
                    self.values(base, measure), self.values(score, measure), confidence
                )
                row = {"score": score, "measure": measure, "unit": unit}
                rows.append(row | interval._asdict() | {"verdict": verdict(interval)})
        return pd.DataFrame(rows)

    def curves(self, effect: str = "uplift") -> dict[str, UpliftCurve]:
        """Return the true uplift curve of each score, and of the oracle, over the customers of all runs.

        Parameters
        ----------
        effect : {"uplift", "value_uplift"}
            Customers saved, or currency.

        Returns
        -------
        dict of str to UpliftCurve
            In the order of the scores.

        Raises
        ------
        InputError
            For an unknown effect.
        """
        if effect not in EFFECTS:
            raise InputError("effect", f"must be {' or '.join(EFFECTS)}", effect)
        table = self.customers
        found = {name: true_curve(table[effect], table[name]) for name in self.scores if name != ORACLE}
        ranks = np.concatenate([table[f"{effect}_rank_{half}"] for half in (0, 1)])
        both = true_curve(np.concatenate([table[f"{effect}_{half}"] for half in (1, 0)]), ranks)
        found[ORACLE] = UpliftCurve(both.customers / 2.0, both.gain / 2.0)
        return found

    def coefficients(self, effect: str = "uplift") -> pd.Series:
        """Return the area each score gains over chance, as a share of the oracle's; nan if that has none."""
        curves = self.curves(effect)
        gained = {name: curve.area - curve.area_by_chance for name, curve in curves.items()}
        most = gained[ORACLE] if gained[ORACLE] > 0.0 else np.nan
        return pd.Series({name: area / most for name, area in gained.items()}, name="coefficient")

    def offers_by_type(self) -> pd.DataFrame:
        """Return to which of the four types the offers went.

        Returns
        -------
        DataFrame
            ``score``, ``type`` (of :data:`crmsim.response_types.TYPES`), ``mean``, ``low``, ``high``, ``n``:
            of 100 offers. Where the oracle made none in a replication, that one is left out.
        """
        rows = []
        for score in self.scores:
            offers = self.values(score, "offers")
            for measure, kind in zip(BY_TYPE, TYPES, strict=True):
                went = 100.0 * self.values(score, measure)
                part = np.divide(went, offers, out=np.full(len(went), np.nan), where=offers > 0.0)
                rows.append({"score": score, "type": kind} | mean_interval(part, self.confidence)._asdict())
        return pd.DataFrame(rows)

    def coefficient_intervals(self, effect: str = "uplift") -> pd.DataFrame:
        """Return the coefficient of each score (see :meth:`coefficients`), replication by replication.

        Returns
        -------
        DataFrame
            Indexed by score: ``mean``, ``low``, ``high``, ``n``.
        """
        single = [replace(self, customers=self.customers.loc[[k]]) for k in self.replications]
        found = pd.DataFrame([one.coefficients(effect) for one in single])
        rows = {
            score: mean_interval(found[score].to_numpy(), self.confidence)._asdict() for score in self.scores
        }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("score")


def true_curve(effect: npt.ArrayLike, score: npt.ArrayLike) -> UpliftCurve:
    """Return what treating the best so many would truly add, where the effect on everybody is known.

    Both the uplift curve and the Qini curve of a campaign estimate it: the first as it is, the second times
    the share treated.

    Parameters
    ----------
    effect : array of float, shape (n,)
        Of the treatment on each customer, in any unit.
    score : array of float, shape (n,)
        Higher is to be treated first.

    Returns
    -------
    UpliftCurve

    Raises
    ------
    InputError
        As :func:`crmsim.uplift.uplift_curve`.

    Examples
    --------
    >>> true_curve([0.5, -0.1, 0.2], [3.0, 1.0, 2.0]).gain.round(6).tolist()
    [0.0, 0.5, 0.7, 0.6]
    """
    effect, score = np.asarray(effect, float), np.asarray(score, float)
    treated = np.repeat([1.0, 0.0], len(effect))
    both = uplift_curve(np.concatenate([effect, np.zeros(len(effect))]), np.tile(score, 2), treated)
    return UpliftCurve(both.customers / 2.0, both.gain / 2.0)
