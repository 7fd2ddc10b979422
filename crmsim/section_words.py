"""Sentences for the further questions of a decision: the race, the offer, the cost, the worth of a point."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from crmsim.best_strategy import Selection
from crmsim.metrics.outcomes import OUTCOMES
from crmsim.pages import amount
from crmsim.plots.style import strategy_label
from crmsim.retention_budget import BudgetCurve
from crmsim.retention_worth import RetentionWorth
from crmsim.returns import StrategyReturns
from crmsim.sequential_comparison import SequentialComparison
from crmsim.targeting import ORACLE, TargetingComparison
from crmsim.text import listed, say
from crmsim.text.catalogue import catalogue

__all__ = [
    "break_even_sentences",
    "budget_sentences",
    "failure_sentence",
    "retention_sentences",
    "selection_sentences",
    "targeting_sentences",
    "until_sentence",
]

_ENDS = ("mean", "low", "high")


def until_sentence(found: SequentialComparison, outcome: str, lang: str) -> str:
    """Say whether replications were added until enough was known."""
    n = len(found.comparison.finished)
    about = {"n": n, "outcome": say(f"outcome.{outcome}", lang)}
    if found.needed is None:
        still = int(found.history["open"].iloc[-1]) if len(found.history) else 0
        return say("section.until.open", lang, **about, open=still)
    return say("section.until.enough", lang, **about, needed=found.needed)


def selection_sentences(s: Selection, best: str, currency: str, lang: str) -> Iterator[str]:
    """Say who won the race, with which promise, after how many runs, and whether that is another's best."""
    table = s.table.set_index("strategy")
    about = {
        "best": strategy_label(s.best, lang), "confidence": f"{s.confidence:.0%}",
        "outcome": say(f"outcome.{s.outcome}", lang), "n": int(table.loc[s.best, "replications"]),
        "runs": int(table["replications"].sum()), "count": len(table),
        "indifference": amount(s.indifference, OUTCOMES[s.outcome].unit, currency),
    }  # fmt: skip
    yield say("section.selection.sure" if s.guaranteed else "section.selection.open", lang, **about)
    if s.best != best:
        yield say("section.selection.other", lang, other=strategy_label(best, lang), **about)
    for name, row in table[table["fate"] == "failed"].iterrows():
        yield say(
            "section.selection.failed", lang, strategy=strategy_label(name, lang), problem=row["problem"]
        )


def targeting_sentences(t: TargetingComparison, currency: str, lang: str) -> Iterator[str]:
    """Say which way to choose brings most, what it brings more than the first, and how far from the best."""
    levels = t.levels().query("measure == 'net_gain'").set_index("score")
    own = [score for score in t.scores if score != ORACLE]
    best = max(own, key=lambda score: levels.loc[score, "mean"])
    about = {
        "best": score_label(best, lang), "base": score_label(t.scores[0], lang), "day": t.day,
        "share": f"{t.share:.0%}", "n": len(t.replications),
    }  # fmt: skip
    ends = {end: amount(levels.loc[best, end], "currency", currency, signed=True) for end in _ENDS}
    row = levels.loc[best]
    kind = "pays" if row["low"] > 0.0 else "never" if row["high"] < 0.0 else "open"
    yield say(f"section.targeting.{kind}", lang, **about, **ends)
    if best != t.scores[0]:
        gaps = t.differences().query("measure == 'net_gain'").set_index("score")
        row = gaps.loc[best]
        ends = {end: amount(row[end], "currency", currency, signed=True) for end in _ENDS}
        kind = "surely" if row["verdict"] == "higher" else "perhaps"
        yield say(f"section.targeting.{kind}", lang, **about, **ends)
    value, kept = (t.coefficients(effect) for effect in ("value_uplift", "uplift"))
    if math.isfinite(value[best]):
        shares = {"qini": f"{value[best]:.0%}", "qini_kept": f"{kept[best]:.0%}"}
        # Nobody chooses better than the best possible: who seems to shows that it was not found.
        blunt = max(value[own].max(), kept[own].max()) > 1.0
        key = "section.targeting.blunt" if blunt else "section.targeting.qini"
        yield say(key, lang, **about, **shares, futures=t.futures)


def score_label(name: str, lang: str) -> str:
    """Return what a targeting score is called."""
    key = f"score.{name}"
    return say(key, lang) if key in catalogue() else name


