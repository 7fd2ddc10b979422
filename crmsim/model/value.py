"""Money: what a purchase contributes, split into the course's CLV components, and its present value.

Six components, as in the course: the first purchase, repeat purchases, cross-selling, lower cost to
serve, referrals, and price insensitivity. Their sum less the cost of the relationship is the
customer's cash flow, exactly.
"""

from __future__ import annotations

from crmsim.compiling import formula
from crmsim.elementary import exp

__all__ = ["cost_to_serve", "discount_factor", "quality_cost", "unit_margin"]


@formula
def discount_factor(days, log_growth):
    """Return the present value of 1 unit of money in `days` days, continuously compounded.

    Parameters
    ----------
    days : float
        Since the customer's own acquisition.
    log_growth : float
        Log of 1 plus the effective rate per year of 365 days, 0 or more.

    Examples
    --------
    >>> import math
    >>> round(discount_factor(365.0, math.log(1.10)) * 1.10, 12)
    1.0
    """
    return exp(-log_growth * days / 365.0)


@formula
def cost_to_serve(n, serve_cost, serve_floor, serve_learn, cut):
    """Return the cost of serving purchase n (from 0), in currency: experienced customers cost less.

    Parameters
    ----------
    n : int
    serve_cost : float
        Cost at the first purchase.
    serve_floor : float
        Share of it that never goes away, 0 to 1.
    serve_learn : float
        Purchases in which the rest falls to 37 %.
    cut : float
        Share that a strategy saves, 0 to 1.

    Examples
    --------
    >>> cost_to_serve(0, 5.0, 0.5, 6.0, 0.0)
    5.0
    """
    return serve_cost * (serve_floor + (1.0 - serve_floor) * exp(-n / serve_learn)) * (1.0 - cut)


@formula
def unit_margin(margin, price_cut, deal_depth, base_proneness):
    """Return the contribution per unit of list value, before anyone's price insensitivity.

    Examples
    --------
    >>> round(unit_margin(0.40, 0.0, 0.15, 0.5), 4)
    0.325
    """
    return margin - price_cut - deal_depth * base_proneness


@formula
def quality_cost(list_value, raised, q_cost1, q_cost2):
    """Return the cost of delivering raised quality on one purchase, in currency.

    Examples
    --------
    >>> round(quality_cost(100.0, 0.1, 0.5, 2.0), 4)
    7.0
    """
    return list_value * (q_cost1 * raised + q_cost2 * raised * raised) if raised > 0.0 else 0.0
