"""How customers differ from the first day: traits drawn once per person.

No two regulars are alike: one comes daily, one yearly; one minds the price, one never looks. Each
trait is a quantile of its distribution at the person's own luck, so the same person has the same
traits under every strategy. Luck enters as a normal number z; quantiles that would cost much to find
are looked up in tables over z (:mod:`crmsim.model.quantile_tables`).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from crmsim.compiling import compiled, formula
from crmsim.elementary import exp
from crmsim.luck import Purpose, normal, uniform
from crmsim.model.quantile_tables import beta_table, gamma_table, look_up

__all__ = [
    "beta_quantile",
    "draw_traits",
    "gamma_quantile",
    "inverse_gamma_quantile",
    "label",
    "lognormal_quantile",
]

#: The upper quartile of the standard normal.
_QUARTILE = 0.6744897501960817
#: A dropout of exactly 1 would be an infinite hazard.
_BELOW_ONE = math.nextafter(1.0, 0.0)
#: Nobody expects less than a tenth of the market average; the ratio c needs a > 0.
_LEAST_EXPECTATION = 0.1


@formula
def gamma_quantile(z, table, mean):
    """Return the gamma quantile at a normal number; the table holds the shape.

    Examples
    --------
    >>> gamma_quantile(-1.3, gamma_table(0.0), 6.0)
    6.0
    """
    return mean * exp(look_up(table, z))


@formula
def inverse_gamma_quantile(z, table, shape, mean):
    """Return the inverse gamma quantile at a normal number, with the gamma table of the same shape.

    The rate is a gamma, so a high z must mean a low rate to mean a high value. The shape is 0, for
    everybody alike, or above 1, where there is a mean.

    Examples
    --------
    >>> inverse_gamma_quantile(-1.3, gamma_table(0.0), 0.0, 40.0)
    40.0
    """
    if shape == 0.0:
        return mean
    return mean * (shape - 1.0) / shape * exp(-look_up(table, -z))


@formula
def beta_quantile(z, table, a, b):
    """Return the beta quantile at a normal number; with `a` = 0 everyone has the probability `b`.

    Examples
    --------
    >>> round(beta_quantile(0.0, beta_table(1.0, 1.0), 1.0, 1.0), 9)
    0.5
    """
    if a == 0.0:
        return b
    log_odds = look_up(table, z)
    if log_odds < 0.0:
        odds = exp(log_odds)
        return odds / (1.0 + odds)
    return 1.0 / (1.0 + exp(-log_odds))


@formula
def lognormal_quantile(z, log_sd):
    """Return the quantile of a lognormal with mean 1 at a normal number."""
    return exp(log_sd * z - 0.5 * log_sd * log_sd)


@formula
def label(z, noise, link):
    """Return a visible label from 1 to 4, each as frequent, that goes with something hidden.

    Parameters
    ----------
    z, noise : float
        Normal numbers: the one behind the hidden trait, and the rest.
    link : float
        Correlation of the label, before it is cut into quarters, with the trait; 0 = it says nothing.

    Examples
    --------
    >>> label(-1.3, 0.3, 1.0), label(1.3, 0.3, 1.0)
    (1, 4)
    >>> label(-1.3, 0.3, 0.0)
    3
    """
    seen = link * z + math.sqrt(1.0 - link * link) * noise
    if seen < 0.0:
        return 1 if seen < -_QUARTILE else 2
    return 3 if seen < _QUARTILE else 4


class _Tables(NamedTuple):
    """What :func:`_draw` looks up, by trait."""

    purchase_rate: np.ndarray
    dropout: np.ndarray
    need_rate: np.ndarray
    mean_spend: np.ndarray
    barrier: np.ndarray
    responsiveness: np.ndarray
    complains: np.ndarray
    inquiry_rate: np.ndarray
    credit_risk: np.ndarray


def draw_traits(customers: np.ndarray, parameters: np.ndarray) -> None:
    """Fill in the traits of customers whose keys are set.

    Parameters
    ----------
    customers : array of ``records.CUSTOMER``
        Changed in place.
    parameters : array, shape (1,)
        From :func:`crmsim.scenario.parameter_record`.
    """
    _draw(customers, parameters, _tables(parameters[0]))


def _tables(p: np.record) -> _Tables:
    def gamma(shape: str) -> np.ndarray:
        return gamma_table(float(p[shape]))

    def beta(a: str, b: str) -> np.ndarray:
        return beta_table(float(p[a]), float(p[b]))

    return _Tables(
        purchase_rate=gamma("rate_shape"),
        dropout=beta("drop_a", "drop_b"),
        need_rate=gamma("need_shape"),
        mean_spend=gamma("spend_q"),
        barrier=gamma("barrier_shape"),
        responsiveness=gamma("resp_shape"),
        complains=beta("compl_a", "compl_b"),
        inquiry_rate=gamma("inquiry_shape"),
        credit_risk=beta("credit_a", "credit_b"),
    )


@compiled
def _draw(customers, parameters, tables):
    p = parameters[0]
    for i in range(customers.shape[0]):
        c = customers[i]
        rate, fit = _z(c, Purpose.TRAIT_RATE.value), _z(c, Purpose.TRAIT_FIT.value)
        c.purchase_rate = gamma_quantile(rate, tables.purchase_rate, p.rate_mean)
        dropout = beta_quantile(_z(c, Purpose.TRAIT_DROPOUT.value), tables.dropout, p.drop_a, p.drop_b)
        c.dropout = min(dropout, _BELOW_ONE)
        c.need_rate = gamma_quantile(_z(c, Purpose.TRAIT_NEED.value), tables.need_rate, p.need_mean)
        c.mean_spend = inverse_gamma_quantile(
            _z(c, Purpose.TRAIT_SPEND.value), tables.mean_spend, p.spend_q, p.spend_mean
        )
        c.price_sensitivity = lognormal_quantile(_z(c, Purpose.TRAIT_PRICE.value), p.price_sd)
        c.barrier = gamma_quantile(_z(c, Purpose.TRAIT_BARRIER.value), tables.barrier, p.barrier_mean)
        c.responsiveness = gamma_quantile(_z(c, Purpose.TRAIT_RESPONSE.value), tables.responsiveness, 1.0)
        c.complains = beta_quantile(
            _z(c, Purpose.TRAIT_COMPLAINT.value), tables.complains, p.compl_a, p.compl_b
        )
        c.fit = p.fit_sd * fit
        expected = p.exp0 + p.exp0_sd * _z(c, Purpose.TRAIT_EXPECTATION.value)
        c.initial_expectation = max(expected, _LEAST_EXPECTATION)
        c.inquiry_rate = gamma_quantile(
            _z(c, Purpose.TRAIT_INQUIRY.value), tables.inquiry_rate, p.inquiry_mean
        )
        c.credit_risk = beta_quantile(
            _z(c, Purpose.TRAIT_CREDIT.value), tables.credit_risk, p.credit_a, p.credit_b
        )
        c.consents = uniform(c.key, Purpose.TRAIT_CONSENT.value, 0) < p.opt_in
        c.split = uniform(c.key, Purpose.TRAIT_SPLIT.value, 0) < p.split_share
        c.digital = uniform(c.key, Purpose.TRAIT_CHANNEL.value, 0) < p.digital_wish
        # What a firm can see of a person: how big, and of which trade.
        c.segment = label(rate, _z(c, Purpose.TRAIT_SEGMENT.value), p.label_link)
        c.industry = label(fit, _z(c, Purpose.TRAIT_INDUSTRY.value), p.label_link)


@compiled
def _z(c, purpose):
    """Return the normal number behind a trait: the only one for its purpose."""
    return normal(c.key, purpose, 0)
