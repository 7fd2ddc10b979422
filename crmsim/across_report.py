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

from crmsim.across_words import across_sentences, regret_amount
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
from crmsim.regret import overall_regrets
from crmsim.run_customers import bind_sheets
from crmsim.store import machine_facts
from crmsim.text import say
from crmsim.version import VERSION

__all__ = ["decisions_summary", "write_decisions"]

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


def _sheets(d: Decisions) -> Iterator[tuple]:
    for name, case in d.cases.items():
        if case.customers is not None:
            strategies = [strategy.name for strategy in case.comparison.strategies]
            yield name, case.customers, strategies, case.comparison.finished


def _write_several(d: Decisions, draft: Path, lang: str) -> None:
    save_tables(draft, d.tables())
    below = {name: folder_name(name) for name in d.experiment.scenarios}
    for name, folder in below.items():
        (draft / folder).mkdir()
        if name in d.cases:
            write_decision(d.cases[name], draft / folder, lang)
        else:  # one that failed, or was not begun, is part of the experiment all the same
            d.experiment.scenarios[name].save(draft / folder / "scenario.yaml")
    home = f"{below[next(iter(d.cases))]}/"
    (draft / "experiment.yaml").write_text(again(d.experiment, below, home), encoding="utf-8")
    _draw(d, draft / "scenarios.png", lang)
    (draft / "index.html").write_text(_cover(d, below, lang), encoding="utf-8")
    summary = {"across": across_sentences(d, lang)}
    summary |= {"best": {name: case.verdict().best for name, case in d.cases.items()}}
    if len(d.cases) > 1 and (verdict := d.verdict()) is not None:
        regretted = overall_regrets(d.regrets()).iloc[0]["strategy"]
        summary |= {"whole": {"best": verdict.best, "kind": verdict.kind, "least_regret": regretted}}
    (draft / "summary.json").write_text(
        json.dumps(summary, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    content = {
        "crmsim": VERSION,
        "kind": "decisions",
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "experiment": d.experiment.file.model_dump(mode="json", exclude_none=True),
        "scenarios": {name: f"{below[name]}/{MANIFEST}" for name in d.cases},
        "weights": d.weights,
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
    currency = d.first.comparison.scenario.currency if d.summable else None
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
    body.append(paragraph(say("across.read.table", lang, confidence=f"{file.confidence:.0%}"), "note"))
    if len(d.cases) > 1 and d.verdict() is not None:
        body += [heading(say("across.regret.title", lang)), _regret_table(d, lang)]
        body.append(paragraph(say("across.read.regret", lang, confidence=f"{file.confidence:.0%}"), "note"))
    body.append(heading(say("across.each", lang)))
    for name, case in d.cases.items():
        link = f'<a href="{html.escape(below[name])}/index.html">{html.escape(name)}</a>'
        body.append(f"<p>{link}: {html.escape(' '.join(decision_summary(case, lang)['which'][:1]))}</p>")
    body.append(paragraph(say("across.files", lang), "note"))
    return page(say("decision.title", lang, name=file.name.replace("_", " ")), body, lang)


def _table(d: Decisions, lang: str) -> str:
    """Return the difference of each strategy to the base, scenario by scenario and on the whole."""
    outcome, labels = d.experiment.file.outcome, [say("decision.column.strategy", lang), *_scenarios(d)]
    columns = []
    for case in d.cases.values():
        found = case.differences()
        columns.append((found[found["outcome"] == outcome], case.comparison.scenario.currency))
    if len(d.cases) > 1 and d.verdict() is not None:
        columns.append((d.across(), d.first.comparison.scenario.currency))
        labels.append(say("across.column.whole", lang))
    rows = []
    for strategy in list(d.experiment.strategies.values())[1:]:
        cells = [_cell(found[found["strategy"] == strategy.name], outcome, own) for found, own in columns]
        rows.append((strategy_label(strategy.name, lang), cells))
    return table(labels, rows)


def _scenarios(d: Decisions) -> list[str]:
    """Return the scenarios with what they count."""
    return [f"{name} ({share:.0%})" for name, share in d.weights.items()]


def _cell(found: pd.DataFrame, outcome: str, currency: str) -> tuple[str, str]:
    """Return a difference to the base as a cell, and whether it is good news; empty where there is none."""
    if found.empty:
        return "–", ""
    row, unit, sign = found.iloc[0], OUTCOMES[outcome].unit, direction(outcome)
    mean, low, high = (amount(row[end], unit, signed=True) for end in _ENDS)
    surely = {"higher": sign, "lower": -sign}.get(row["verdict"], 0)
    shown = f"{mean} {currency if unit == 'currency' else ''} <small>[{low}, {high}]</small>"
    return shown, {1: "better", -1: "worse", 0: "undecided"}[surely]


def _regret_table(d: Decisions, lang: str) -> str:
    """Return how far each strategy lies behind the best of each scenario, at most, and on average."""
    regrets, unit = d.regrets(), OUTCOMES[d.experiment.file.outcome].unit
    apart = regrets.set_index(["strategy", "scenario"])
    rows = []
    for row in overall_regrets(regrets).to_dict("records"):
        mine = apart.loc[row["strategy"]].loc[list(d.cases), ["regret", "low", "high"]].to_numpy().tolist()
        mine += [[row[f"{name}{end}"] for end in ("", "_low", "_high")] for name in ("largest", "expected")]
        cells = []
        for ends in mine:
            low, high = (amount(end, unit) for end in ends[1:])
            cells.append((f"{regret_amount(d, ends[0])} <small>[{low}, {high}]</small>", ""))
        rows.append((strategy_label(row["strategy"], lang), cells))
    labels = [say(f"across.column.{name}", lang) for name in ("largest", "expected")]
    return table([say("decision.column.strategy", lang), *_scenarios(d), *labels], rows)
