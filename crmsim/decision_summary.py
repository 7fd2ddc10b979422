"""A decision in sentences: one page that stands by itself, for somebody who was not there.

Like the first page of an expert opinion: what to do, how sure that is, whom it concerns, what it costs,
what would change it, and what to be careful about. Whatever was not asked is said to be unknown.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from crmsim.comparison_report import failure_sentences
from crmsim.decision import Decision
from crmsim.decision_words import (
    robustness_sentences,
    search_numbers,
    search_sentences,
    sensitivity_sentences,
)
from crmsim.experiment_file import SECTIONS
from crmsim.metrics.outcomes import OUTCOMES
from crmsim.pages import amount
from crmsim.paired_tables import PairedWorlds
from crmsim.plots.style import strategy_label
from crmsim.returns import Payback
from crmsim.robust_verdict import Robustness
from crmsim.search_result import SearchResult
from crmsim.sensitivity import Sensitivity
from crmsim.text import say

__all__ = ["QUESTIONS", "decision_summary"]

#: What the first page answers, in this order.
QUESTIONS = ("which", "how_sure", "whom", "cost", "change", "careful")
_YEAR = 365.0
#: In which share of the plausible worlds a verdict must hold to be called firm, or at least fair.
_FIRM, _HALF = 0.8, 0.5


def decision_summary(decision: Decision, lang: str = "en") -> dict[str, list[str]]:
    """Return the sentences of the first page by question, in the order of :data:`QUESTIONS`.

    Parameters
    ----------
    decision : Decision
    lang : {"en", "zh"}
    """
    answers = (_which, _how_sure, _whom, _cost, _change, _careful)
    return {
        question: [_capital(sentence) for sentence in answer(decision, lang)]
        for question, answer in zip(QUESTIONS, answers, strict=True)
    }


def _capital(sentence: str) -> str:
    """Begin with a capital, unless the first word is the address of a parameter."""
    first = sentence.split(" ", 1)[0]
    return sentence if "." in first or "_" in first else sentence[:1].upper() + sentence[1:]


def _which(d: Decision, lang: str) -> Iterator[str]:
    verdict, base = d.verdict(), d.comparison.base
    names = {
        "best": strategy_label(verdict.best, lang),
        "base": strategy_label(base, lang),
        "n": len(d.comparison.strategies),
        "outcome": say(f"outcome.{d.experiment.file.outcome}", lang),
        "margin": _amount(d, d.experiment.file.margin or math.nan),
    }
    yield say(f"decision.kind.{verdict.kind}", lang, **names)
    rivals = verdict.rivals[verdict.rivals["strategy"] != base]
    for kind in ("equivalent", "undecided"):
        found = rivals.loc[
            rivals["verdict"].isin([kind, "same"] if kind == "equivalent" else [kind]), "strategy"
        ]
        if len(found) and verdict.kind not in ("base", "best"):
            group = (verdict.best, *found)
            cheapest = min(group, key=lambda name: _mean(d, name, "strategy_cost"))
            yield say(
                f"decision.rivals.{kind}", lang, **names, cheapest=strategy_label(cheapest, lang),
                costs="; ".join(_with_cost(d, name, lang) for name in group),
            )  # fmt: skip
    robust = d.parts.get("robustness")
    if isinstance(robust, Robustness):
        ahead = robust.shares.set_index("verdict").loc["ahead"]
        share = ahead["share"]
        # Firm is what even the lower end of the interval calls so.
        kind = "firm" if ahead["low"] >= _FIRM else "partly" if share >= _HALF else "weak"
        yield say(f"decision.stands.{kind}", lang, **names | {"n": int(ahead["n"])}, share=f"{share:.0%}")


def _mean(d: Decision, name: str, outcome: str) -> float:
    return float(np.nanmean(d.comparison.values(name, outcome)))


def _with_cost(d: Decision, name: str, lang: str) -> str:
    """Return a strategy with its cost: who cannot be told apart by value can be by price."""
    cost = _amount(d, _mean(d, name, "strategy_cost"), "strategy_cost")
    return say("decision.with_cost", lang, strategy=strategy_label(name, lang), cost=cost)


def _how_sure(d: Decision, lang: str) -> Iterator[str]:
    file, verdict, c = d.experiment.file, d.verdict(), d.comparison
    about = {
        "outcome": say(f"outcome.{file.outcome}", lang), "confidence": f"{file.confidence:.0%}",
        "years": f"{c.scenario.population.horizon_days / _YEAR:.1f}", "n": len(c.finished),
        "customers": f"{c.scenario.population.customers:,}", "count": len(c.strategies),
    }  # fmt: skip
    shown = [(verdict.best, c.base)] if verdict.best != c.base else []
    nearest = verdict.rivals.iloc[0]["strategy"]
    if nearest != c.base or not shown:
        shown.append((verdict.best, nearest))
    for better, other in shown:
        row = verdict.against(other)
        ends = {end: _amount(d, row[end], signed=True) for end in ("mean", "low", "high")}
        names = {"better": strategy_label(better, lang), "other": strategy_label(other, lang)}
        yield say("decision.by_how_much", lang, **about, **names, **ends)
    level = _mean(d, c.base, file.outcome)
    yield say("decision.level", lang, base=strategy_label(c.base, lang), level=_amount(d, level), **about)
    if file.outcome == "clv" and level < 0:
        yield say("decision.negative", lang)
    yield say("decision.basis", lang, **about)


def _whom(d: Decision, lang: str) -> Iterator[str]:
    saved, currency = d.parts.get("saved"), d.comparison.scenario.currency
    if isinstance(saved, PairedWorlds):
        yield from _saved(saved, currency, lang)
        return
    differences = d.differences().set_index(["strategy", "outcome"])
    for outcome in ("clv_vip", "clv_small"):
        row = differences.loc[(d.challenger, outcome)]
        ends = {end: amount(row[end], row["unit"], currency, signed=True) for end in ("mean", "low", "high")}
        names = {"strategy": strategy_label(d.challenger, lang), "outcome": say(f"outcome.{outcome}", lang)}
        yield say(f"decision.tier.{row['verdict']}", lang, **names, **ends)
    yield _missing(d, "saved", lang)


def _saved(saved: PairedWorlds, currency: str, lang: str) -> Iterator[str]:
    types = saved.types().set_index("type")["share"] * 1000.0
    counts = {name: f"{count:,.0f}" for name, count in types.items()}
    yield say(
        "decision.saved", lang, strategy=strategy_label(saved.other.name, lang), day=saved.day,
        base=strategy_label(saved.base.name, lang), **counts,
    )  # fmt: skip
    gains = saved.uplift("tier").query("measure == 'value_uplift'")
    for verdict in ("higher", "lower", "undecided"):
        rows = gains[(gains["verdict"] == verdict) & (gains["n"] > 1)].sort_values(
            "mean", ascending=verdict == "lower"
        )
        parts = [_group(row, currency, lang) for row in rows.to_dict("records")]
        if parts:
            yield say(f"decision.gains.{verdict}", lang, groups="; ".join(parts))


def _group(row: dict[str, Any], currency: str, lang: str) -> str:
    ends = {end: amount(row[end], "currency", currency, signed=True) for end in ("mean", "low", "high")}
    return say("decision.group", lang, group=say(f"tier.{row['tier']}", lang), **ends)


def _cost(d: Decision, lang: str) -> Iterator[str]:
    currency = d.comparison.scenario.currency
    returns, budget = d.parts.get("returns"), d.parts.get("budget")
    if returns is None:
        cost = _amount(d, _mean(d, d.challenger, "strategy_cost"), "strategy_cost")
        yield say("decision.cost_only", lang, strategy=strategy_label(d.challenger, lang), cost=cost)
        yield _missing(d, "returns", lang)
    else:
        table = returns.returns()
        rows = {name: row for name, row in table.iterrows()}
        values = {
            f"{name}{end}": amount(rows[name][column], "currency", currency, signed=name == "net")
            for name in ("gain", "cost", "net")
            for end, column in (("", "mean"), ("_low", "low"), ("_high", "high"))
        }
        name = strategy_label(returns.other.name, lang)
        yield say("decision.money", lang, strategy=name, n=len(returns.replications), **values)
        roi = rows["roi"]
        if rows["cost"]["low"] > 0 and math.isfinite(roi["low"]):
            ends = {end: f"{roi[end]:+.2f}" for end in ("mean", "low", "high")}
            yield say("decision.roi", lang, currency=currency, **ends)
        else:
            yield say("decision.no_roi", lang)
        yield _paid_back(returns.payback(), lang)
    if budget is None:
        yield _missing(d, "budget", lang)
        return
    best, held = budget.best(), budget.expected()
    levels = {name: _level(value, currency, lang) for name, value in best._asdict().items()}
    about = {"strategy": strategy_label(budget.strategy.name, lang), "n": len(budget.holdout)}
    ends = {"mean": held.mean, "low_gain": held.low, "high_gain": held.high}
    gain = {end: amount(value, "currency", currency, signed=True) for end, value in ends.items()}
    yield say(
        "decision.no_budget" if best.budget == 0 else "decision.budget", lang, **about, **levels, **gain
    )
    edges = {budget.budgets[1]: "lowest", budget.budgets[-2]: "highest"}
    if best.budget in edges:
        yield say("decision.budget.edge", lang, end=say(f"decision.budget.{edges[best.budget]}", lang))


def _level(per_year: float, currency: str, lang: str) -> str:
    """Return a yearly budget in words; at the ends it is none, or no limit."""
    if per_year == 0 or math.isinf(per_year):
        return say("decision.budget.nothing" if per_year == 0 else "decision.budget.no_limit", lang)
    return say("decision.budget.level", lang, amount=amount(per_year, "currency", currency))


def _paid_back(payback: Payback, lang: str) -> str:
    if payback.day == 0 and payback.high == 0:
        return say("decision.never_red", lang)
    if math.isinf(payback.day):
        return say("decision.not_paid_back" if math.isinf(payback.low) else "decision.payback_open", lang)
    days = {name: f"{value / _YEAR:.1f}" for name, value in payback._asdict().items()}
    key = "decision.paid_back_from" if math.isinf(payback.high) else "decision.paid_back"
    return say(key, lang, **days)


def _change(d: Decision, lang: str) -> Iterator[str]:
    robust, sensitive, search = (d.parts.get(name) for name in ("robustness", "sensitivity", "search"))
    if isinstance(robust, Robustness):
        yield from robustness_sentences(robust, lang)
        worlds = robust.table[1:]
        behind = worlds.loc[worlds["margin"] <= 0, "rival"]
        if len(behind):
            count = behind.value_counts()
            rival = strategy_label(count.index[0], lang)
            yield say("decision.instead", lang, rival=rival, count=int(count.iloc[0]), n=len(behind))
    else:
        yield _missing(d, "robustness", lang)
    if isinstance(sensitive, Sensitivity):
        yield from sensitivity_sentences(sensitive, lang, most=2)
    else:
        yield _missing(d, "sensitivity", lang)
    if isinstance(search, SearchResult):
        yield from search_sentences(search, lang)
        yield from _tuned(d, search, lang)
    else:
        yield _missing(d, "search", lang)


def _tuned(d: Decision, search: SearchResult, lang: str) -> Iterator[str]:
    """Say which numbers lie ready as a strategy, or that none do and why."""
    tuned = d.tuned()
    about = {"strategy": strategy_label(search.strategy.name, lang)}
    if tuned is not None:
        numbers = search_numbers(search, search.winners[0])
        yield say("decision.tuned", lang, name=tuned.name, numbers=numbers, **about)
    elif search.winners and search.tried[search.winners[0]].numbers != search.space.start(search.strategy):
        yield say("decision.not_tuned", lang, **about)


def _careful(d: Decision, lang: str) -> Iterator[str]:
    c, file = d.comparison, d.experiment.file
    yield from failure_sentences(c, lang)
    if d.interrupted is not None:
        where = say(f"decision.section.{d.interrupted}", lang)
        yield say("decision.interrupted", lang, section=where, n=len(c.finished), asked=c.asked)
    for name in SECTIONS:
        if name in d.problems:
            about = {"section": say(f"decision.section.{name}", lang), "problem": d.problems[name]}
            yield say("decision.problem", lang, **about)
    deciding = d.differences().query("outcome == @file.outcome")
    short = deciding[~deciding["enough"]]
    if len(short):
        names = [f"“{strategy_label(name, lang)}”" for name in short["strategy"]]
        needed = int(short["needed"].max())
        yield say("decision.not_enough", lang, n=len(c.finished), names="; ".join(names), needed=needed)
    if d.verdict().kind in ("undecided", "base_ahead") and file.margin is None:
        yield say("decision.no_margin", lang)
    if c.values(d.challenger, file.outcome).var() == 0:
        yield say("decision.no_variance", lang)
    if any(name.startswith("oracle_") for name in d.experiment.strategies):
        yield say("decision.oracle", lang)
    yield say("decision.model", lang, scenario=c.scenario.name)
    terms = {"currency": c.scenario.currency, "price_date": c.scenario.price_date}
    rate = f"{c.scenario.money.annual_discount_rate:.1%}"
    years = f"{c.scenario.population.horizon_days / _YEAR:.1f}"
    yield say("decision.terms", lang, rate=rate, years=years, seed=c.seed, **terms)
    if c.scenario.currency == "CU":
        yield say("decision.unit", lang)


def _missing(d: Decision, section: str, lang: str) -> str:
    """Say that a question has no answer: not asked, failed, or not begun."""
    name = say(f"decision.section.{section}", lang)
    asked = section in d.experiment.sections
    return say("decision.no_answer" if asked else "decision.not_asked", lang, section=name, part=section)


def _amount(d: Decision, value: float, outcome: str | None = None, *, signed: bool = False) -> str:
    unit = OUTCOMES[outcome or d.experiment.file.outcome].unit
    return amount(value, unit, d.comparison.scenario.currency, signed=signed)
