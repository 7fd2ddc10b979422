"""Brand switching, cohorts, mailings, grades and the four steps: what is drawn is what the results say."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from crmsim.audit.cohorts import base_over_time, cohort_table
from crmsim.audit.grading import weighted_grades
from crmsim.audit.mailing import mailing_table
from crmsim.audit.one_period import distribution
from crmsim.errors import InputError
from crmsim.plots.cohorts import plot_base_over_time
from crmsim.plots.four_steps import plot_retention_decision
from crmsim.plots.grading import plot_weighted_grades
from crmsim.plots.mailing import plot_break_even, plot_mailing_profit
from crmsim.plots.periods import plot_distribution
from crmsim.plots.style import new_figure, to_png
from crmsim.plots.switching import plot_brand_switching, plot_customer_migration
from crmsim.value import (
    DiscountRate,
    Flow,
    Frequency,
    Money,
    RetentionRate,
    brand_switching_clv,
    constant_retention_clv,
    customer_migration,
    decide_retention,
)

ORDERS = [1, 1, 1, 2, 3, 4, 9, 30]
LOG = pd.DataFrame(
    {
        "customer": ["ada", "ada", "ben", "cy", "cy", "dot"],
        "date": pd.to_datetime(
            ["2024-01-10", "2024-04-10", "2024-05-10", "2024-05-11", "2024-08-01", "2024-08-20"]
        ),
        "amount": 10.0,
    }
)


def axes() -> Axes:
    return new_figure(6, 4)[1]


def switching(start=0, rate=0.12):
    return brand_switching_clv(
        [[0.8, 0.2], [0.3, 0.7]],
        start=start,
        brand=0,
        volume=Money(100, "USD"),
        contribution_rate=0.2,
        purchases=Frequency(2, "year"),
        discount=DiscountRate(rate, "year"),
        years=3,
    )


def cohort():
    flows = Flow(50, "USD", "year"), Flow(5, "USD", "year")
    return customer_migration([0.4, 0.2], *flows, DiscountRate(0.2, "year"), periods=3, customers=1000)


def mailing():
    cells = ["55"] * 10 + ["33"] * 10 + ["11"] * 20
    answers = [1] * 5 + [0] * 5 + [1] + [0] * 9 + [1] + [0] * 19
    return mailing_table(cells, answers, unit_cost=2.0, unit_profit=25.0)


def graded():
    measures = {"amount": [1.0, 9.0, 10.0, 0.0], "late_days": [90, 0, 10, 80]}
    return weighted_grades(measures, {"amount": 0.5, "late_days": 0.5}, lower_is_better=["late_days"])


def decision(cost=20_000.0, payments=None, lost=None):
    rates = RetentionRate(0.75, "year"), DiscountRate(0.1, "year")
    clv = constant_retention_clv(Flow(100, "EUR", "year"), *rates, timing="immediate", payments=payments)
    lost = lost or {"price": 50, "quality": 150, "natural": 100, "neglect": 0}
    return decide_retention(1000, lost, ["price", "quality"], clv, cost=Money(cost, "EUR"), saved=0.5)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_all_are_drawn_in_both_languages_without_a_warning(lang):
    figure, places = new_figure(15, 18, rows=4, columns=2)
    a, b, c, d, e, f, g, h = places.flat
    plot_brand_switching({"ours": switching(), "other": switching(1)}, a, lang=lang)
    plot_customer_migration(cohort(), b, lang=lang)
    plot_break_even(mailing(), c, lang=lang)
    plot_mailing_profit(mailing(), d, currency="CNY", lang=lang)
    plot_weighted_grades(graded(), e, lang=lang)
    plot_retention_decision(decision(), f, lang=lang)
    plot_base_over_time(base_over_time(cohort_table(LOG)), g, lang=lang)
    plot_distribution(distribution(ORDERS, [1, 2, 5]), h, lang=lang)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(to_png(figure)) > 10_000
    for ax in places.flat:
        assert ax.get_xlabel() and (ax.get_ylabel() or ax is f), "every axis says what it is"
    assert "CNY" in d.get_ylabel() and "EUR" in f.get_xlabel() and "10%" in f.get_xlabel()
    assert "USD" in b.get_title("left") and "20%" in b.get_title("left")


def test_chances_of_the_brand_and_what_each_customer_is_worth():
    kinds = {"ours": switching(), "other": switching(1)}
    ax = plot_brand_switching(kinds, axes())
    for line, result in zip(ax.lines, kinds.values(), strict=True):
        assert line.get_xdata().tolist() == [1, 2, 3, 4, 5, 6, 7]
        assert line.get_ydata() == pytest.approx(result.shares)
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels[0] == "ours: CLV 78.87 USD"
    with pytest.raises(InputError, match=r"^discount: must be the same in both"):
        plot_brand_switching({"ours": switching(), "dearer": switching(rate=0.2)}, axes())


def test_contributions_add_up_to_the_clv():
    result = switching()
    assert result.contributions.amount.sum() == pytest.approx(result.clv.value)
    assert result.contributions.amount[2] == pytest.approx(20 * 0.65 / 1.12)
    assert result.contributions.currency == "USD"


def test_a_cohort_is_always_whole():
    path = cohort()
    ax = plot_customer_migration(path, axes())
    layers = [[bar.get_height() for bar in bars] for bars in ax.containers]
    assert layers[:2] == [path.cells[1].to_list(), path.cells[2].to_list()]
    assert np.sum(layers, axis=0) == pytest.approx([1000.0] * 4)
    assert f"{path.clv.value:.2f} USD" in ax.get_title("left")
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["given up so far", "last bought 1 period(s) ago", "bought in this period"]


def test_cells_above_break_even_are_mailed():
    ax = plot_break_even(mailing(), axes())
    pays, does_not = ([bar.get_height() for bar in bars] for bars in ax.containers)
    assert pays == [0.5, 0.1] and does_not == [0.05]
    assert ax.lines[0].get_ydata()[0] == pytest.approx(2 / 25)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["55", "33", "11"]
    assert ax.texts[0].get_text() == "break-even 8%"


def test_profit_of_a_mailing_is_highest_at_the_last_cell_that_pays():
    ax = plot_mailing_profit(mailing(), axes(), currency="EUR")
    heights = [bar.get_height() for bars in ax.containers for bar in bars]
    assert heights == pytest.approx([5 * 25 - 20, 25 - 20, 25 - 40])
    assert ax.lines[0].get_ydata() == pytest.approx(np.cumsum(heights))
    assert ax.texts[0].get_text() == "2 cells: 110 EUR"


def test_many_cells_are_named_sparsely():
    cells = np.repeat([f"{place:03d}" for place in range(125)], 3)
    table = mailing_table(cells, np.arange(len(cells)) % 5 == 0, unit_cost=1.0, unit_profit=10.0)
    assert len(plot_break_even(table, axes()).get_xticks()) <= 26


def test_free_letters_and_nobody_who_answers():
    table = mailing_table(["1", "2"], [0, 0], unit_cost=0.0, unit_profit=10.0)
    assert plot_break_even(table, axes()).get_ylim()[1] > 0
    assert plot_mailing_profit(table, axes(), currency="EUR").texts[0].get_text() == "1 cells: 0 EUR"


def test_points_of_a_grade_add_up_to_its_score():
    table = graded()
    ax = plot_weighted_grades(table, axes(), names={"late_days": "credit"})
    widths = np.array([[bar.get_width() for bar in bars] for bars in ax.containers])
    means = table.groupby("grade", observed=False)["score"].mean().fillna(0.0)
    assert widths.sum(axis=0) == pytest.approx(means.to_list())
    assert table["grade"].to_list() == ["C", "A", "A", "C"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["A (2)", "B (0)", "C (2)"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["amount", "credit"]
    assert [line.get_xdata()[0] for line in ax.lines] == [0.6, 0.3]
    assert len(ax.texts) == 2, "nothing is written beside a grade without anybody"


def test_the_four_steps_are_all_there():
    found = decision()
    ax = plot_retention_decision(found, axes(), names={"quality": "broken machines"})
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names[:3] == ["broken machines (50% of those lost)", "drifted away (33% of those lost)",
                         "price (17% of those lost)"]  # fmt: skip
    widths = [bar.get_width() for bar in ax.containers[0]]
    profit = found.lost["profit"]
    expected = [profit["quality"], profit["natural"], profit["price"], found.preventable_loss,
                found.regained, found.cost]  # fmt: skip
    assert widths == pytest.approx(expected)
    colours = [to_hex(bar.get_facecolor()) for bar in ax.containers[0]]
    assert colours[0] == colours[2] == colours[3] != colours[1]
    gain = f"{found.regained - found.cost:,.0f} EUR"
    assert (
        ax.get_title("left") == f"kept per year: 70%\nkeep them: the measure brings {gain} more than it costs"
    )


def test_a_measure_that_does_not_pay_and_a_horizon_that_ends():
    ax = plot_retention_decision(decision(cost=1e6, payments=5), axes())
    assert "let it be" in ax.get_title("left") and "over 5 years" in ax.get_xlabel()
    nobody = plot_retention_decision(decision(lost={"price": 0, "quality": 0}), axes())
    assert len(nobody.containers[0]) == 3


def test_new_and_returning_customers_of_each_period():
    table = base_over_time(cohort_table(LOG))
    ax = plot_base_over_time(table, axes())
    returning, new, going = ([bar.get_height() for bar in bars] for bars in ax.containers)
    assert returning == [0, 1, 1] and new == [1, 2, 1]
    assert going == [2], "the third quarter is not over"
    over = plot_base_over_time(table[table["complete"]], axes())
    assert len(over.containers) == 2 and len(over.get_legend().get_texts()) == 2


def test_bars_of_a_distribution_and_their_names():
    table = distribution(ORDERS, [1, 2, 3, 10])
    ax = plot_distribution(table, axes())
    assert [bar.get_height() for bar in ax.containers[0]] == table["share"].to_list()
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1", "2", "3–9", "10+"]
    money = plot_distribution(distribution([-5.0, 20.0], [0, 50]), axes(), of="profit", currency="EUR")
    assert [label.get_text() for label in money.get_xticklabels()] == ["<0", "0–50", "50+"]
    assert money.get_xlabel() == "profit of a customer (EUR)"
    with pytest.raises(InputError, match=r"^currency: must be given for spend$"):
        plot_distribution(table, axes(), of="spend")
    with pytest.raises(InputError, match=r"^of: must be one of purchases, spend, profit, got 'joy'$"):
        plot_distribution(table, axes(), of="joy")
