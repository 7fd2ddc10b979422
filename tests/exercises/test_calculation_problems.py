"""Calculations: every problem against a computation of its own, made from what the student can read."""

from __future__ import annotations

import functools
import math
import string
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from crmsim.errors import InputError
from crmsim.exercises.calculations import (
    _generators,
    check,
    list_calculations,
    make_problem,
    problem_text,
    solution_text,
)
from crmsim.exercises.calculations.problem import Number, Problem, _read
from crmsim.exercises.calculations.wording import number_text
from crmsim.exercises.entries import entries
from crmsim.exercises.question import TOPICS

INFOS = {info.name: info for info in list_calculations()}
NAMES = sorted(INFOS)
VARIANTS = 60  # of each calculation: two thousand problems in all
LANGUAGES = ("en", "zh")
FILES = sorted({generator.texts for generator in _generators().values()})


@functools.cache
def problems(name: str) -> list[Problem]:
    return [make_problem(name, f"student {k}", seed=k % 7, number=k % 3) for k in range(VARIANTS)]


class Readable:
    """The figures of a problem as exact numbers; it remembers which were looked at."""

    def __init__(self, problem: Problem):
        self.figures, self.seen = problem.figures, set()

    def __getitem__(self, name: str) -> Any:
        self.seen.add(name)
        return self._exact(self.figures[name])

    def _exact(self, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [self._exact(part) for part in value]
        if isinstance(value, dict):
            return {key: self._exact(part) for key, part in value.items()}
        return Fraction(str(round(value, 10))) if isinstance(value, int | float) else value


def series(factor: Fraction, first: int = 0) -> float:
    """Sum a geometric series term by term until nothing is added any more."""
    total, term = 0.0, float(factor) ** first
    while term > 1e-15:
        total, term = total + term, term * float(factor)
    return total


def clv_now(g):
    return float(g["revenue"] * g["rate"]) * series(g["retention"] / (1 + g["discount"]))


def clv_year_end(g):
    return clv_now(g) / float(1 + g["discount"])


def clv_if_renewed(g):
    return float(g["revenue"] * g["rate"]) * series(g["retention"] / (1 + g["discount"]), first=1)


def clv_less_cost(g):
    return clv_now(g) - float(g["cost"])


def retention_points(g):
    growth = 1 + g["discount"]
    more = series(g["raised"] / growth) - series(g["retention"] / growth)
    return float(g["customers"] * g["revenue"] * g["rate"]) * more


def clv_finite(g):
    there, factor, total = Fraction(1), Fraction(1), Fraction(0)
    for _ in range(int(g["payments"])):
        total += g["margin"] * there * factor
        there, factor = there * g["retention"], factor / (1 + g["discount"])
    return total


def by_year(margins, g):
    """Go backwards: what a year is worth is its margin and, if kept, the discounted rest."""
    rest = Fraction(0)
    for margin in reversed(margins):
        rest = margin + g["retention"] * rest / (1 + g["discount"])
    return rest


def clv_cash_flows(g):
    return by_year([r - c for r, c in zip(g["revenue"], g["cost"], strict=True)], g) - g["acquisition"]


def six_components(g):
    return sum(by_year(row, g) for row in g["tables"].values()) - g["cost"]


def wallet_share(g):
    shares = [g["share"], g["share"] + g["step_bare"] / 100, g["share"] + 2 * g["step_bare"] / 100]
    return by_year([g["wallet"] * s * g["rate"] for s in shares], g)


def retention_curve(g):
    left = g["people"]
    for rate in (g["first"], g["second"], g["third"]):
        left -= left * (1 - rate)
    return left


def clv_monthly(g):
    """Month by month, the discounting of month k being a k-th of twelve parts of a year."""
    total, there, month = 0.0, 1.0, 0
    kept, growth = float(1 - g["churn"]), float(1 + g["yearly"])
    while there > 1e-13:
        total += there * growth ** (-month / 12)
        there, month = there * kept, month + 1
    return float(g["margin"]) * total


def churn_year(g):
    left = Fraction(100)
    for _ in range(12):
        left -= left * g["churn"]
    return 100 - left


def mean_stay(kept: float) -> float:
    """Sum over how long one may stay, each with its probability."""
    total, there, periods = 0.0, 1.0, 1
    while there * periods > 1e-12:
        total += periods * there * (1.0 - kept)
        there, periods = there * kept, periods + 1
    return total


def lifetime(g):
    return mean_stay(float(g["retention"]))


def lifetime_years(g):
    return mean_stay(1.0 - float(g["churn"])) / 12.0


def churn_change(g):
    return 100 * (1 - (1 - g["after"]) / (1 - g["before"]))


def present_value(g):
    return ((g["third"] / (1 + g["discount"]) + g["second"]) / (1 + g["discount"]) + g["first"]) / (
        1 + g["discount"]
    )


def broad_clv(g):
    value, growth = Fraction(0), 1 + g["discount"]
    early, last_year, now, next_year, late = g["amounts"]
    value += (early * growth + last_year) * growth
    return value + now + (next_year + late / growth) / growth


def delivered_value(g):
    gets = g["product"] + g["service"] + g["personnel"] + g["image"]
    return gets - g["monetary"] - g["time"] - g["mental"] - g["physical"]


def customer_profit(g):
    an_order = g["order"] * (1 - g["goods"]) - g["delivery"]
    return g["orders"] * an_order - g["calls"] * g["call"]


def customer_equity(g):
    growth = 1 + g["discount"]
    fresh = g["won"] * (g["fresh"] - g["cost"])
    return g["customers"] * g["residual"] + (fresh + fresh / growth) / growth


def satisfaction_ratio(g):
    return sum(g["perceived"]) / sum(g["expected"])


def nps(g):
    votes = [-1] * 7 + [0, 0, 1, 1]
    return 100 * sum(v * n for v, n in zip(votes, g["counts"], strict=True)) / sum(g["counts"])


def rfm_cell(g):
    who = "ABCDEFGHIJ".index(g["letter"])
    days, visits, spend = g["days"], g["visits"], g["spend"]
    better = (
        sum(x < days[who] for x in days),
        sum(x > visits[who] for x in visits),
        sum(x > spend[who] for x in spend),
    )
    return tuple(str(5 - b // 2) for b in better)


def abc_classes(g):
    profits, classes, reached = g["profits"], {}, Fraction(0)
    for k in sorted(range(8), key=lambda k: -profits[k]):
        before = reached / sum(profits)
        classes[k] = "A" if before < Fraction(7, 10) else "B" if before < Fraction(9, 10) else "C"
        reached += profits[k]
    return tuple(classes[k] for k in range(8))


def weighted_score(g):
    return sum(w * x for w, x in zip(g["weights"], g["marks"], strict=True))


def kaism_cell(g):
    high = [
        sum(w * x for w, x in zip(g["weights"], g[side], strict=True)) >= g["cut"]
        for side in ("attractive", "strong")
    ]
    return {(1, 1): "key", (1, 0): "development", (0, 1): "maintenance", (0, 0): "opportunity"}[tuple(high)]


def top_share(g):
    profits = list(g["profits"])
    best = max(profits)
    profits.remove(best)
    return 100 * (best + max(profits)) / (best + sum(profits))


def whale_peak(g):
    heights, running = [], 0
    for profit in sorted(g["profits"])[::-1]:
        running += profit
        heights.append(running)
    return 100 * max(heights) / heights[-1]


def four_steps(g):
    return g["saved"] * g["clv"] * g["service"] + g["saved"] * g["clv"] * g["price"] - g["cost"]


def save_call(g):
    """Follow a thousand calls."""
    leaving = 1000 * g["leaving"]
    saved, others = leaving * g["persuaded"], 1000 - leaving
    return (saved * (g["clv"] - g["gift"]) - others * g["gift"]) / 1000


def break_even(g):
    """Find the response at which nothing is left."""
    low, high = 0.0, 100.0
    for _ in range(80):
        middle = (low + high) / 2
        earned = float(g["letters"]) * middle / 100 * float(g["order"] * g["rate"])
        low, high = (middle, high) if earned < float(g["letters"] * g["cost"] + g["fixed"]) else (low, middle)
    return low


def campaign_return(g):
    buyers, anyway = g["treated"] * g["response"], g["treated"] * g["base"]
    return 100 * ((buyers - anyway) * g["order"] * g["rate"] / g["cost"] - 1)


def states(g) -> tuple[list[float], float, int]:
    """Return the stationary chances of so many callers in the system, from the balance of flows."""
    arrivals, agents, minutes = float(g["calls"]) / 60, int(g["agents"]), float(g["minutes"])
    chances = [1.0]
    while len(chances) < 1000:
        served = min(len(chances), agents) / minutes
        chances.append(chances[-1] * arrivals / served)
    total = math.fsum(chances)
    return [c / total for c in chances], arrivals, agents


def wait_probability(g):
    chances, _, agents = states(g)
    return 100 * math.fsum(chances[agents:])


def mean_wait(g):
    """Little's law: those waiting, over arrivals."""
    chances, arrivals, agents = states(g)
    return math.fsum((n - agents) * c for n, c in enumerate(chances) if n > agents) / arrivals


INDEPENDENT: dict[str, Callable[[Readable], Any]] = {name: globals()[name] for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_the_answer_is_that_of_an_independent_computation(name):
    for problem in problems(name):
        value = INDEPENDENT[name](Readable(problem))
        if isinstance(problem.answer, Number):
            assert problem.answer.value == pytest.approx(float(value), rel=1e-9, abs=1e-9)
        else:
            assert problem.answer.value == value


@pytest.mark.parametrize("name", NAMES)
def test_the_student_can_read_every_number_that_is_needed(name):
    for problem in problems(name)[:20]:
        readable = Readable(problem)
        INDEPENDENT[name](readable)
        assert readable.seen
        for lang in LANGUAGES:
            text = problem.text.say(lang)
            if problem.table is not None:
                text += " ".join(cell.say(lang) for row in problem.table.rows for cell in row)
            for needed in readable.seen:
                for value in flat(problem.figures[needed]):
                    forms = ("", "%", "money", "1")
                    written = (
                        {number_text(value, form, lang) for form in forms}
                        if isinstance(value, int | float)
                        else {value}
                    )
                    assert any(form in text for form in written), (lang, needed, value)


def flat(value: Any) -> list:
    if isinstance(value, dict):
        value = list(value.values())
    return [part for item in value for part in flat(item)] if isinstance(value, list | tuple) else [value]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_typed_gets_the_right_verdict(name):
    for problem in problems(name):
        answer = problem.answer
        for lang in LANGUAGES:
            assert check(problem, answer.shown(lang), lang).right, answer.shown(lang)
        for slip in problem.slips:
            feedback = check(problem, answer.shown("zh", slip.value), "en")
            assert (feedback.status, feedback.slip) == ("slip", slip.name)
            assert slip.why.en in feedback.message
    assert check(problems(name)[0], "").status == "unreadable"
    assert check(problems(name)[0], "不知道", "zh").status == "unreadable"


@pytest.mark.parametrize("name", NAMES)
def test_nothing_counts_as_two_results(name):
    """No number lies within the tolerance of the answer and of a slip, or of two slips."""
    for problem in problems(name):
        answer = problem.answer
        values = [answer.value, *(slip.value for slip in problem.slips)]
        for place, one in enumerate(values):
            for other in values[place + 1 :]:
                if not isinstance(answer, Number):
                    assert one != other
                    continue
                steps = [one + (other - one) * k / 50 for k in range(51)]
                assert not any(answer.close(x, one) and answer.close(x, other) for x in steps)


def numeric() -> list[str]:
    return [name for name in NAMES if isinstance(problems(name)[0].answer, Number)]


@pytest.mark.parametrize("name", numeric())
def test_tolerance_is_wide_enough_for_rounding_and_no_wider_than_it_says(name):
    for problem in problems(name):
        answer = problem.answer
        rounded = round(answer.value, answer.decimals)
        assert answer.close(rounded, answer.value) and answer.tolerance >= 0.5 * 10.0**-answer.decimals
        assert answer.tolerance < 0.05 * max(abs(answer.value), *(abs(s.value) for s in problem.slips))
        for sign in (-1, 1):
            assert check(problem, f"{answer.value + sign * 0.99 * answer.tolerance:.9f}").right
            assert not check(problem, f"{answer.value + sign * 1.01 * answer.tolerance:.9f}").right


@pytest.mark.parametrize("name", ["clv_now", "clv_year_end", "clv_if_renewed", "clv_less_cost"])
def test_a_multiple_rounded_to_two_decimals_still_counts(name):
    """Of multiples above 1; below, three figures are needed."""
    for problem in problems(name):
        g = problem.figures
        multiple = float(f"{g['multiple']:.2f}") if g["multiple"] > 1 else float(f"{g['multiple']:.3g}")
        assert check(problem, str(g["margin"] * multiple - g.get("cost", 0))).right


def test_customers_counted_whole_after_each_year_still_count():
    for problem in problems("retention_curve"):
        left = problem.figures["people"]
        for rate in problem.figures["rates"]:
            left = round(left * rate)
        assert check(problem, str(left)).right


def test_slips_are_what_they_say():
    """The worst known ones, worked out by hand."""
    for problem in problems("clv_now"):
        g, slips = problem.figures, {slip.name: slip.value for slip in problem.slips}
        v = 1 / (1 + g["discount"])
        years = 1 / (1 - g["retention"])
        assert slips["annuity"] == pytest.approx(g["margin"] * (1 - v**years) / (1 - v))
        assert slips["annuity"] > problem.answer.value  # Jensen
        assert slips["revenue"] == pytest.approx(problem.answer.value / g["rate"])
    for problem in problems("clv_monthly"):
        g, slips = problem.figures, {slip.name: slip.value for slip in problem.slips}
        y = 1 + g["yearly"]
        assert slips["monthly_used_yearly"] == pytest.approx(12 * g["margin"] * y / (y - 1 + g["churn"]))
        assert slips["yearly_used_monthly"] == pytest.approx(g["margin"] * y / (y - 1 + g["churn"]))
        m = 1 + g["yearly"] / 12
        assert slips["twelfth"] == pytest.approx(g["margin"] * m / (m - 1 + g["churn"]))
    for problem in problems("abc_classes"):
        order = sorted(range(8), key=lambda k: -problem.figures["profits"][k])
        lower = dict((slip.name, slip.value) for slip in problem.slips)["crossing_out"]
        # Never better than the right class, and worse for whoever crosses a border.
        assert all(ours <= theirs for ours, theirs in zip(problem.answer.value, lower, strict=True))
        assert lower[order[0]] == "A"
    for problem in problems("wait_probability"):
        slips = {slip.name: slip.value for slip in problem.slips}
        assert slips["erlang_b"] < problem.answer.value < slips["occupancy"]


def test_a_share_in_the_place_of_per_cent_is_explained():
    told = 0
    for problem in problems("churn_year"):
        feedback = check(problem, f"{problem.answer.value / 100:.4f}")
        assert not feedback.right
        told += feedback.slip == "share"
        assert check(problem, f"{problem.answer.value / 100:.4f}%").slip is None
    assert told > 0.9 * VARIANTS


def test_other_ways_to_write_the_answer():
    years = make_problem("lifetime_years", "a", 1)
    assert check(years, f"{12 * years.answer.value:.1f}个月").right
    assert check(years, f"{12 * years.answer.value:.1f}").slip == "months"
    wait = make_problem("mean_wait", "a", 1)
    assert check(wait, f"{60 * wait.answer.value:.0f} s").right
    money = make_problem("retention_points", "a", 1)
    assert check(money, f"{money.answer.value / 1e4:.2f}万元").right
    ratio = make_problem("satisfaction_ratio", "a", 1)
    assert check(ratio, f"{ratio.figures['b']}/{ratio.figures['a']}").right
    assert check(ratio, f"{100 * ratio.answer.value:.1f}%").right
    cell = make_problem("kaism_cell", "a", 1)
    assert check(cell, cell.answer.terms[cell.answer.value].en.upper() + "s").right
    assert check(cell, "大客户", "zh").status == "unreadable"
    big = make_problem("clv_now", "a", 1)
    assert "1,234" in check(big, "1,234").message


def test_a_comma_for_a_decimal_point_gets_a_hint():
    problem = next(p for p in problems("satisfaction_ratio") if p.answer.value > 1.05)
    feedback = check(problem, f"{problem.answer.value:.3f}".replace(".", ","))
    assert feedback.status == "unreadable" and "decimal point" in feedback.message


@pytest.mark.parametrize("name", ["clv_now", "retention_points", "customer_equity", "retention_curve"])
def test_points_between_thousands_get_a_hint_and_no_slip(name):
    for problem in problems(name):
        typed = f"{problem.answer.value:,.0f}"
        if typed.count(",") == 1:
            feedback = check(problem, typed.replace(",", "."))
            assert feedback.status == "unreadable" and typed in feedback.message, feedback


def test_no_campaign_returns_many_times_what_it_costs():
    assert all(problem.answer.value <= 400 for problem in problems("campaign_return"))


@pytest.mark.parametrize("name", NAMES)
def test_a_problem_depends_on_who_asks_and_on_nothing_else(name):
    problem = make_problem(name, "Zoë 李", 5, 2)
    make_problem(name, "somebody else", 5, 2)
    again = make_problem(name, " ZOË 李　", 5, 2)
    assert (again.text, again.answer.value, again.figures) == (
        problem.text,
        problem.answer.value,
        problem.figures,
    )
    others = [
        make_problem(name, "Zoë 李", 6, 2),
        make_problem(name, "Zoë 李", 5, 3),
        make_problem(name, "Zoe 李", 5, 2),
    ]
    assert all(other.figures != problem.figures for other in others)


@pytest.mark.parametrize("name", NAMES)
def test_students_get_different_numbers(name):
    figures = [str(make_problem(name, f"2026{k:03}", seed=1).figures) for k in range(40)]
    assert len(set(figures)) >= 36


@pytest.mark.parametrize("name", NAMES)
def test_words_are_complete_in_both_languages(name):
    info = INFOS[name]
    assert info.topic in TOPICS and info.difficulty in (1, 2, 3)
    assert info.entries and set(info.entries) <= set(entries())
    words = next(file[name] for file in map(_read, FILES) if name in file)
    assert set(words) - {"columns"} == {"title", "topic", "entries", "difficulty", "text", "steps", "slips"}
    for text in (words["title"], words["text"], *words["steps"], *words["slips"].values()):
        assert set(text) == set(LANGUAGES)
        assert blanks(text["en"]) == blanks(text["zh"]), text["en"]
    for problem in problems(name)[:10]:
        assert {slip.name for slip in problem.slips} == set(words["slips"])
        assert (problem.table is None) == ("columns" not in words)
        for text in (problem.text, *problem.steps, *(slip.why for slip in problem.slips)):
            assert not set("{}") & set(text.en + text.zh)
            assert "nan" not in text.en.lower().split() and "inf" not in text.en.split()
        for lang in LANGUAGES:
            assert problem.answer.expected(lang)
            if isinstance(problem.answer, Number):
                result = number_text(problem.answer.value, str(problem.answer.decimals))
                assert result in problem.steps[-1].say(lang)


def blanks(template: str) -> list[tuple]:
    """Return the blanks with their forms; the order may differ from language to language."""
    return sorted((name, form) for _, name, form, _ in string.Formatter().parse(template) if name is not None)


@pytest.mark.parametrize("name", NAMES)
def test_a_problem_as_plain_text(name):
    problem = problems(name)[0]
    for lang in LANGUAGES:
        text = problem_text(problem, lang)
        assert problem.text.say(lang) in text and problem.answer.expected(lang) in text
        assert len(solution_text(problem, lang).splitlines()) == len(problem.steps)
        if problem.table is not None:
            lines = [
                line for line in text.splitlines() if line.startswith(problem.table.rows[-1][0].say(lang))
            ]
            assert any(all(cell.say(lang) in line for cell in problem.table.rows[-1]) for line in lines)


def test_no_words_are_left_over():
    assert sorted(name for file in map(_read, FILES) for name in file) == NAMES
    titles = {(info.title.en, info.title.zh) for info in INFOS.values()}
    assert len(titles) == len(INFOS) >= 14


def test_bad_calls_are_refused():
    with pytest.raises(InputError, match=r"^calculation: must be one of clv_now"):
        make_problem("clv", "a", 1)
    with pytest.raises(InputError, match=r"^student: must be a name"):
        make_problem("clv_now", "  ", 1)
    with pytest.raises(InputError, match=r"^seed: must be a whole number from 0"):
        make_problem("clv_now", "a", -1)
    with pytest.raises(InputError, match=r"^number: must be a whole number"):
        make_problem("clv_now", "a", 1, 1.5)