def break_even_sentences(r: StrategyReturns, lang: str) -> Iterator[str]:
    """Say what the cost consists of, and how much worse it could be before it no longer pays."""
    currency, costs = r.money.currency, r.costs()
    kinds = costs.drop("total")
    kinds = kinds[(kinds["low"] > 0.0) | (kinds["high"] < 0.0)].sort_values("mean", key=abs, ascending=False)
    parts = []
    for kind, row in kinds.iterrows():
        ends = {end: amount(row[end], "currency", currency, signed=True) for end in _ENDS}
        parts.append(say("section.costs.kind", lang, kind=say(f"component.{kind}", lang), **ends))
    if parts:
        yield say("section.costs.kinds", lang, parts=listed(parts, lang))
    else:
        yield say("section.costs.none", lang)
    table = r.returns()
    cost, gain = table.loc["cost"], table.loc["gain"]
    if not (cost["low"] > 0.0 and gain["mean"] > 0.0):
        return
    effect, price = table.loc["effect_needed"], table.loc["price_possible"]
    if not math.isfinite(effect["low"]):
        yield say("section.break_even.open", lang)
        return
    shares = {end: f"{effect[end]:.0%}" for end in _ENDS}
    times = {f"{end}_price": f"{price[end]:.2f}" for end in _ENDS}
    pays = "pays" if effect["mean"] < 1.0 else "not"
    yield say(f"section.break_even.{pays}", lang, **shares, **times)


def budget_sentences(b: BudgetCurve, lang: str) -> Iterator[str]:
    """Say which budget is the best, what it really spends and refuses, and where a better one might lie."""
    currency, best, held = b.money.currency, b.best(), b.expected()
    levels = {name: _level(value, currency, lang) for name, value in best._asdict().items()}
    about = {"strategy": strategy_label(b.strategy.name, lang), "n": len(b.holdout)}
    ends = {"mean": held.mean, "low_gain": held.low, "high_gain": held.high}
    gain = {end: amount(value, "currency", currency, signed=True) for end, value in ends.items()}
    key = {0.0: "decision.no_budget", math.inf: "decision.unlimited"}.get(best.budget, "decision.budget")
    yield say(key, lang, **about, **levels, **gain)
    yield say("decision.budget.alone" if best.low == best.high else "decision.budget.range", lang, **levels)
    table, highest = b.table(), float(b.budgets[-2])
    ample = table.index[~table["binds"]]
    row = table.loc[best.budget]
    customers = b.scenario.population.customers
    felt = {name: amount(row[name] * customers, "currency", currency) for name in ("spent", "refused")}
    felt |= {"n": len(b.replications), "refusing": int(row["refusing"])}
    if 0.0 < best.budget < math.inf:
        yield say("decision.budget.binds" if row["binds"] else "decision.budget.idle", lang, **felt)
    if best.budget == b.budgets[1]:
        yield say("decision.budget.edge", lang, end=say("decision.budget.lowest", lang))
    if best.budget == highest and row["binds"]:
        yield say("decision.budget.edge", lang, end=say("decision.budget.highest", lang))
    if best.budget == math.inf and highest in ample:
        yield say("decision.budget.waits", lang, highest=_level(highest, currency, lang))


def _level(per_year: float, currency: str, lang: str) -> str:
    """Return a yearly budget in words; at the ends it is none, or no limit."""
    if per_year == 0 or math.isinf(per_year):
        return say("decision.budget.nothing" if per_year == 0 else "decision.budget.no_limit", lang)
    return say("decision.budget.level", lang, amount=amount(per_year, "currency", currency))


def retention_sentences(w: RetentionWorth, lang: str) -> Iterator[str]:
    """Say what one more point of retention is worth, measured and by the formula."""
    currency = w.money.currency
    ends = {end: amount(getattr(w.per_point, end), "currency", currency, signed=True) for end in _ENDS}
    about = {
        "strategy": strategy_label(w.strategy.name, lang), "n": w.per_point.n,
        "retention": f"{w.retention.mean:.1%}",
        "formula": amount(float(w.formula.value), "currency", currency, signed=True),
    }  # fmt: skip
    yield say("section.retention" if math.isfinite(w.per_point.low) else "section.retention.open", lang,
              **about, **ends)  # fmt: skip


def failure_sentence(section: str, problems: Mapping[int, str], left: int, lang: str) -> str:
    """Say how many replications a section had to leave out, and why."""
    first = min(problems)
    about = {"section": say(f"decision.section.{section}", lang), "n": len(problems), "left": left}
    return say("section.left_out", lang, **about, first=first, problem=problems[first])
