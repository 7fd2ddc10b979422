"""Who makes the profit: the share of the best, and the peak of the whale curve."""

from __future__ import annotations

from crmsim.audit.concentration import share_of_top, whale_curve
from crmsim.exercises.calculations.drawing import Draw
from crmsim.exercises.calculations.problem import Draft, Generator, Number

__all__ = ["GENERATORS"]

_LETTERS = "ABCDEFGHIJ"


def _top_share(draw: Draw) -> Draft:
    profits = [draw.pick("1", range(300, 601, 10)), draw.pick("2", range(150, 291, 10))]
    profits += [draw.pick(str(k), range(10, 121, 5)) for k in range(3, 11)]
    profits = draw.shuffled("order", profits)
    ranked = sorted(profits, reverse=True)
    total = sum(profits)
    value = 100.0 * share_of_top(profits, 0.2)
    slips = {
        "best_one": 100.0 * ranked[0] / total,
        "first_listed": 100.0 * sum(profits[:2]) / total,
        "above_mean": 100.0 * sum(p for p in profits if p > total / 10) / total,
        "against_others": 100.0 * sum(ranked[:2]) / sum(ranked[2:]),
    }
    figures = {"profits": profits, "first": ranked[0], "second": ranked[1], "total": total,
               "top": sum(ranked[:2]), "others": sum(ranked[2:])}  # fmt: skip
    rows = [(_LETTERS[k], profits[k]) for k in range(10)]
    return Draft(figures, Number(value, "percent", 1, 0.1), slips, rows)


def _whale(draw: Draw) -> Draft | None:
    profits = [draw.pick(str(k), range(20, 301, 10)) for k in range(5)]
    profits += [-draw.pick(str(k), range(10, 101, 10)) for k in range(5, 8)]
    profits = draw.shuffled("order", profits)
    ranked = sorted(profits, reverse=True)
    total, gains = sum(profits), sum(p for p in profits if p > 0)
    if total <= 0:
        return None
    value = whale_curve(profits).peak
    slips = {
        "what_is_lost": value - 100.0,
        "best_one": 100.0 * ranked[0] / total,
        "of_the_gains": 100.0 * total / gains,
        "all_positive": 100.0 * gains / sum(abs(p) for p in profits),
        "best_half": 100.0 * sum(ranked[:4]) / total,
    }
    figures = {"profits": profits, "ranked": ranked, "total": total, "gains": gains, "losses": gains - total}
    rows = [(_LETTERS[k], profits[k]) for k in range(8)]
    return Draft(figures, Number(value, "percent", 1, 0.1), slips, rows)


GENERATORS = (
    Generator("top_share", _top_share, "concentration"),
    Generator("whale_peak", _whale, "concentration"),
)
