"""What a search, a sensitivity analysis and a test of robustness have found, in sentences.

Like the doctor who does not hand over the laboratory sheet alone: first what it means, then how sure
that is, and what could not be measured.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from crmsim.grids import direction
from crmsim.metrics.outcomes import OUTCOMES
from crmsim.pages import amount
from crmsim.plots.style import strategy_label
from crmsim.robust_verdict import VERDICTS, Robustness
from crmsim.search_result import SearchResult
from crmsim.search_space import Constraint
from crmsim.sensitivity import Sensitivity
from crmsim.text import say

__all__ = ["robustness_sentences", "search_numbers", "search_sentences", "sensitivity_sentences"]

#: What is said of trials that cannot win.
_STATES = {"infeasible": "search.infeasible", "refused": "search.refused", "failed": "search.failed"}


def search_sentences(result: SearchResult, lang: str = "en") -> list[str]:
    """Return what a search has found: the winner, what to expect of it, and what stands in the way."""
    r, sentences = result, []
    if not r.winners:
        sentences += _no_winner(r, lang)
    elif r.holdout.empty:
        sentences.append(say("search.unchecked", lang, numbers=search_numbers(r, r.winners[0])))
    elif len(r.space.objectives) > 1:
        sentences += _front(r, lang)
    else:
        sentences += _winner(r, lang)
    sentences += _broken_later(r, lang)
    states = r.trials["state"]
    for state, key in _STATES.items():
        count = int((states == state).sum())
        if count and (state != "infeasible" or r.winners):
            reason = r.trials.loc[states == state, "reason"].iloc[0]
            sentences.append(say(key, lang, n=count, trials=len(states), reason=reason))
    for label, problem in r.problems.items():
        if problem:
            sentences.append(say("search.problem", lang, candidate=_candidate(label, lang), problem=problem))
    asked, finished = r.held_out
    if len(r.tried) < r.asked:
        sentences.append(say("search.interrupted", lang, n=len(r.tried), asked=r.asked))
    elif r.winners and finished < asked:
        sentences.append(say("search.holdout_interrupted", lang, n=finished, asked=asked))
    if finished == 1:
        sentences.append(say("search.one_replication", lang))
    return sentences


def sensitivity_sentences(result: Sensitivity, lang: str = "en", most: int = 3) -> list[str]:
    """Return what a result depends on most, where it changes its sign, and what could not be run."""
    r, sentences = result, []
    numbers = {"tornado": "swing", "sobol": "total", "morris": "size"}[r.method]
    known = r.table[r.table[numbers].notna()]
    means = r.worlds["mean"].dropna()
    if known.empty or means.empty or np.ptp(means) <= 1e-12 * means.abs().max():
        sentences.append(say("sensitivity.nothing", lang, outcome=_measured(r, lang)))
        known = known.iloc[:0]
    for row in known.head(most).to_dict("records"):
        sentences.append(_influence(r, row, lang))
    if r.method == "tornado" and r.base is not None and len(known):
        sentences += _signs(r, lang)
    if r.dropped:
        sentences.append(say("sensitivity.dropped", lang, n=r.dropped))
    return [*sentences, *_left_out(r.worlds, r.unfinished, r.replications, lang)]


def robustness_sentences(result: Robustness, lang: str = "en") -> list[str]:
    """Return in which share of worlds the winner still wins, and which parameter flips that."""
    r, shares = result, result.shares.set_index("verdict")
    ahead = shares.loc["ahead"]
    parts = {name: f"{shares.loc[name, 'share']:.0%}" for name in VERDICTS}
    key = "robustness.share"
    if r.equivalence is not None:
        key = "robustness.share_within"
        parts["margin"] = amount(r.equivalence, OUTCOMES[r.outcome].unit, r.scenario.currency)
    sentences = [
        say(
            key, lang, winner=strategy_label(r.winner, lang), n=int(ahead["n"]),
            outcome=say(f"outcome.{r.outcome}", lang), share=f"{ahead['share']:.0%}",
            low=f"{ahead['low']:.0%}", high=f"{ahead['high']:.0%}", **parts,
        )
    ]  # fmt: skip
    flip = r.flips.iloc[0]
    if ahead["share"] in (0.0, 1.0):
        key = "robustness.always" if ahead["share"] == 1.0 else "robustness.never"
        sentences.append(say(key, lang, n=int(ahead["n"])))
    elif flip["sure"]:
        sides = {name: f"{flip[f'ahead_{name}']:.0%}" for name in ("below", "above")}
        about = {"parameter": flip["parameter"], "limit": f"{flip['limit']:.4g}", **sides}
        sentences.append(say("robustness.flip", lang, **about))
    elif math.isfinite(flip["p"]):
        about = {"parameter": flip["parameter"], "p": f"{flip['p']:.0%}", "n": int(ahead["n"])}
        sentences.append(say("robustness.no_flip", lang, **about))
    else:
        sentences.append(say("robustness.too_few", lang, n=int(ahead["n"])))
    return [*sentences, *_left_out(r.table, r.unfinished, r.replications, lang)]


def _winner(r: SearchResult, lang: str) -> Iterator[str]:
    outcome, label = r.space.objectives[0], str(r.winners[0])
    name = strategy_label(r.strategy.name, lang)
    row = r.holdout.set_index(["candidate", "outcome"]).loc[(label, outcome)]
    if r.tried[r.winners[0]].numbers == r.space.start(r.strategy):
        yield say(
            "search.start_is_best", lang, strategy=strategy_label(r.strategy.name, lang), n=len(r.tried)
        )
        return
    better = {"higher": 1, "lower": -1}.get(row["verdict"], 0) * direction(outcome)
    key = {1: "search.better", -1: "search.worse"}.get(better, "search.not_sure")
    yield say(
        key, lang, strategy=name, trials=len(r.tried),
        numbers=search_numbers(r, r.winners[0]), outcome=say(f"outcome.{outcome}", lang), n=int(row["n"]),
        **_amounts(r, row, outcome, ("gain", "gain_low", "gain_high", "trained_gain")),
    )  # fmt: skip


def _front(r: SearchResult, lang: str) -> Iterator[str]:
    names = [say(f"outcome.{outcome}", lang) for outcome in r.space.objectives]
    yield say("search.front", lang, n=len(r.winners), trials=len(r.tried), outcomes=" / ".join(names))
    held = r.holdout.set_index(["candidate", "outcome"])
    for outcome, name in zip(r.space.objectives, names, strict=True):
        # Chosen by the search, so that the hold-out stays unbiased here too.
        best = max(r.winners, key=lambda number: direction(outcome) * r.tried[number].mean(outcome))
        row = held.loc[(str(best), outcome)]
        yield say(
            "search.front_end", lang, outcome=name, numbers=search_numbers(r, best), n=int(row["n"]),
            **_amounts(r, row, outcome, ("gain", "gain_low", "gain_high")),
        )  # fmt: skip


def _no_winner(r: SearchResult, lang: str) -> Iterator[str]:
    """Say that the constraints cannot be kept, and how near the trials came."""
    tried = [trial for trial in r.tried if trial.state == "infeasible"]
    if not tried:
        yield say("search.nothing_ran", lang, n=len(r.tried))
        return
    yield say("search.infeasible_all", lang, n=len(r.tried))
    for constraint in r.space.constraints:
        outcome = constraint.outcome
        nearest = min((trial.mean(outcome) for trial in tried), key=constraint.violation)
        if constraint.violation(nearest) > 0.0:
            yield say(
                "search.nearest", lang, outcome=say(f"outcome.{outcome}", lang), limit=_limit(r, constraint),
                value=amount(nearest, OUTCOMES[outcome].unit, r.scenario.currency),
            )  # fmt: skip


def _broken_later(r: SearchResult, lang: str) -> Iterator[str]:
    """Say which constraints the winners do not surely keep on the hold-out."""
    held = r.holdout[(r.holdout["candidate"] != "start") & r.holdout["holds"].isin(["no", "undecided"])]
    for row in held.to_dict("records"):
        constraint = next(c for c in r.space.constraints if c.outcome == row["outcome"])
        key = "search.broken" if row["holds"] == "no" else "search.perhaps_broken"
        yield say(
            key, lang, candidate=_candidate(row["candidate"], lang), limit=_limit(r, constraint),
            outcome=say(f"outcome.{row['outcome']}", lang),
            **_amounts(r, row, row["outcome"], ("mean", "low", "high"), signed=False),
        )  # fmt: skip


def _measured(r: Sensitivity, lang: str) -> str:
    """Return what was looked at: the level of an outcome, or the difference in it to the base."""
    outcome = say(f"outcome.{r.outcome}", lang)
    return outcome if r.base is None else say("sensitivity.difference", lang, outcome=outcome)


def _influence(r: Sensitivity, row: dict, lang: str) -> str:
    unit, currency = OUTCOMES[r.outcome].unit, r.scenario.currency
    about = {"parameter": row["parameter"], "outcome": _measured(r, lang)}
    if r.method == "tornado":
        ends = {end: f"{row[end]:.4g}" for end in ("low", "high")}
        for end in ("at_low", "at_high"):
            ends[end] = amount(row[end], unit, currency, signed=r.base is not None)
        for end in ("swing", "swing_from", "swing_to"):
            ends[end] = amount(row[end], unit, currency, signed=True)
        return say("sensitivity.tornado", lang, **about, **ends)
    if r.method == "sobol":
        names = ("first", "first_from", "first_to", "total", "total_from", "total_to")
        return say("sensitivity.sobol", lang, **about, **{name: f"{row[name]:.0%}" for name in names})
    names = ("size", "size_from", "size_to", "spread")
    sizes = {name: amount(row[name], unit, currency, signed=unit == "share").lstrip("+") for name in names}
    return say("sensitivity.morris", lang, **about, **sizes)


def _signs(r: Sensitivity, lang: str) -> Iterator[str]:
    """Say which parameters surely turn the difference to the other side, and of which that is not known."""
    for row in r.table[r.table["sign"] == "changes"].to_dict("records"):
        flip = {"parameter": row["parameter"], "value": f"{row['flips_at']:.4g}"}
        yield say("sensitivity.flips", lang, **flip, now=f"{row['value']:.4g}")
    open_ = r.table[r.table["sign"] == "undecided"]
    if len(open_) == len(r.table) and r.centre.low <= 0.0 <= r.centre.high:
        yield say("sensitivity.sign_open", lang)
    elif len(open_):
        yield say("sensitivity.sign_undecided", lang, parameters=", ".join(open_["parameter"]))
    elif (r.table["sign"] == "stays").all():
        yield say("sensitivity.no_flip", lang)


def _left_out(worlds: pd.DataFrame, unfinished: int, replications: int, lang: str) -> Iterator[str]:
    """Say which worlds are missing, and whether there are intervals at all."""
    problems = worlds[~worlds["problem"].isin(["", "interrupted"])]
    if len(problems):
        first = problems["problem"].iloc[0]
        yield say("sensitivity.problems", lang, n=len(problems), worlds=len(worlds), problem=first)
    if unfinished:
        yield say("sensitivity.interrupted", lang, n=len(worlds) - unfinished, asked=len(worlds))
    if replications == 1:
        yield say("search.one_replication", lang)


def _amounts(
    r: SearchResult, row, outcome: str, names: tuple[str, ...], *, signed: bool = True
) -> dict[str, str]:
    unit, currency = OUTCOMES[outcome].unit, r.scenario.currency
    return {name: amount(row[name], unit, currency, signed=signed) for name in names}


def _limit(r: SearchResult, constraint: Constraint) -> str:
    ends = (("≥ ", constraint.min), ("≤ ", constraint.max))
    unit, currency = OUTCOMES[constraint.outcome].unit, r.scenario.currency
    return ", ".join(f"{sign}{amount(end, unit, currency)}" for sign, end in ends if end is not None)


def search_numbers(r: SearchResult, number: int) -> str:
    """Return the numbers of a trial, as a sentence names them."""
    return ", ".join(f"{path} = {value:.4g}" for path, value in r.tried[number].numbers.items())


def _candidate(label: str, lang: str) -> str:
    return say("search.start", lang) if label == "start" else say("search.trial", lang, number=label)
