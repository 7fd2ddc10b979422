"""Methods that say what customers are worth, from a firm's records alone.

Ask five people in a firm what a customer is worth, and get five answers: as much as so far, as much as
last year every year, last year's margin times a multiple, what customers of the same recency went on to
bring, what a probability model expects. Each is a :class:`Method`: a name, what it leaves out, and a
function from :class:`~crmsim.confrontation.records.FirmRecords` to a value per customer.

Unless a method says otherwise it values the margin on revenue from the day of review to the horizon,
discounted to that day at the firm's yearly rate, in the currency of the log.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmsim.confrontation.records import YEAR, FirmRecords
from crmsim.errors import CrmsimError, InputError
from crmsim.estimators import fit_bg_nbd, fit_gamma_gamma, fit_pareto_nbd, fit_sbg
from crmsim.metrics.rankings import abc_classes, rfm_score

__all__ = ["METHODS", "Method", "methods_for"]

Array = npt.NDArray[np.float64]
#: Purchases to come are discounted in steps of so many weeks, each to the middle of its step.
_STEP_WEEKS = 4.0
#: Days of a period of the migration chain, and the recency (in periods) from which on all are alike.
_PERIOD_DAYS, _LONGEST_RECENCY = 90, 8
_WITHOUT, _WITH = ("continuous", "periodic"), ("contract",)


@dataclass(frozen=True)
class Method:
    """A way to value customers.

    Parameters
    ----------
    name : str
        Unique among those that are compared.
    value : callable
        From the firm's records to a Series by customer (at least those of ``records.customers``), in
        currency; raises :class:`~crmsim.errors.CrmsimError` where the records do not allow it.
    timings : tuple of str
        Kinds of buying that it is for: ``continuous``, ``periodic``, ``contract``.
    leaves_out : tuple of str
        What it knowingly ignores: ``future`` (it counts the past), ``dropout``, ``differences`` (in
        dropout between customers), ``regression`` (that an extreme year is partly luck), ``horizon``
        (it counts beyond it).
    ranks_only : bool
        Its values are scores: only their order means something.

    Examples
    --------
    >>> Method("as_last_year", lambda books: books.margin * books.last_year).timings
    ('continuous', 'periodic', 'contract')
    """

    name: str
    value: Callable[[FirmRecords], pd.Series]
    timings: tuple[str, ...] = (*_WITHOUT, *_WITH)
    leaves_out: tuple[str, ...] = ()
    ranks_only: bool = False


def methods_for(timing: str, names: Sequence[str] | None = None) -> tuple[Method, ...]:
    """Return the methods for a kind of buying: all, or some by name.

    Parameters
    ----------
    timing : {"continuous", "periodic", "contract"}
    names : sequence of str, optional

    Raises
    ------
    InputError
        When a name is not one of them.

    Examples
    --------
    >>> [method.name for method in methods_for("contract")][-3:]
    ['sbg', 'rfm', 'abc']
    """
    found = {method.name: method for method in METHODS if timing in method.timings}
    for name in names or ():
        if name not in found:
            raise InputError("methods", f"must be some of {', '.join(found)} with {timing} timing", name)
    return tuple(found[name] for name in names) if names is not None else tuple(found.values())


def _same_again(books: FirmRecords) -> pd.Series:
    """Last year's margin again every year, for everybody."""
    return books.margin * books.last_year * books.years_of_annuity


def _historic(books: FirmRecords) -> pd.Series:
    """Historic CLV: the margin so far, undiscounted, as if the time to come were like it."""
    return books.margin * books.revenue


def _retention(books: FirmRecords) -> float:
    """Return the yearly retention observed: of the buyers of the year before last, those of the last."""
    before, last = books.revenue_between(-2.0 * YEAR, -YEAR) > 0.0, books.last_year > 0.0
    if not before.any():
        raise CrmsimError("nobody bought in the year before last, so no retention was observed")
    return float((before & last).sum() / before.sum())


def _constant_retention(books: FirmRecords) -> pd.Series:
    """Last year's margin, times retention each year, in the middle of every year to come."""
    retention, years = _retention(books), books.days_ahead / YEAR
    begun = np.arange(np.ceil(years - 1e-9))
    parts = np.minimum(years - begun, 1.0)
    factor = (parts * retention ** (begun + 1.0) * books.discount(YEAR * (begun + parts / 2.0))).sum()
    return books.margin * books.last_year * float(factor)


