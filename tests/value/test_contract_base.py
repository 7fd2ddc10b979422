"""A base of contracts in money: what its terms are, and that none are mixed."""

from __future__ import annotations

import numpy as np
import pytest

from crmsim.contract_base import contract_base_value
from crmsim.errors import InputError
from crmsim.estimators import ShiftedBetaGeometric
from crmsim.value import DiscountRate, Flow

MODEL = ShiftedBetaGeometric(alpha=0.7, beta=1.2)
FEE, DISCOUNT = Flow(40.0, "EUR", "month", 90), DiscountRate(0.01, "month")


def test_payment_by_payment():
    """Everybody who is left after each renewal pays, the next one now."""
    value = contract_base_value(MODEL, [0, 6], [100, 30], FEE, DiscountRate(0.2, "month"))
    for found, made, people in zip(value.value, (0, 6), (100, 30), strict=True):
        k = np.arange(1, 400)
        left = MODEL.survival(made + k) / MODEL.survival(made)
        assert found == pytest.approx((people * 40.0 * left * 1.2 ** -(k - 1.0)).sum())


def test_the_terms_are_said():
    value = contract_base_value(MODEL, [0, 6], [100, 30], FEE, DISCOUNT)
    assert (value.currency, value.date_of_value, value.horizon) == ("EUR", 90, np.inf)
    assert (value.per, value.discount, value.timing) == ("month", DISCOUNT, "before_renewal")
    dearer = contract_base_value(MODEL, [0, 6], [100, 30], FEE * [1, 3], DISCOUNT)
    assert dearer.value == pytest.approx(value.value * [1, 3])


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"discount": DiscountRate(0.1, "year")},
            r"^discount: must be per month like margin, but is per year",
        ),
        ({"margin": 40.0}, r"^margin: must be a Flow, got 40\.0$"),
        ({"discount": 0.01}, r"^discount: must be a DiscountRate, got 0\.01$"),
        ({"discount": DiscountRate([0.1, 0.2], "month")}, r"^discount: must be one rate"),
        ({"discount": DiscountRate(0.0, "month")}, r"^discount_rate: must be"),
        ({"customers": [10, -1]}, r"^customers\[1\]: must be finite and at least 0"),
        (
            {"customers": [1, 2, 3]},
            r"^customers: must fit \(2,\) of renewals and \(\) of margin, got \(3,\)$",
        ),
        ({"renewals": [0.5, 1]}, r"^renewals: must be whole numbers"),
    ],
)
def test_what_does_not_fit_is_refused(changed, message):
    right = {"renewals": [0, 6], "customers": [100, 30], "margin": FEE, "discount": DISCOUNT}
    with pytest.raises(InputError, match=message):
        contract_base_value(MODEL, **{**right, **changed})
