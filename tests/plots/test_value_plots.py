"""Pictures of customer value."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from matplotlib.axes import Axes

from crmsim.errors import InputError
from crmsim.plots.style import COMPONENT_COLOURS, new_figure, to_png
from crmsim.plots.value import (
    PART_COLOURS,
    plot_cumulative_clv,
    plot_margin_multiple,
    plot_plug_in,
    plot_spend,
    plot_state_values,
    plot_value_parts,
)
from crmsim.text import say
from crmsim.value import (
    SIX_COMPONENTS,
    TIMINGS,
    DiscountRate,
    Flow,
    GrowthRate,
    Money,
    ResponseCurve,
    RetentionRate,
    cohort_equity,
    customer_equity,
    expected_cash_flows,
    margin_multiple,
    optimal_policy,
    optimal_spend,
    plug_in_clv,
    policy_value,
    prospect_value,
    recency_actions,
    six_component_clv,
    varying_clv,
)

YEARLY = DiscountRate(0.12, "year")
KEPT = RetentionRate(0.8, "year")
CURVES = {
    "acquisition": ResponseCurve.through(spend=5, rate=0.2, ceiling=0.4),
    "retention": ResponseCurve.through(spend=8, rate=0.4, ceiling=0.7),
}


def axes() -> Axes:
    return new_figure(6, 4)[1]


def flow(amount):
    return Flow(amount, "EUR", "year")


def cohort():
    return cohort_equity(1000, 0.2, Money(12, "EUR"), flow(50), KEPT, YEARLY, add_on=flow(6))


def policies():
    actions = recency_actions([0.3, 0.2, 0.15, 0.05], flow(40), flow(4))
    discount = DiscountRate(0.2, "year")
    return {
        "always": policy_value(actions, ["market"] * 5, discount),
        "best": optimal_policy(actions, discount).value,
    }


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_all_are_drawn_in_both_languages_without_a_warning(lang):
    figure, places = new_figure(12, 12, rows=3, columns=2)
    a, b, c, d, e, f = places.flat
    plot_margin_multiple(DiscountRate([0.08, 0.12], "6 months"), a, lang=lang)
    flows = expected_cash_flows(flow(np.full(8, 60.0)), KEPT, YEARLY, timing="end_of_period")
    plot_cumulative_clv(flows, b, acquisition_cost=Money(100, "EUR"), first=1, lang=lang)
    plot_plug_in(YEARLY, c, lang=lang)
    plot_spend(flow(50), YEARLY, d, **CURVES, lang=lang)
    plot_state_values(policies(), e, lang=lang)
    plot_value_parts(cohort(), f, lang=lang)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(to_png(figure)) > 10_000
    for ax in places.flat:
        assert ax.get_xlabel() and ax.get_ylabel(), "every axis says what it is"
    for ax in (b, d, e):
        assert "EUR" in ax.get_ylabel()
    assert "EUR" in d.get_xlabel() and "EUR" in f.get_xlabel()
    assert ("6 months" if lang == "en" else "6个月") in a.get_xlabel()


@pytest.mark.parametrize("timing", TIMINGS)
def test_lines_of_multiples(timing):
    grows = GrowthRate(0.1, "year")
    ax = plot_margin_multiple(DiscountRate([0.05, 0.2], "year"), axes(), timing=timing, growth=grows)
    for line, rate in zip(ax.lines, (0.05, 0.2), strict=True):
        kept, multiple = line.get_data()
        rates = RetentionRate(kept, "year"), DiscountRate(rate, "year")
        assert multiple == pytest.approx(margin_multiple(*rates, timing=timing, growth=grows))
        assert kept.max() == pytest.approx(min(0.99, (1 + rate) / 1.1), abs=0.006)
    assert ax.get_legend().get_title().get_text() == say(f"timing.{timing}")


def test_value_so_far_ends_at_the_clv():
    margin, cost = flow([60.0] * 8), Money(100, "EUR")
    for timing, first in (("immediate", 0), ("after_renewal", 1)):
        flows = expected_cash_flows(margin, KEPT, YEARLY, timing=timing)
        ax = plot_cumulative_clv(flows, axes(), acquisition_cost=cost, first=first)
        times, total = ax.lines[0].get_data()
        clv = varying_clv(margin, KEPT, YEARLY, timing=timing, acquisition_cost=cost)
        assert total[-1] == pytest.approx(clv.value)
        assert times.tolist() == list(range(8 + first)) and total[0] == pytest.approx(-100 + 60 * (1 - first))
        place = int(np.flatnonzero(total >= 0)[0])
        assert total[place - 1] < 0 <= total[place]
        assert ax.texts[0].get_text() == f"break-even: year {place}"


def test_no_break_even_is_marked_where_there_is_none():
    flows = expected_cash_flows(flow([10.0] * 3), KEPT, YEARLY, timing="immediate")
    assert not plot_cumulative_clv(flows, axes(), acquisition_cost=Money(100, "EUR")).texts
    assert not plot_cumulative_clv(flows, axes()).texts, "nothing was spent"
    with pytest.raises(InputError, match="currency"):
        plot_cumulative_clv(flows, axes(), acquisition_cost=Money(100, "USD"))


def test_plug_in_lies_above_the_truth():
    ax = plot_plug_in(YEARLY, axes(), timing="after_renewal")
    plug_in, truth = (line.get_ydata() for line in ax.lines)
    kept = RetentionRate(ax.lines[0].get_xdata(), "year")
    both = plug_in_clv(flow(1.0), kept, YEARLY, timing="after_renewal")
    assert plug_in == pytest.approx(both.plug_in.value) and truth == pytest.approx(both.truth.value)
    assert (plug_in >= truth - 1e-12).all()
    assert ax.texts[0].get_text() == f"overstated by {100 * both.overstatement.max():.0f}%"


def test_spends_are_best_where_they_are_marked():
    ax = plot_spend(flow(50), YEARLY, axes(), **CURVES)
    plan = optimal_spend(flow(50), YEARLY, **CURVES)
    lines = {len(line.get_xdata()): [] for line in ax.lines}
    for line in ax.lines:
        lines[len(line.get_xdata())].append(line)
    bests = [plan.acquisition_spend.amount, plan.retention_spend.amount]
    for curve, mark, best in zip(lines[301], lines[1], bests, strict=True):
        assert mark.get_xdata()[0] == pytest.approx(best)
        assert mark.get_ydata()[0] == pytest.approx(plan.value.value)
        assert curve.get_ydata().max() <= plan.value.value + 1e-9
        assert curve.get_xdata()[curve.get_ydata().argmax()] == pytest.approx(best, abs=0.2)
    nothing = prospect_value(
        flow(50),
        YEARLY,
        acquisition_spend=Money(0, "EUR"),
        acquisition_rate=0,
        retention_spend=flow(bests[1]),
        retention_rate=plan.retention_rate,
    )
    assert lines[301][0].get_ydata()[0] == pytest.approx(nothing.value)


def test_states_have_their_values():
    values = policies()
    ax = plot_state_values(values, axes(), states=["one", "two", "three", "four", "former"])
    heights = [[bar.get_height() for bar in bars] for bars in ax.containers]
    assert heights == [pytest.approx(value.value) for value in values.values()]
    assert [label.get_text() for label in ax.get_xticklabels()][-1] == "former"
    with pytest.raises(InputError, match="discount"):
        other = policy_value(recency_actions([0.3] * 4, flow(40), flow(4)), ["market"] * 5, YEARLY)
        plot_state_values({**values, "other": other}, axes())


def test_parts_begin_where_the_last_one_ended():
    value = cohort()
    ax = plot_value_parts(value, axes())
    bars = [bar for group in ax.containers for bar in group]
    end = 0.0
    for bar, part in zip(bars, value.parts.values(), strict=False):
        assert (bar.get_x(), bar.get_width()) == (pytest.approx(end), pytest.approx(part.value))
        end += part.value
    assert (bars[-1].get_x(), bars[-1].get_width()) == (0, pytest.approx(value.total.value))
    low, high = ax.get_xlim()
    assert low < min(bar.get_x() for bar in bars) and high > value.total.value


def test_every_part_has_a_name_and_a_colour():
    clv = varying_clv(flow([1.0]), KEPT, YEARLY, timing="immediate")
    equity = customer_equity(clv, 10, newcomer=clv, new_customers=[1])
    six = six_component_clv({name: flow([1.0]) for name in SIX_COMPONENTS}, KEPT, YEARLY)
    for value in (equity, cohort(), six):
        names = [label.get_text() for label in plot_value_parts(value, axes()).get_yticklabels()]
        assert len(set(names)) == len(value.parts) + 1
        assert set(value.parts) <= set(COMPONENT_COLOURS | PART_COLOURS)
