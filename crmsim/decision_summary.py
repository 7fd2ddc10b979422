"""A decision in sentences: one page that stands by itself, for somebody who was not there.

Like the first page of an expert opinion: what to do, how sure that is, whom it concerns, what it costs,
what would change it, and what to be careful about. Whatever was not asked is said to be unknown.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from crmsim.comparison_report import failure_sentences
from crmsim.decision import Decision
from crmsim.decision_words import robustness_sentences, search_sentences, sensitivity_sentences
from crmsim.experiment_file import SECTIONS
from crmsim.metrics.outcomes import OUTCOMES
from crmsim.pages import amount
from crmsim.paired_tables import PairedWorlds
from crmsim.plots.style import strategy_label
from crmsim.returns import Payback
from crmsim.text import say

__all__ = ["QUESTIONS", "decision_summary"]

#: What the first page answers, in this order.
QUESTIONS = ("which", "how_sure", "whom", "cost", "change", "careful")
_YEAR = 365.0


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
    return sentence[:1].upper() + sentence[1:]


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
        found = rivals.loc[rivals["verdict"].isin([kind, "same"] if kind == "equivalent" else [kind]), "strategy"]
        if len(found) and verdict.kind not in ("base", "best"):
            costs = [_with_cost(d, name, lang) for name in (verdict.best, *found)]
            yield say(f"decision.rivals.{kind}", lang, **names, costs="; ".join(costs))


def _with_cost(d: Decision, name: str, lang: str) -> str:
    """Return a strategy with its cost: who cannot be told apart by value can be by price."""
    cost = d.comparison.values(name, "strategy_cost").mean()
    values = {"strategy": strategy_label(name, lang), "cost": _amount(d, cost, "strategy_cost")}
    return say("decision.with_cost", lang, **values)


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
    level = c.values(c.base, file.outcome).mean()
    yield say("decision.level", lang, base=strategy_label(c.base, lang), level=_amount(d, level), **about)
    yield say("decision.basis", lang, **about)


def _whom(d: Decision, lang: str) -> Iterator[str]:
    differences = d.differences().set_index(["strategy", "outcome"])
    currency = d.comparison.scenario.currency
    for outcome in ("clv_vip", "clv_small"):
        row = differences.loc[(d.challenger, outcome)]
        ends = {end: amount(row[end], row["unit"], currency, signed=True) for end in ("mean", "low", "high")}
        names = {"strategy": strategy_label(d.challenger, lang), "outcome": say(f"outcome.{outcome}", lang)}
        yield say(f"decision.tier.{row['verdict']}", lang, **names, **ends)
    saved = d.parts.get("saved")
    if isinstance(saved, PairedWorlds):
        yield from _saved(saved, currency, lang)
    else:
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
        rows = gains[gains["verdict"] == verdict].sort_values("mean", ascending=verdict == "lower")
        parts = [
            say(
                "decision.group", lang, group=say(f"tier.{row['tier']}", lang),
                **{end: amount(row[end], "currency", currency, signed=True) for end in ("mean", "low", "high")},
            )
            for row in rows.to_dict("records")
        ]  # fmt: skip
        if parts:
            yield say(f"decision.gains.{verdict}", lang, groups="; ".join(parts))


def _cost(d: Decision, lang: str) -> Iterator[str]:
    currency = d.comparison.scenario.currency
    returns, budget = d.parts.get("returns"), d.parts.get("budget")
    if returns is None:
        cost = _amount(d, d.comparison.values(d.challenger, "strategy_cost").mean(), "strategy_cost")
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
    yield say("decision.no_budget" if best.budget == 0 else "decision.budget", lang, **about, **levels, **gain)


def _level(per_year: float, currency: str, lang: str) -> str:
    """Return a yearly budget in words; at the ends it is none, or no limit."""
    if per_year == 0 or math.isinf(per_year):
        return say("decision.budget.nothing" if per_year == 0 else "decision.budget.no_limit", lang)
    return say("decision.budget.level", lang, amount=amount(per_year, "currency", currency))


def _paid_back(payback: Payback, lang: str) -> str:
    if payback.day == 0:
        return say("decision.never_red", lang)
    if math.isinf(payback.day):
        return say("decision.not_paid_back", lang)
    days = {name: f"{value / _YEAR:.1f}" for name, value in payback._asdict().items()}
    key = "decision.paid_back_from" if math.isinf(payback.high) else "decision.paid_back"
    return say(key, lang, **days)


def _change(d: Decision, lang: str) -> Iterator[str]:
    for name, sentences in (("robustness", robustness_sentences), ("sensitivity", sensitivity_sentences)):
        if name in d.parts:
            yield from sentences(d.parts[name], lang)  # type: ignore[operator]
        else:
            yield _missing(d, name, lang)
    if "search" in d.parts:
        yield from search_sentences(d.parts["search"], lang)  # type: ignore[arg-type]
    else:
        yield _missing(d, "search", lang)


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
        names = [strategy_label(name, lang) for name in short["strategy"]]
        needed = int(short["needed"].max())
        yield say("decision.not_enough", lang, n=len(c.finished), names="; ".join(names), needed=needed)
    if d.verdict().kind in ("undecided", "base_ahead") and file.margin is None:
        yield say("decision.no_margin", lang)
    if c.values(d.challenger, file.outcome).var() == 0:
        yield say("decision.no_variance", lang)
    if any(name.startswith("oracle_") for name in d.experiment.strategies):
        yield say("decision.oracle", lang)
    yield say("decision.model", lang, scenario=c.scenario.name, about=c.scenario.about)
    terms = {"currency": c.scenario.currency, "price_date": c.scenario.price_date}
    rate = f"{c.scenario.money.annual_discount_rate:.1%}"
    years = f"{c.scenario.population.horizon_days / _YEAR:.1f}"
    yield say("decision.terms", lang, rate=rate, years=years, seed=c.seed, **terms)


def _missing(d: Decision, section: str, lang: str) -> str:
    """Say that a question has no answer: not asked, failed, or not begun."""
    name = say(f"decision.section.{section}", lang)
    asked = section in d.experiment.sections
    return say("decision.no_answer" if asked else "decision.not_asked", lang, section=name, key=section)


def _amount(d: Decision, value: float, outcome: str | None = None, *, signed: bool = False) -> str:
    unit = OUTCOMES[outcome or d.experiment.file.outcome].unit
    return amount(value, unit, d.comparison.scenario.currency, signed=signed)