def _margin_multiple(books: FirmRecords) -> pd.Series:
    """Last year's margin times r / (1 + i - r): for ever, a year's margin at its end."""
    retention = _retention(books)
    return books.margin * books.last_year * _multiple(retention, books.annual_discount_rate)


def _multiple(retention: float, rate: float) -> float:
    if not retention < 1.0 + rate:
        raise CrmsimError("nobody left and nothing is discounted, so the margin multiple is infinite")
    return retention / (1.0 + rate - retention)


def _markov_recency(books: FirmRecords) -> pd.Series:
    """Customer migration (Pfeifer & Carraway 2000): chances to buy by recency, one margin for all.

    Periods of 90 days, counted back from the day of review. State k: the last period with a purchase
    is k periods ago, up to 8 and more. Chances and mean margin of a period with a purchase are those
    of all customers and periods of the log.
    """
    bought, amounts = _periods_with_purchases(books)
    recency = np.zeros(len(bought), int)  # before the first purchase
    chances, tries = np.zeros(_LONGEST_RECENCY), np.zeros(_LONGEST_RECENCY)
    for column in range(bought.shape[1]):
        known = recency > 0
        np.add.at(tries, recency[known] - 1, 1.0)
        np.add.at(chances, recency[known] - 1, bought[known, column])
        older = np.minimum(recency + 1, _LONGEST_RECENCY) * known
        recency = np.where(bought[:, column], 1, older)
    # Where nobody was watched in a state: as with the state before.
    pooled = chances.sum() / max(tries.sum(), 1.0)
    chance = np.where(tries > 0.0, chances / np.maximum(tries, 1.0), np.nan)
    chance = pd.Series(chance).ffill().fillna(pooled).to_numpy()
    margin = books.margin * amounts.sum() / bought.sum()
    value = np.zeros(_LONGEST_RECENCY)
    later = np.append(np.arange(1, _LONGEST_RECENCY), _LONGEST_RECENCY - 1)
    periods = books.days_ahead / _PERIOD_DAYS
    begun = np.arange(np.ceil(periods - 1e-9))
    for part in np.minimum(periods - begun, 1.0)[::-1]:  # from the last period, which may be cut short
        now = margin * part * float(books.discount(part * _PERIOD_DAYS / 2.0))
        then = float(books.discount(part * _PERIOD_DAYS))
        value = chance * (now + then * value[0]) + (1.0 - chance) * then * value[later]
    return pd.Series(value[recency - 1], index=books.revenue.index)


