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
from crmsim.decision_sections import section_failures
from crmsim.decision_words import (
    robustness_sentences,
    search_numbers,
    search_sentences,
    sensitivity_sentences,
)
from crmsim.experiment_sections import SECTIONS
from crmsim.field_paths import number_at
from crmsim.metrics.outcomes import OUTCOMES
from crmsim.pages import amount
from crmsim.paired_tables import PairedWorlds
from crmsim.plots.style import strategy_label
from crmsim.returns import Payback
from crmsim.robust_verdict import Robustness
from crmsim.search_result import SearchResult
from crmsim.section_words import (
    break_even_sentences,
    budget_sentences,
    failure_sentence,
    retention_sentences,
    selection_sentences,
    targeting_sentences,
    until_sentence,
)
from crmsim.sensitivity import Sensitivity
from crmsim.text import listed, say

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
    for kind in ("equivalent", "same", "undecided"):
        found = rivals.loc[rivals["verdict"] == kind, "strategy"]
        if len(found) and verdict.kind not in ("base", "best"):
            group = (verdict.best, *found)
            cheapest = min(group, key=lambda name: _mean(d, name, "strategy_cost"))
            yield say(
                f"decision.rivals.{kind}", lang, **names, cheapest=strategy_label(cheapest, lang),
                costs=listed([_with_cost(d, name, lang) for name in group], lang),
            )  # fmt: skip
    robust = d.parts.get("robustness")
    if isinstance(robust, Robustness):
        ahead = robust.shares.set_index("verdict").loc["ahead"]
        share = ahead["share"]
        # Firm is what even the lower end of the interval calls so.
        kind = "firm" if ahead["low"] >= _FIRM else "partly" if share >= _HALF else "weak"
        how = say("decision.stands.ahead" if robust.equivalence is None else "decision.stands.within",
                  lang, margin=names["margin"])  # fmt: skip
        about = names | {"n": int(ahead["n"]), "how": how, "share": f"{share:.0%}"}
        yield say(f"decision.stands.{kind}", lang, **about)


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
        key = "decision.by_how_much"
        if row["n"] < 2:
            key = "decision.one_pair"
        elif row["low"] == row["high"]:
            key = "decision.same_always" if row["mean"] == 0.0 else "decision.constant"
        yield say(key, lang, **about | {"n": row["n"]}, **names, **ends)
    level = _mean(d, c.base, file.outcome)
    yield say("decision.level", lang, base=strategy_label(c.base, lang), level=_amount(d, level), **about)
    if file.outcome == "clv" and level < 0:
        yield say("decision.negative", lang)
    yield say("decision.basis", lang, **about)
    if d.sequential is not None:
        yield until_sentence(d.sequential, file.outcome, lang)
    if "selection" in d.parts:
        yield from selection_sentences(d.parts["selection"], verdict.best, c.scenario.currency, lang)
    elif "selection" in d.experiment.sections:
        yield _missing(d, "selection", lang)
    returns = d.parts.get("returns")
    if returns is not None and returns.other.name == verdict.best:
        yield say("decision.fresh", lang)


def _whom(d: Decision, lang: str) -> Iterator[str]:
    saved, currency = d.parts.get("saved"), d.comparison.scenario.currency
    if isinstance(saved, PairedWorlds):
        yield from _saved(saved, currency, lang)
    else:
        # Tiers in a comparison are those in which customers ended; these cannot say whom a strategy helped.
        yield say("decision.whom_unknown", lang)
        yield _missing(d, "saved", lang)
    if "targeting" in d.parts:
        yield from targeting_sentences(d.parts["targeting"], currency, lang)
    elif "targeting" in d.experiment.sections:
        yield _missing(d, "targeting", lang)


