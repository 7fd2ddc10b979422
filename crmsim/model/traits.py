"""How customers differ from the first day: traits drawn once per person.

No two regulars are alike: one comes daily, one yearly; one minds the price, one never looks. Each
trait is a quantile of its distribution at the person's own luck, so the same person has the same
traits under every strategy.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy import special

from crmsim.luck import Purpose, uniforms

__all__ = [
    "beta_quantile",
    "draw_traits",
    "gamma_quantile",
    "labels",
    "lognormal_quantile",
    "normal_quantiles",
]


def gamma_quantile(u: np.ndarray, shape: float, mean: float) -> np.ndarray:
    """Return gamma quantiles of the given shape and mean; shape 0 means everyone has the mean.

    Examples
    --------
    >>> gamma_quantile(np.array([0.1, 0.9]), 0.0, 6.0)
    array([6., 6.])
    """
    if shape == 0.0 or mean == 0.0:
        return np.full_like(u, mean)
    return special.gammaincinv(shape, u) * (mean / shape)


def beta_quantile(u: np.ndarray, a: float, b: float) -> np.ndarray:
    """Return beta quantiles; with `a` = 0 everyone has the probability `b`.

    Examples
    --------
    >>> beta_quantile(np.array([0.25]), 1.0, 1.0)
    array([0.25])
    """
    if a == 0.0:
        return np.full_like(u, b)
    return special.betaincinv(a, b, u)


def lognormal_quantile(u: np.ndarray, log_sd: float) -> np.ndarray:
    """Return lognormal quantiles with mean 1."""
    return np.exp(log_sd * special.ndtri(u) - 0.5 * log_sd * log_sd)


def normal_quantiles(u: np.ndarray, mean: float, sd: float) -> np.ndarray:
    """Return normal quantiles."""
    return mean + sd * special.ndtri(u)


def labels(u: np.ndarray, noise: np.ndarray, link: float) -> np.ndarray:
    """Return a visible label from 1 to 4, each as frequent, that goes with something hidden.

    Parameters
    ----------
    u, noise : array
        Uniform numbers: those behind the hidden trait, and the rest.
    link : float
        Correlation of the label, before it is cut into quarters, with the trait; 0 = it says nothing.

    Examples
    --------
    >>> labels(np.array([0.1, 0.9]), np.array([0.6, 0.3]), 1.0).tolist()
    [1, 4]
    >>> labels(np.array([0.1, 0.9]), np.array([0.6, 0.3]), 0.0).tolist()
    [3, 2]
    """
    z = link * special.ndtri(u) + math.sqrt(1.0 - link * link) * special.ndtri(noise)
    return np.minimum(np.floor(4.0 * special.ndtr(z)).astype(int) + 1, 4)


def _spend_quantile(u: np.ndarray, p: np.record) -> np.ndarray:
    """Return mean spend per purchase: inverse gamma with mean `spend_mean` (gamma-gamma model)."""
    q = float(p["spend_q"])
    if q == 0.0:
        return np.full_like(u, float(p["spend_mean"]))
    # The rate is Gamma(q), so a high u must mean a low rate to mean high spend.
    return float(p["spend_mean"]) * (q - 1.0) / special.gammainccinv(q, u)


def draw_traits(customers: np.ndarray, parameters: np.ndarray) -> None:
    """Fill in the traits of customers whose keys are set.

    Parameters
    ----------
    customers : array of ``records.CUSTOMER``
        Changed in place.
    parameters : array, shape (1,)
        From :func:`crmsim.scenario.parameter_record`.
    """
    p = parameters[0]
    quantiles: dict[str, tuple[Purpose, Callable[[np.ndarray], np.ndarray]]] = {
        "purchase_rate": (Purpose.TRAIT_RATE, lambda u: gamma_quantile(u, p["rate_shape"], p["rate_mean"])),
        "dropout": (Purpose.TRAIT_DROPOUT, lambda u: beta_quantile(u, p["drop_a"], p["drop_b"])),
        "need_rate": (Purpose.TRAIT_NEED, lambda u: gamma_quantile(u, p["need_shape"], p["need_mean"])),
        "mean_spend": (Purpose.TRAIT_SPEND, lambda u: _spend_quantile(u, p)),
        "price_sensitivity": (Purpose.TRAIT_PRICE, lambda u: lognormal_quantile(u, p["price_sd"])),
        "barrier": (
            Purpose.TRAIT_BARRIER,
            lambda u: gamma_quantile(u, p["barrier_shape"], p["barrier_mean"]),
        ),
        "responsiveness": (Purpose.TRAIT_RESPONSE, lambda u: gamma_quantile(u, p["resp_shape"], 1.0)),
        "complains": (Purpose.TRAIT_COMPLAINT, lambda u: beta_quantile(u, p["compl_a"], p["compl_b"])),
        "fit": (Purpose.TRAIT_FIT, lambda u: normal_quantiles(u, 0.0, p["fit_sd"])),
        "initial_expectation": (
            Purpose.TRAIT_EXPECTATION,
            # Nobody expects less than a tenth of the market average; the ratio c needs a > 0.
            lambda u: np.maximum(normal_quantiles(u, p["exp0"], p["exp0_sd"]), 0.1),
        ),
        "inquiry_rate": (
            Purpose.TRAIT_INQUIRY,
            lambda u: gamma_quantile(u, p["inquiry_shape"], p["inquiry_mean"]),
        ),
        "consents": (Purpose.TRAIT_CONSENT, lambda u: u < p["opt_in"]),
        "split": (Purpose.TRAIT_SPLIT, lambda u: u < p["split_share"]),
        "digital": (Purpose.TRAIT_CHANNEL, lambda u: u < p["digital_wish"]),
        "credit_risk": (Purpose.TRAIT_CREDIT, lambda u: beta_quantile(u, p["credit_a"], p["credit_b"])),
    }
    keys = np.ascontiguousarray(customers["key"])
    u = np.empty(len(customers))
    for trait, (purpose, quantile) in quantiles.items():
        uniforms(keys, int(purpose), 0, u)
        customers[trait] = quantile(u)
    # A dropout of exactly 1 would be an infinite hazard.
    np.minimum(customers["dropout"], math.nextafter(1.0, 0.0), out=u)
    customers["dropout"] = u
    # What a firm can see of a person: how big, and of which trade.
    noise = np.empty(len(customers))
    for label, trait, purpose in (
        ("segment", Purpose.TRAIT_RATE, Purpose.TRAIT_SEGMENT),
        ("industry", Purpose.TRAIT_FIT, Purpose.TRAIT_INDUSTRY),
    ):
        uniforms(keys, int(trait), 0, u)
        uniforms(keys, int(purpose), 0, noise)
        customers[label] = labels(u, noise, float(p["label_link"]))
