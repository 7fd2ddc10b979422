"""Pictures of a search, of a sensitivity analysis and of robustness."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pandas as pd
import pytest

from crmsim.plots.search import plot_front, plot_search
from crmsim.plots.sensitivity import plot_effects, plot_flip, plot_indices, plot_shares, plot_tornado
from crmsim.plots.style import new_figure, to_png

NAN = math.nan


def tornado_table() -> pd.DataFrame:
    rows = [
        ("money.margin", 0.2, 0.4, 0.6, -10.0, 30.0, 40.0),
        ("loyalty.trust0", 0.0, 0.5, 1.0, 12.0, 8.0, -4.0),
        ("exit.drop_a", 0.1, 0.5, 1.0, NAN, 9.0, NAN),
    ]
    table = pd.DataFrame(rows, columns=["parameter", "low", "value", "high", "at_low", "at_high", "swing"])
    for end in ("low", "high"):
        table[f"change_{end}"] = table[f"at_{end}"] - 10.0
        for name in (f"at_{end}", f"change_{end}"):
            table[f"{name}_from"], table[f"{name}_to"] = table[name] - 2.0, table[name] + 2.0
    return table


def indices() -> pd.DataFrame:
    table = pd.DataFrame({"parameter": ["money.margin", "loyalty.trust0"]})
    for name, values in (("first", [0.6, 0.1]), ("total", [0.8, 0.2]), ("size", [9.0, 2.0])):
        table[name] = values
        table[f"{name}_from"], table[f"{name}_to"] = table[name] - 0.1, table[name] + 0.1
    return table.assign(spread=[1.0, 3.0], effect=[9.0, -2.0])


def shares() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "verdict": ["ahead", "wins", "equivalent", "loses", "undecided"],
            "share": [0.7, 0.4, 0.1, 0.2, 0.3], "low": [0.5, 0.3, 0.0, 0.1, 0.2],
            "high": [0.8, 0.6, 0.3, 0.4, 0.5], "n": 20,
        }
    )  # fmt: skip


def worlds() -> pd.DataFrame:
    margin = np.linspace(-5.0, 5.0, 12)
    verdict = np.where(margin > 2, "wins", np.where(margin < -2, "loses", "undecided"))
    table = pd.DataFrame({"world": range(12), "money.margin": np.linspace(0.1, 0.9, 12), "margin": margin})
    table["verdict"] = verdict
    table.loc[5, "verdict"] = ""
    return table


FLIP = pd.Series(
    {"parameter": "money.margin", "limit": 0.5, "ahead_below": 0.1, "ahead_above": 0.9, "sure": True}
)


def trials() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "trial": range(5), "state": ["kept", "infeasible", "kept", "refused", "kept"],
            "clv_gain": [0.0, 9.0, 3.0, NAN, 2.0], "satisfied_gain": [0.0, 0.1, -0.02, NAN, 0.03],
            "best": [1.0, 1.0, 4.0, 4.0, 4.0], "chosen": [False, False, True, False, True],
        }
    )  # fmt: skip


def holdout(n: int = 10) -> pd.DataFrame:
    rows = []
    for candidate, gains in (("start", (0.0, 0.0)), ("2", (2.5, -0.015)), ("4", (1.5, 0.02))):
        for outcome, gain in zip(("clv", "satisfied"), gains, strict=True):
            reach = abs(gain) / 2 if n > 1 else math.inf
            rows.append((candidate, outcome, n, gain, gain - reach, gain + reach))
    return pd.DataFrame(rows, columns=["candidate", "outcome", "n", "gain", "gain_low", "gain_high"])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_all_are_drawn_in_both_languages_without_a_warning(lang):
    figure, axes = new_figure(14, 16, rows=4, columns=2)
    about = {"outcome": "clv", "currency": "CU", "strategy": "save_risk", "lang": lang}
    money = {"currency": "CU", "lang": lang}
    plot_tornado(tornado_table(), axes[0, 0], centre=10.0, base="do_nothing", **about)
    plot_tornado(tornado_table(), axes[0, 1], centre=10.0, **about)
    plot_indices(indices(), axes[1, 0], lang=lang)
    plot_effects(indices(), axes[1, 1], **about)
    plot_shares(shares(), axes[2, 0], winner="save_risk", equivalence=1.0, lang=lang)
    plot_flip(worlds(), FLIP, axes[2, 1], outcome="clv", winner="save_risk", **money)
    plot_search(trials(), holdout(), axes[3, 0], outcome="clv", **money)
    plot_front(trials(), holdout(), axes[3, 1], outcomes=("clv", "satisfied"), **money)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(to_png(figure)) > 20_000
    for ax in (axes[0, 0], axes[0, 1], axes[1, 1], axes[3, 1]):
        assert "CU" in ax.get_xlabel()
    for ax in (axes[2, 1], axes[3, 0]):
        assert "CU" in ax.get_ylabel()
    for ax in axes.flat:
        assert ax.get_xlabel()


def test_bars_of_the_tornado_begin_at_the_centre_and_end_where_the_table_says():
    ax = plot_tornado(tornado_table(), new_figure(6, 4)[1], outcome="clv", currency="CU", centre=10.0,
                      strategy="save_risk")  # fmt: skip
    low, high = ax.containers
    assert [bar.get_x() + bar.get_width() for bar in low] == [-10.0, 12.0]
    assert [bar.get_x() for bar in high] == [10.0, 10.0]
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        "money.margin = 0.4",
        "loyalty.trust0 = 0.5",
    ]
    assert {text.get_text() for text in ax.texts} == {"0.2", "0.6", "0", "1"}, "the ends of the parameters"


def test_a_difference_of_shares_is_in_percentage_points_and_a_level_in_percent():
    about = {"outcome": "satisfied", "currency": "CU", "strategy": "save_risk", "centre": 0.1}
    table = tornado_table()
    both = plot_tornado(table, new_figure(6, 4)[1], base="do_nothing", **about)
    assert "percentage points" in both.get_xlabel()
    assert both.containers[0][0].get_x() + both.containers[0][0].get_width() == pytest.approx(-1000.0)
    alone = plot_tornado(table, new_figure(6, 4)[1], **about)
    assert "(%)" in alone.get_xlabel()
    assert alone.containers[0][0].get_x() + alone.containers[0][0].get_width() == pytest.approx(-10.0)


def test_without_intervals_none_are_drawn():
    table = tornado_table()
    for name in [column for column in table if column.endswith(("_from", "_to"))]:
        table[name] = math.inf
    figure, axes = new_figure(12, 4, columns=2)
    ax = plot_tornado(table, axes[0], outcome="clv", currency="CU", centre=10.0, strategy="save_risk")
    assert len(ax.lines) == 1, "the centre alone"
    plot_search(trials(), holdout(1), axes[1], outcome="clv", currency="CU")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        to_png(figure)


def test_indices_that_are_not_known_leave_an_empty_row():
    table = indices()
    table.loc[:, table.columns != "parameter"] = NAN
    figure, ax = new_figure(6, 4)
    plot_indices(table, ax)
    to_png(figure)


def test_the_winner_on_the_hold_out_is_one_mark_and_failed_trials_are_none():
    ax = plot_search(trials(), holdout(), new_figure(6, 4)[1], outcome="clv", currency="CU")
    labels = {line.get_label(): line for line in ax.lines}
    assert labels["tried"].get_ydata().tolist() == [0.0, 3.0, 2.0]
    assert labels["breaks a constraint"].get_xdata().tolist() == [1]
    assert labels["best so far"].get_ydata().tolist() == [0.0, 0.0, 3.0, 3.0, 3.0]
    assert labels["winner on the hold-out (10), 95% interval"].get_ydata().tolist() == [2.5]


def test_best_so_far_falls_where_less_is_better():
    table = trials().rename(columns={"clv_gain": "wait_gain"})
    held = holdout().replace("clv", "wait")
    ax = plot_search(table, held, new_figure(6, 4)[1], outcome="wait", currency="CU")
    line = next(line for line in ax.lines if line.get_label() == "best so far")
    assert line.get_ydata().tolist() == [0.0, 0.0, 0.0, 0.0, 0.0]


def test_without_winners_what_was_tried_is_drawn():
    figure, axes = new_figure(12, 4, columns=2)
    nobody = trials().assign(chosen=False, state="infeasible", best=NAN)
    plot_search(nobody, holdout().head(0), axes[0], outcome="clv", currency="CU")
    plot_front(nobody, holdout().head(0), axes[1], outcomes=("clv", "satisfied"), currency="CU")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        to_png(figure)


def test_the_front_is_in_order_and_in_the_units_of_its_axes():
    ax = plot_front(trials(), holdout(), new_figure(6, 4)[1], outcomes=("clv", "satisfied"), currency="CU")
    labels = {line.get_label(): line for line in ax.lines}
    assert labels["Pareto front of the search"].get_xdata().tolist() == [2.0, 3.0]
    assert labels["the same on the hold-out"].get_ydata().tolist() == pytest.approx([-1.5, 2.0])
    assert "percentage points" in ax.get_ylabel()


def test_the_line_that_flips_the_verdict():
    ax = plot_flip(worlds(), FLIP, new_figure(6, 4)[1], outcome="clv", currency="CU", winner="save_risk")
    assert [text.get_text() for text in ax.texts] == ["ahead in 10%", "ahead in 90%"]
    assert ax.lines[1].get_xdata()[0] == 0.5
    assert sum(len(part.get_offsets()) for part in ax.collections) == 10, "world 0 and the one that failed"
    mild = plot_flip(
        worlds(), FLIP, new_figure(6, 4)[1], outcome="clv", currency="CU", winner="save_risk", equivalence=2.0
    )
    assert -2.0 in {line.get_ydata()[0] for line in mild.lines}, "above it, the winner counts as ahead"
    never = FLIP.copy()
    never["sure"] = False
    ax = plot_flip(worlds(), never, new_figure(6, 4)[1], outcome="clv", currency="CU", winner="save_risk")
    assert not ax.texts
