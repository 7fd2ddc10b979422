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

from crmsim.audit.classes import abc_classes
from crmsim.audit.rfm_scores import rfm_scores
from crmsim.confrontation.records import YEAR, FirmRecords
from crmsim.errors import CrmsimError, InputError
from crmsim.estimators import fit_bg_nbd, fit_gamma_gamma, fit_mbg_nbd, fit_pareto_nbd, fit_sbg
from crmsim.value import (
    DiscountRate,
    Flow,
    RetentionRate,
    constant_retention_clv,
    margin_multiple,
    migration_clv,
    recency_chain,
)

__all__ = ["METHODS", "Method", "methods_for"]

Array = npt.NDArray[np.float64]
#: Purchases to come are discounted in steps of so many weeks, each to the middle of its step; with steps
#: of one week the value differs by less than one part in 5000.
_STEP_WEEKS = 13.0
#: Days of a quarter, and how many without a purchase make a former customer of the migration chain.
_QUARTER, _QUIET_QUARTERS = YEAR / 4.0, 8
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
    """Last year's margin again every year, for everybody: retention of 1."""
    return _kept(books, 1.0)


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
    """Last year's margin, times retention each year to come, in the middle of the year."""
    return _kept(books, _retention(books))


def _kept(books: FirmRecords, retention: float) -> pd.Series:
    """Value last year's margin at a yearly retention until the horizon."""
    years = books.days_ahead / YEAR
    value = _until(years, lambda payments: _yearly(books, retention, payments)) * _to_the_middle(books.rate)
    return pd.Series(value, index=books.revenue.index)


def _yearly(books: FirmRecords, retention: float, payments: int | None) -> Array:
    """Value a margin like last year's at the end of each year to come."""
    margin = Flow((books.margin * books.last_year).to_numpy(), books.currency, "year")
    kept = RetentionRate(retention, "year")
    clv = constant_retention_clv(margin, kept, books.rate, timing="after_renewal", payments=payments)
    return np.asarray(clv.value)


def _until(periods: float, value: Callable[[int], Array]) -> Array:
    """Return the value of so many periods, of the last one in proportion to its part."""
    whole = int(np.floor(periods + 1e-9))
    part = max(periods - whole, 0.0)
    return (1.0 - part) * value(whole) + (part * value(whole + 1) if part > 0.0 else 0.0)


def _to_the_middle(rate: DiscountRate) -> float:
    """Return the factor from payments at the end of each period to payments in its middle."""
    return float(np.sqrt(1.0 + rate.value))


def _margin_multiple(books: FirmRecords) -> pd.Series:
    """Last year's margin times r / (1 + d - r): without end, a year's margin at its end."""
    return pd.Series(_yearly(books, _retention(books), None), index=books.revenue.index)


def _markov_recency(books: FirmRecords) -> pd.Series:
    """Customer migration (Pfeifer & Carraway 2000): chances to buy by recency, one margin for all.

    Quarters are counted back from the day of review. In state k the last quarter with a purchase is k
    quarters ago; who is silent for longer than eight is a former customer. The chances and the mean
    margin of a quarter with a purchase are those of all customers and quarters of the log.
    """
    bought, amounts = _quarters_with_purchases(books)
    chance, recency = _chances_by_recency(bought)
    reward = np.zeros(_QUIET_QUARTERS + 1)
    reward[0] = books.margin * amounts.sum() / bought.sum()
    flow, rate = Flow(reward, books.currency, "quarter"), books.rate.to("quarter")
    chain = recency_chain(chance)
    # The reward of the quarter that is over belongs to the past.
    value = _until(
        books.days_ahead / _QUARTER,
        lambda periods: np.asarray(migration_clv(chain, flow, rate, periods=periods).value) - reward,
    )
    values = (value * _to_the_middle(rate))[np.minimum(recency, _QUIET_QUARTERS + 1) - 1]
    return pd.Series(values, index=books.revenue.index)


def _chances_by_recency(bought: npt.NDArray[np.bool_]) -> tuple[Array, npt.NDArray[np.int64]]:
    """Return the share who bought after so many quarters since the last one, and everybody's recency now.

    Where nobody was watched in a state, the chance is that of the state before it.
    """
    recency = np.zeros(len(bought), np.int64)  # 0 before the first purchase
    tries, hits = np.zeros(_QUIET_QUARTERS), np.zeros(_QUIET_QUARTERS)
    for quarter in bought.T:
        watched = (recency > 0) & (recency <= _QUIET_QUARTERS)
        tries += np.bincount(recency[watched] - 1, minlength=_QUIET_QUARTERS)
        hits += np.bincount(recency[watched] - 1, quarter[watched], minlength=_QUIET_QUARTERS)
        recency = np.where(quarter, 1, (recency + 1) * (recency > 0))
    if tries[0] == 0.0:
        raise CrmsimError("the log is shorter than two quarters, so nobody was seen to come back")
    seen = np.maximum.accumulate(np.where(tries > 0.0, np.arange(_QUIET_QUARTERS), 0))
    return (hits / np.maximum(tries, 1.0))[seen], recency


def _quarters_with_purchases(books: FirmRecords) -> tuple[npt.NDArray[np.bool_], Array]:
    """Return who bought in which quarter, the oldest first, and how much."""
    ago = ((-books.days_since_review - 1.0) // _QUARTER).astype(int)
    quarters = int(ago.max()) + 1
    code = books.revenue.index.get_indexer(books.transactions["customer"])
    amounts = np.zeros((len(books.revenue), quarters))
    bought = np.zeros_like(amounts, dtype=bool)
    np.add.at(amounts, (code, quarters - 1 - ago), books.transactions["amount"].to_numpy(dtype=float))
    bought[code, quarters - 1 - ago] = True
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
    scores = rfm_scores(table["T"] - table["recency"], table["frequency"], books.revenue[table.index])
    return scores["score"].astype(float)


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
    """The fee's margin times r / (1 + d - r) with the rates of a period: without end, paid at its end."""
    going = books.spells[~books.spells["lost"]]
    period = f"{books.renewal_days} days"
    kept = RetentionRate(_renewal_rate(books), period)
    return _of_contracts(books, going, margin_multiple(kept, books.rate.to(period)))


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
    Method("mbg_nbd", partial(_repeat_purchases, fit_mbg_nbd), _WITHOUT),
    Method("pareto_nbd", partial(_repeat_purchases, fit_pareto_nbd), _WITHOUT),
    Method("sbg", partial(_by_contract, _sbg_renewal), _WITH),
    Method("rfm", _rfm, leaves_out=("future",), ranks_only=True),
    Method("abc", _abc, leaves_out=("future",), ranks_only=True),
)