def _saved(saved: PairedWorlds, currency: str, lang: str) -> Iterator[str]:
    names = {
        "strategy": strategy_label(saved.other.name, lang),
        "base": strategy_label(saved.base.name, lang),
    }
    types = saved.types().set_index("type")
    counts = {name: _per_thousand(row, lang) for name, row in types.iterrows()}
    yield say("decision.saved", lang, day=saved.day, **names, **counts)
    if len(saved.replications) < 2:
        yield say("search.one_replication", lang)
        return
    gains = saved.uplift("tier").query("measure == 'value_uplift'")
    for verdict in ("higher", "lower", "undecided", "same"):
        rows = gains[(gains["verdict"] == verdict) & (gains["n"] > 1)].sort_values(
            "mean", ascending=verdict == "lower"
        )
        parts = [_group(row, currency, lang) for row in rows.to_dict("records")]
        if parts:
            yield say(f"decision.gains.{verdict}", lang, groups=listed(parts, lang))
    yield say("decision.groups", lang, day=saved.day, confidence=f"{saved.confidence:.0%}", **names)


def _per_thousand(row: Any, lang: str) -> str:
    """Return a share as customers of 1,000, with its interval where it has one."""
    mean, low, high = (f"{1000.0 * row[end]:,.0f}" for end in ("share", "low", "high"))
    if not math.isfinite(row["low"]):
        return mean
    if row["low"] == row["high"]:  # no more can be said of what was the same in the few that were looked at
        return say("decision.count_same", lang, mean=mean)
    return say("decision.count", lang, mean=mean, low=low, high=high)


def _group(row: dict[str, Any], currency: str, lang: str) -> str:
    ends = {end: amount(row[end], "currency", currency, signed=True) for end in ("mean", "low", "high")}
    return say("decision.group", lang, group=say(f"tier.{row['tier']}", lang), **ends)


def _cost(d: Decision, lang: str) -> Iterator[str]:
    currency = d.comparison.scenario.currency
    returns = d.parts.get("returns")
    if returns is None:
        cost = _amount(d, _mean(d, d.challenger, "strategy_cost"), "strategy_cost")
        yield say("decision.cost_only", lang, strategy=strategy_label(d.challenger, lang), cost=cost)
        yield _missing(d, "returns", lang)
    else:
        table = returns.returns()
        rows = {name: row for name, row in table.iterrows()}
        values = {
            f"{name}{end}": amount(rows[name][column], "currency", currency, signed=name != "cost")
            for name in ("gain", "cost", "net")
            for end, column in (("", "mean"), ("_low", "low"), ("_high", "high"))
        }
        names = {"strategy": strategy_label(returns.other.name, lang),
                 "base": strategy_label(returns.base.name, lang)}  # fmt: skip
        yield say("decision.money", lang, n=len(returns.replications), **names, **values)
        yield _return_on(rows["roi"], rows["cost"], currency, lang)
        yield _paid_back(returns.payback(), lang)
        yield from break_even_sentences(returns, lang)
    if "retention" in d.parts:
        yield from retention_sentences(d.parts["retention"], lang)
    elif "retention" in d.experiment.sections:
        yield _missing(d, "retention", lang)
    if "budget" in d.parts:
        yield from budget_sentences(d.parts["budget"], lang)
    else:
        yield _missing(d, "budget", lang)


