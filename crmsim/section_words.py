"""Sentences for the further questions of a decision: the race, the offer, the cost, the worth of a point."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from crmsim.best_strategy import Selection
from crmsim.metrics.outcomes import OUTCOMES
from crmsim.pages import amount
from crmsim.plots.style import strategy_label
from crmsim.retention_worth import RetentionWorth
from crmsim.returns import StrategyReturns
from crmsim.sequential_comparison import SequentialComparison
from crmsim.targeting import ORACLE, TargetingComparison
from crmsim.text import listed, say
from crmsim.text.catalogue import catalogue

__all__ = [
    "break_even_sentences",
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


def selection_sentences(s: Selection, currency: str, lang: str) -> Iterator[str]:
    """Say who won the race, with which promise, and after how many runs."""
    table = s.table.set_index("strategy")
    about = {
        "best": strategy_label(s.best, lang), "confidence": f"{s.confidence:.0%}",
        "outcome": say(f"outcome.{s.outcome}", lang), "n": int(table.loc[s.best, "replications"]),
        "runs": int(table["replications"].sum()), "count": len(table),
        "indifference": amount(s.indifference, OUTCOMES[s.outcome].unit, currency),
    }  # fmt: skip
    yield say("section.selection.sure" if s.guaranteed else "section.selection.open", lang, **about)
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
    qini = t.coefficients("value_uplift")
    if math.isfinite(qini[best]):
        shares = {"qini": f"{qini[best]:.0%}", "qini_kept": f"{t.coefficients('uplift')[best]:.0%}"}
        yield say("section.targeting.qini", lang, **about, **shares)


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
