"""What an experiment leaves behind: one page for one scenario; for several, a page above theirs.

Like the cover of a dossier: with one report inside it is the report; with several it says what holds in all
of them, and on which page each begins. The customers of every run lie beside it, in one file.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from crmsim.decision_across import Decisions
from crmsim.decision_report import again, write_decision
from crmsim.decision_summary import decision_summary
from crmsim.experiment_file import folder_name
from crmsim.folders import MANIFEST, new_folder
from crmsim.grids import direction
from crmsim.metrics.outcomes import OUTCOMES
from crmsim.pages import (
    amount,
    heading,
    image,
    page,
    paragraph,
    save_picture,
    save_tables,
    table,
    write_manifest,
)
from crmsim.plots.across import plot_across
from crmsim.plots.style import house_style, new_figure, strategy_label
from crmsim.run_customers import bind_sheets
from crmsim.store import machine_facts
from crmsim.text import listed, say
from crmsim.version import VERSION

__all__ = ["across_sentences", "decisions_summary", "write_decisions"]

_ENDS = ("mean", "low", "high")


def write_decisions(
    decisions: Decisions, folder: str | Path, *, lang: str = "en", replace: bool = False
) -> Path:
    """Write the decisions of an experiment into a folder, whole or not at all.

    Parameters
    ----------
    decisions : Decisions
    folder : str or Path
    lang : {"en", "zh"}
    replace : bool
        Whether earlier results there may be replaced.

    Returns
    -------
    Path
        Of the page for people.

    Raises
    ------
    InputError
        When something else is in the way, or results are and `replace` is False.
    """
    with new_folder(folder, replace=replace) as draft:
        bind_sheets(_sheets(decisions), draft / "customers.parquet")
        if len(decisions.experiment.scenarios) == 1:
            write_decision(decisions.first, draft, lang)
        else:
            _write_several(decisions, draft, lang)
    return Path(folder) / "index.html"


def decisions_summary(decisions: Decisions, lang: str = "en") -> dict[str, list[str]]:
    """Return what to print by heading: the first page of the one scenario, or what holds across several."""
    if len(decisions.experiment.scenarios) == 1:
        return {
            say(f"decision.question.{question}", lang): sentences
            for question, sentences in decision_summary(decisions.first, lang).items()
        }
    found = {say("across.title", lang): across_sentences(decisions, lang)}
    for name, case in decisions.cases.items():
        found[say("across.scenario", lang, scenario=name)] = decision_summary(case, lang)["which"]
    return found


def across_sentences(d: Decisions, lang: str) -> list[str]:
    """Return what holds across scenarios: the best on the whole, in how many it is, and its worst one."""
    return [sentence[:1].upper() + sentence[1:] for sentence in _across(d, lang)]


def _across(d: Decisions, lang: str) -> Iterator[str]:
    file = d.experiment.file
    unit, count = OUTCOMES[file.outcome].unit, len(d.cases)
    first = d.first.comparison
    about = {"base": strategy_label(first.base, lang), "count": count}
    about["outcome"] = say(f"outcome.{file.outcome}", lang)
    for name, problem in d.problems.items():
        yield say("across.problem", lang, scenario=name, problem=problem)
    missing = [n for n in d.experiment.scenarios if n not in d.cases and n not in d.problems]
    if missing:
        yield say("across.not_begun", lang, scenarios=listed(missing, lang))
    table = d.across() if count > 1 else pd.DataFrame()
    if table.empty:
        yield say("across.too_few", lang)
        return
    best = table.iloc[0]
    currency = first.scenario.currency if d.one_currency() else ""
    about["best"] = strategy_label(best["strategy"], lang)
    if d.one_currency():
        ends = {end: amount(best[end], unit, currency, signed=True) for end in _ENDS}
        kind = best["verdict"]
        if kind in ("higher", "lower"):
            kind = "better" if (kind == "higher") == (direction(file.outcome) > 0) else "worse"
        yield say(f"across.best.{kind}", lang, **about, **ends, n=int(best["n"]))
    else:
        yield say("across.currencies", lang)
    yield say("across.counts", lang, **about, times=int(best["best"]), better=int(best["better"]),
              worse=int(best["worse"]))  # fmt: skip
    own = d.cases[best["worst"]].comparison.scenario.currency
    ends = {end: amount(best[f"worst_{end}"], unit, own, signed=True) for end in _ENDS}
    yield say("across.worst", lang, **about, **ends, scenario=best["worst"])
    winners = {name: strategy_label(case.verdict().best, lang) for name, case in d.cases.items()}
    if len(set(winners.values())) > 1:
        each = [say("across.winner", lang, scenario=n, best=b) for n, b in winners.items()]
        yield say("across.differ", lang, each=listed(each, lang))
    yield say("across.equal", lang, count=count)


def _sheets(d: Decisions) -> Iterator[tuple]:
    for name, case in d.cases.items():
        if case.customers is not None:
            strategies = [strategy.name for strategy in case.comparison.strategies]
            yield name, case.customers, strategies, case.comparison.finished


def _write_several(d: Decisions, draft: Path, lang: str) -> None:
    save_tables(draft, d.tables())
    below = {name: folder_name(name) for name in d.cases}
    for name, case in d.cases.items():
        (draft / below[name]).mkdir()
        write_decision(case, draft / below[name], lang)
    (draft / "experiment.yaml").write_text(again(d.experiment, below), encoding="utf-8")
    _draw(d, draft / "scenarios.png", lang)
    (draft / "index.html").write_text(_cover(d, below, lang), encoding="utf-8")
    summary = {"across": across_sentences(d, lang)}
    summary |= {"best": {name: case.verdict().best for name, case in d.cases.items()}}
    (draft / "summary.json").write_text(
        json.dumps(summary, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    content = {
        "crmsim": VERSION,
        "kind": "decisions",
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "experiment": d.experiment.file.model_dump(mode="json", exclude_none=True),
        "scenarios": {name: f"{folder}/{MANIFEST}" for name, folder in below.items()},
        "problems": d.problems,
        "seed": d.experiment.file.seed,
        "machine": machine_facts(),
    }
    write_manifest(draft, content)


@house_style
def _draw(d: Decisions, path: Path, lang: str) -> None:
    file, cases = d.experiment.file, d.cases
    rows = []
    for name, case in cases.items():
        mine = case.differences().query("outcome == @file.outcome")
        rows.append(mine.assign(scenario=name))
    shown = pd.concat(rows, ignore_index=True)
    figure, ax = new_figure(9, 1.4 + 0.28 * len(shown))
    currency = d.first.comparison.scenario.currency if d.one_currency() else None
    plot_across(shown, ax, outcome=file.outcome, currency=currency, lang=lang)
    save_picture(figure, path)


def _cover(d: Decisions, below: dict[str, str], lang: str) -> str:
    file = d.experiment.file
    about = file.about_zh if lang == "zh" and file.about_zh else file.about
    body = [paragraph(say("decision.asked", lang, about=about), "note")] if about else []
    body.append(heading(say("across.title", lang)))
    body += [paragraph(s, "lead" if k == 0 else "") for k, s in enumerate(across_sentences(d, lang))]
    caption = say("across.picture", lang, outcome=say(f"outcome.{file.outcome}", lang))
    body += [image("scenarios.png", caption), paragraph(caption, "note")]
    body.append(_table(d, lang))
    body.append(heading(say("across.each", lang)))
    for name, case in d.cases.items():
        link = f'<a href="{html.escape(below[name])}/index.html">{html.escape(name)}</a>'
        body.append(f"<p>{link}: {html.escape(' '.join(decision_summary(case, lang)['which'][:1]))}</p>")
    body.append(paragraph(say("across.files", lang), "note"))
    return page(say("decision.title", lang, name=file.name.replace("_", " ")), body, lang)


def _table(d: Decisions, lang: str) -> str:
    """Return the difference of each strategy to the base, scenario by scenario."""
    file = d.experiment.file
    unit, sign = OUTCOMES[file.outcome].unit, direction(file.outcome)
    rows = []
    for strategy in list(d.experiment.strategies.values())[1:]:
        cells = []
        for case in d.cases.values():
            mine = case.differences().query("outcome == @file.outcome and strategy == @strategy.name")
            if mine.empty:
                cells.append(("–", ""))
                continue
            row = mine.iloc[0]
            mean, low, high = (amount(row[end], unit, signed=True) for end in _ENDS)
            surely = {"higher": sign, "lower": -sign}.get(row["verdict"], 0)
            kind = {1: "better", -1: "worse", 0: "undecided"}[surely]
            currency = case.comparison.scenario.currency if unit == "currency" else ""
            cells.append((f"{mean} {currency} <small>[{low}, {high}]</small>", kind))
        rows.append((strategy_label(strategy.name, lang), cells))
    return table([say("decision.column.strategy", lang), *d.cases], rows)