def _return_on(roi: Any, cost: Any, currency: str, lang: str) -> str:
    """Say what a unit of currency spent brings, or why that cannot be said."""
    if cost["low"] <= 0 or not math.isfinite(roi["low"]):
        return say("decision.no_cost" if cost["high"] <= 0 else "decision.no_roi", lang)
    kind = "gain" if roi["low"] > 0 else "loss" if roi["high"] < 0 else "undecided"
    sign = "" if kind == "gain" else "+"  # what comes on top of something needs no plus
    ends = {end: f"{roi[end]:{sign}.2f}" for end in ("mean", "low", "high")}
    return say(f"decision.roi.{kind}", lang, currency=currency, **ends)


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
        behind = worlds.loc[(worlds["verdict"] != "") & ~worlds["ahead"].astype(bool), "rival"]
        if len(behind):
            count = behind.value_counts()
            rival = strategy_label(count.index[0], lang)
            yield say("decision.instead", lang, rival=rival, count=int(count.iloc[0]), n=len(behind))
    else:
        yield _missing(d, "robustness", lang)
    if isinstance(sensitive, Sensitivity):
        about = {"strategy": sensitive.strategy.name, "base": d.experiment.base.name}
        yield say(
            "decision.depends", lang, **{key: strategy_label(name, lang) for key, name in about.items()}
        )
        yield from sensitivity_sentences(sensitive, lang, most=2)
    else:
        yield _missing(d, "sensitivity", lang)
    if isinstance(robust, Robustness) or isinstance(sensitive, Sensitivity):
        yield say("decision.meanings", lang, table=say("decision.table.parameters", lang))
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
    for name, part in d.parts.items():
        if problems := section_failures(part):
            left = len(part.replications) + len(getattr(part, "holdout", ()))
            yield failure_sentence(name, problems, left, lang)
    yield from _not_enough(d, lang)
    if d.verdict().kind in ("undecided", "base_ahead") and file.margin is None:
        yield say("decision.no_margin", lang)
    yield from _outside(d, lang)
    if any(name.startswith("oracle_") for name in d.experiment.strategies):
        yield say("decision.oracle", lang)
    yield say("decision.model", lang, scenario=c.scenario.name)
    terms = {"currency": c.scenario.currency, "price_date": c.scenario.price_date}
    rate = f"{c.scenario.money.annual_discount_rate:.1%}"
    years = f"{c.scenario.population.horizon_days / _YEAR:.1f}"
    yield say("decision.terms", lang, rate=rate, years=years, seed=c.seed, **terms)
    if c.scenario.currency == "CU":
        yield say("decision.unit", lang)


def _outside(d: Decision, lang: str) -> Iterator[str]:
    """Say of which parameters the scenario has a value that the experiment itself does not call plausible."""
    parts = []
    for parameter in () if d.experiment.unsure is None else d.experiment.unsure.parameters:
        now = number_at(d.experiment.scenario, parameter.path)
        if not parameter.low <= now <= parameter.high:
            ends = {"value": f"{now:.4g}", "low": f"{parameter.low:.4g}", "high": f"{parameter.high:.4g}"}
            parts.append(say("decision.outside_one", lang, parameter=parameter.path, **ends))
    if parts:
        yield say("decision.outside", lang, parameters=listed(parts, lang))


def _not_enough(d: Decision, lang: str) -> Iterator[str]:
    """Say whose difference to the base is not known as well as was asked, and what that would take."""
    file, c = d.experiment.file, d.comparison
    deciding = d.differences().query("outcome == @file.outcome")
    short = deciding[~deciding["enough"]]
    if short.empty:
        return
    names = listed([f"“{strategy_label(name, lang)}”" for name in short["strategy"]], lang)
    about = {"base": strategy_label(c.base, lang), "outcome": say(f"outcome.{file.outcome}", lang)}
    yield say(
        "decision.not_enough",
        lang,
        n=len(c.finished),
        names=names,
        precision=f"{file.precision:.0%}",
        **about,
    )
    needed = int(short["needed"].max())
    if needed > len(c.finished):
        yield say("decision.needed", lang, needed=f"{needed:,}")


def _missing(d: Decision, section: str, lang: str) -> str:
    """Say that a question has no answer: not asked, failed, or not begun."""
    name = say(f"decision.section.{section}", lang)
    asked = section in d.experiment.sections
    return say("decision.no_answer" if asked else "decision.not_asked", lang, section=name, part=section)


def _amount(d: Decision, value: float, outcome: str | None = None, *, signed: bool = False) -> str:
    unit = OUTCOMES[outcome or d.experiment.file.outcome].unit
    return amount(value, unit, d.comparison.scenario.currency, signed=signed)
