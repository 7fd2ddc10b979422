"""What holds across several scenarios, in sentences.

Like the answer of an adviser who does not know the weather either: what is best on the whole and how sure
that is, how much hangs on which weather is how likely, and what one might regret.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pandas as pd

from crmsim.decision_across import Decisions
from crmsim.decision_verdict import Verdict
from crmsim.metrics.outcomes import OUTCOMES
from crmsim.pages import amount
from crmsim.plots.style import strategy_label
from crmsim.regret import overall_regrets
from crmsim.text import listed, say

__all__ = ["across_sentences", "regret_amount"]

_ENDS = ("mean", "low", "high")
_LARGEST = ("largest", "largest_low", "largest_high")
_EXPECTED = ("expected", "expected_low", "expected_high")


def across_sentences(d: Decisions, lang: str) -> list[str]:
    """Return what holds across scenarios: the best on the whole, and what would have to be for another one.

    Parameters
    ----------
    d : Decisions
    lang : {"en", "zh"}
    """
    return [sentence[:1].upper() + sentence[1:] for sentence in _across(d, lang)]


def regret_amount(d: Decisions, value: float) -> str:
    """Return a regret as people write it: a distance, which has no sign."""
    return _amount(d, value).lstrip("+")


def _across(d: Decisions, lang: str) -> Iterator[str]:
    for name, problem in d.problems.items():
        yield say("across.problem", lang, scenario=name, problem=problem)
    missing = [n for n in d.experiment.scenarios if n not in d.cases and n not in d.problems]
    if missing:
        yield say("across.not_begun", lang, scenarios=listed(missing, lang))
    several = len(d.cases) > 1
    left_out = [s.name for s in d.experiment.strategies.values() if s.name not in d.strategies]
    if several and left_out:
        names = [strategy_label(name, lang) for name in left_out]
        yield say("across.left_out", lang, strategies=listed([f"“{name}”" for name in names], lang))
    table = d.across() if several else pd.DataFrame()
    if table.empty:
        yield say("across.too_few", lang)
        return
    about = {
        "base": strategy_label(d.first.comparison.base, lang), "count": len(d.cases),
        "outcome": say(f"outcome.{d.experiment.file.outcome}", lang),
        "best": strategy_label(table.iloc[0]["strategy"], lang),
        "weighing": say("across.alike" if d.experiment.weights is None else "across.by_weight", lang),
    }  # fmt: skip
    verdict = d.verdict()
    if verdict is None:
        yield say("across.currencies", lang)
    else:
        yield from _on_the_whole(d, verdict, table.iloc[0]["strategy"], about, lang)
        yield from _weights(d, verdict, lang)
        yield from _horizons(d, lang)
    yield from _one_by_one(d, table.iloc[0], about, lang)
    if verdict is not None:
        yield from _regrets(d, verdict, about, lang)


def _on_the_whole(
    d: Decisions, verdict: Verdict, challenger: str, about: dict[str, Any], lang: str
) -> Iterator[str]:
    """Say what the best of the others does against the base, and against its rivals."""
    base = d.first.comparison.base
    row = verdict.against(challenger if verdict.best == base else base)
    kind = row["verdict"]
    if verdict.best == base:
        row |= {"mean": -row["mean"], "low": -row["high"], "high": -row["low"]}
        kind = "worse" if kind == "better" else kind
    ends = {end: _amount(d, row[end]) for end in _ENDS}
    yield say(f"across.best.{kind}", lang, **about, **ends, n=int(row["n"]))
    rivals = verdict.rivals[verdict.rivals["strategy"] != base]
    if verdict.best == base or rivals.empty:
        return
    if verdict.kind == "best":
        yield say("across.rivals.better", lang)
    for key, kinds in (("open", ["undecided"]), ("equal", ["equivalent", "same"])):
        parts = [
            say("across.rival", lang, rival=strategy_label(rival["strategy"], lang),
                **{end: _amount(d, rival[end]) for end in _ENDS})
            for rival in rivals[rivals["verdict"].isin(kinds)].to_dict("records")
        ]  # fmt: skip
        if parts:
            yield say(f"across.rivals.{key}", lang, rivals=listed(parts, lang))


def _weights(d: Decisions, verdict: Verdict, lang: str) -> Iterator[str]:
    """Say what the scenarios count, and at which weight of one of them another strategy is the best."""
    if d.experiment.weights is None:
        yield say("across.equal", lang, count=len(d.cases))
    else:
        shares = [say("across.weight", lang, scenario=n, share=f"{w:.0%}") for n, w in d.weights.items()]
        yield say("across.weighed", lang, weights=listed(shares, lang))
    turns = d.turns()
    if turns.iloc[0]["best"] != verdict.best:  # runs that failed are left out here and there in other places
        return
    near = []
    for row in turns.to_dict("records"):
        near += [(row["to"] - row["weight"], "above", row["to"], row)] if row["above"] else []
        near += [(row["weight"] - row["from"], "below", row["from"], row)] if row["below"] else []
    best = strategy_label(verdict.best, lang)
    if not near:
        yield say("across.turns.none", lang, best=best)
        return
    _, side, limit, row = min(near, key=lambda item: item[0])
    yield say(
        f"across.turns.{side}", lang, best=best, scenario=row["scenario"], now=f"{row['weight']:.0%}",
        limit=f"{limit:.0%}", rival=strategy_label(row[side], lang),
    )  # fmt: skip


def _horizons(d: Decisions, lang: str) -> Iterator[str]:
    """Say where scenarios run for different times: what pays late has less time in the shorter ones."""
    days = {name: case.comparison.scenario.population.horizon_days for name, case in d.cases.items()}
    if len(set(days.values())) > 1:
        each = [say("across.horizon", lang, scenario=n, years=f"{k / 365:.1f}") for n, k in days.items()]
        yield say("across.horizons", lang, each=listed(each, lang))


def _one_by_one(d: Decisions, best: pd.Series, about: dict[str, Any], lang: str) -> Iterator[str]:
    """Say in how many scenarios the best of the others is so, where it does worst, and who is best where."""
    counts = {"times": int(best["best"]), "better": int(best["better"]), "worse": int(best["worse"])}
    yield say("across.counts", lang, **about, **counts)
    if best["worst"]:
        ends = {end: _amount(d, best[f"worst_{end}"]) for end in _ENDS}
        yield say("across.worst", lang, **about, **ends, scenario=best["worst"])
    winners = {name: strategy_label(case.verdict().best, lang) for name, case in d.cases.items()}
    if len(set(winners.values())) > 1:
        each = [say("across.winner", lang, scenario=n, best=b) for n, b in winners.items()]
        yield say("across.differ", lang, each=listed(each, lang))


def _regrets(d: Decisions, verdict: Verdict, about: dict[str, Any], lang: str) -> Iterator[str]:
    """Say which strategy can be regretted least, and what it would be worth to know the scenario."""
    overall = overall_regrets(d.regrets())
    least, mine = overall.iloc[0], overall.set_index("strategy").loc[verdict.best]
    if not math.isfinite(max(least["largest_high"], mine["largest_high"])):
        yield say("across.regret.unknown", lang)
        return
    key = "across.regret.least" if least["largest"] > 0.0 else "across.regret.nowhere"
    yield say(key, lang, strategy=strategy_label(least["strategy"], lang), **_largest(d, least))
    best = strategy_label(verdict.best, lang)
    if mine["largest"] > least["largest"]:
        yield say("across.regret.best", lang, best=best, **_largest(d, mine))
    if (overall["largest_low"][1:] <= least["largest_high"]).any():
        yield say("across.regret.open", lang)
    ends = {end: regret_amount(d, mine[name]) for end, name in zip(_ENDS, _EXPECTED, strict=True)}
    yield say("across.knowing", lang, outcome=about["outcome"], best=best, **ends)


def _largest(d: Decisions, row: pd.Series) -> dict[str, str]:
    ends = {end: regret_amount(d, row[name]) for end, name in zip(_ENDS, _LARGEST, strict=True)}
    return ends | {"scenario": row["scenario"]}


def _amount(d: Decisions, value: float) -> str:
    """Return a difference in the outcome, with its sign."""
    currency = d.first.comparison.scenario.currency  # where there is a mean there is only one
    return amount(value, OUTCOMES[d.experiment.file.outcome].unit, currency, signed=True)