def _periods_with_purchases(books: FirmRecords) -> tuple[npt.NDArray[np.bool_], Array]:
    """Return who bought in which period, the oldest first, and how much."""
    ago = ((-books.days_since_review - 1.0) // _PERIOD_DAYS).astype(int)
    periods = int(ago.max()) + 1
    code = books.revenue.index.get_indexer(books.transactions["customer"])
    amounts = np.zeros((len(books.revenue), periods))
    bought = np.zeros_like(amounts, dtype=bool)
    np.add.at(amounts, (code, periods - 1 - ago), books.transactions["amount"].to_numpy(dtype=float))
    bought[code, periods - 1 - ago] = True
    return bought, amounts


def _repeat_purchases(fit: Callable[[pd.DataFrame], Any], books: FirmRecords) -> pd.Series:
    """Expected purchases of a fitted model, times the expected spend of Gamma-Gamma."""
    summary = books.summary
    model, spend = fit(summary).model, fit_gamma_gamma(summary).model
    weeks = books.days_ahead / 7.0
    ends = np.append(np.arange(_STEP_WEEKS, weeks, _STEP_WEEKS), weeks)
    history = [summary[name].to_numpy(dtype=float) for name in ("frequency", "recency", "T")]
    until = np.stack([model.conditional_expected_repeats(end, *history) for end in ends])
    starts = np.append(0.0, ends[:-1])
    worth = books.discount(7.0 * (starts + ends) / 2.0)
    purchases = worth @ np.diff(until, axis=0, prepend=0.0)
    mean = spend.conditional_expected_spend(history[0], summary["monetary_value"])
    if not np.isfinite(mean).all():
        raise CrmsimError(f"the fitted spend has no mean (q = {spend.q:.3g})")
    return pd.Series(books.margin * mean * purchases, index=summary.index)


def _rfm(books: FirmRecords) -> pd.Series:
    """Sum of three scores by fifths."""
    table = books.summary
    scores = rfm_score(table["T"] - table["recency"], table["frequency"], books.revenue[table.index])
    return pd.Series(scores.astype(float), index=table.index)


def _abc(books: FirmRecords) -> pd.Series:
    """Classes by revenue so far, A as the highest number."""
    classes = abc_classes(books.revenue)
    return pd.Series([-float(ord(name)) for name in classes], index=books.revenue.index)


# With contracts: periods are counted, and so is who left.


def _by_contract(chances: Callable[[FirmRecords, Array, int], Array], books: FirmRecords) -> pd.Series:
    """Value the payments due until the horizon at their chances to be made.

    `chances` gives, for customers by their renewals so far, the probabilities of making the first,
    second, ... payment to come, shape (customers, payments).
    """
    going = books.spells[~books.spells["lost"]]
    due, length = going["due_in"].to_numpy(dtype=float), books.renewal_days or 0
    payments = int(max(np.ceil((books.days_ahead - due.min()) / length), 0))
    days = due[:, None] + length * np.arange(payments)
    chance = chances(books, going["periods"].to_numpy(dtype=float), payments)
    worth = (chance * books.discount(days) * (days < books.days_ahead)).sum(axis=1)
    return _of_contracts(books, going, worth)


def _of_contracts(books: FirmRecords, going: pd.DataFrame, fees: npt.ArrayLike) -> pd.Series:
    """Return the margin on so many of each contract's fees."""
    margin = books.margin * going["fee"].to_numpy(dtype=float)
    return pd.Series(margin * fees, index=pd.Index(going["customer"])).sort_index()


def _renewal_rate(books: FirmRecords) -> float:
    """Return the share of all chances to leave at which customers stayed, per period."""
    spells = books.spells
    if spells["periods"].sum() == 0:
        raise CrmsimError("no contract has come to a renewal, so no retention was observed")
    return float(1.0 - spells["lost"].sum() / spells["periods"].sum())


def _all_stay(books: FirmRecords, renewals: Array, payments: int) -> Array:
    return np.ones((len(renewals), payments))


def _constant_renewal(books: FirmRecords, renewals: Array, payments: int) -> Array:
    return np.tile(_renewal_rate(books) ** np.arange(1.0, payments + 1.0), (len(renewals), 1))


def _sbg_renewal(books: FirmRecords, renewals: Array, payments: int) -> Array:
    """Shifted beta-geometric (Fader & Hardie 2007): who has stayed long is likelier to stay."""
    model = fit_sbg(books.spells[["periods", "lost"]]).model
    survival = np.asarray(model.survival(np.arange(int(renewals.max()) + payments + 1)))
    made = renewals.astype(int)[:, None]
    return survival[made + np.arange(1, payments + 1)] / survival[made]


def _contract_multiple(books: FirmRecords) -> pd.Series:
    """The fee's margin times r / (1 + i - r) with the rates of a period: for ever, paid at its end."""
    going = books.spells[~books.spells["lost"]]
    rate = (1.0 + books.annual_discount_rate) ** ((books.renewal_days or 0) / YEAR) - 1.0
    multiple = _multiple(_renewal_rate(books), rate)
    return _of_contracts(books, going, multiple)


#: Every ready method, from the plainest on.
METHODS: tuple[Method, ...] = (
    Method("historic", _historic, leaves_out=("future", "dropout")),
    Method("same_again", _same_again, _WITHOUT, ("dropout", "regression")),
    Method("same_again", partial(_by_contract, _all_stay), _WITH, ("dropout",)),
    Method("constant_retention", _constant_retention, _WITHOUT, ("differences", "regression")),
    Method("constant_retention", partial(_by_contract, _constant_renewal), _WITH, ("differences",)),
    Method("margin_multiple", _margin_multiple, _WITHOUT, ("differences", "regression", "horizon")),
    Method("margin_multiple", _contract_multiple, _WITH, ("differences", "horizon")),
    Method("markov_recency", _markov_recency, _WITHOUT, ("regression",)),
    Method("bg_nbd", partial(_repeat_purchases, fit_bg_nbd), _WITHOUT),
    Method("pareto_nbd", partial(_repeat_purchases, fit_pareto_nbd), _WITHOUT),
    Method("sbg", partial(_by_contract, _sbg_renewal), _WITH),
    Method("rfm", _rfm, leaves_out=("future",), ranks_only=True),
    Method("abc", _abc, leaves_out=("future",), ranks_only=True),
)
