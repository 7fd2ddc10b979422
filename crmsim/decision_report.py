"""What a decision leaves behind: a page that begins with one page of summary, and everything for machines.

A folder with ``index.html``, plots as PNG, tables as CSV and Parquet, ``summary.json`` with the sentences and
the verdict, scenario, experiment and strategies as YAML, and a manifest that says how to run it again.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crmsim.comparison_report import difference_table
from crmsim.decision import Decision
from crmsim.decision_pictures import draw_decision
from crmsim.decision_summary import decision_summary
from crmsim.experiment_file import Experiment
from crmsim.field_paths import number_at
from crmsim.metrics.outcomes import OUTCOMES
from crmsim.pages import amount, heading, image, page, paragraph, save_tables, table, write_manifest
from crmsim.plots.style import strategy_label
from crmsim.store import machine_facts
from crmsim.text import say
from crmsim.version import VERSION
from crmsim.yaml_files import dump

__all__ = ["again", "write_decision"]


def write_decision(d: Decision, folder: Path, lang: str = "en") -> None:
    """Write a decision in one scenario into a folder that is there and empty.

    Parameters
    ----------
    d : Decision
    folder : Path
        Of a draft: :func:`crmsim.across_report.write_decisions` gives it its name when all is written.
    lang : {"en", "zh"}
    """
    save_tables(folder, d.tables())
    if "saved" in d.parts:
        d.parts["saved"].customers.to_parquet(folder / "saved_customers.parquet", index=False)
    d.experiment.scenario.save(folder / "scenario.yaml")
    (folder / "experiment.yaml").write_text(again(d.experiment), encoding="utf-8")
    for strategy in (*d.experiment.strategies.values(), d.tuned()):
        if strategy is not None:
            name, text = strategy.as_file()
            (folder / f"strategy_{name}").write_text(text, encoding="utf-8")
    summary = decision_summary(d, lang)
    pictures = draw_decision(d, folder, lang)
    (folder / "index.html").write_text(_page(d, summary, pictures, lang), encoding="utf-8")
    verdict = {"best": d.verdict().best, "kind": d.verdict().kind, "summary": summary}
    (folder / "summary.json").write_text(
        json.dumps(verdict, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    write_manifest(folder, _provenance(d))


def again(experiment: Experiment, below: Mapping[str, str] | None = None, home: str = "") -> str:
    """Return the experiment so that it can be run from the folder of its results alone.

    Parameters
    ----------
    experiment : Experiment
    below : mapping, optional
        From the name of a scenario to its folder below that of the results; by default they are the same.
    home : str
        The folder below that of the results in which the strategies lie, with a slash at its end.
    """
    folders = [""] if below is None else [f"{folder}/" for folder in below.values()]
    names = {name: f"{home}strategy_{s.as_file()[0]}" for name, s in experiment.strategies.items()}
    data = experiment.file.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    data |= {"scenarios": [f"{folder}scenario.yaml" for folder in folders]}
    data.pop("weights", None)
    if below is not None and experiment.weights is not None:
        data["weights"] = {f"{below[n]}/scenario.yaml": share for n, share in experiment.weights.items()}
    data["strategies"] = list(names.values())
    data["base"] = names[experiment.file.base_name]
    for section in experiment.sections:
        if "strategy" in data[section]:
            data[section]["strategy"] = names[data[section]["strategy"]]
    return dump(data)


def _provenance(d: Decision) -> dict[str, Any]:
    c = d.comparison
    return {
        "crmsim": VERSION,
        "kind": "decision",
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "experiment": d.experiment.file.model_dump(mode="json", exclude_none=True),
        "scenario": c.scenario.model_dump(mode="json"),
        "strategies": [
            s.model_dump(mode="json", by_alias=True, exclude_unset=True)
            for s in d.experiment.strategies.values()
        ],
        "engines": c.engines,
        "seed": c.seed,
        "check_seed": d.experiment.check_seed,
        "search_seed": d.experiment.search_seed,
        "replications_finished": list(c.finished),
        "failures": c.failures().to_dict("records"),
        "problems": d.problems,
        "interrupted": d.interrupted,
        "seconds": round(d.seconds, 2),
        "machine": machine_facts(),
    }


# -- the page -----------------------------------------------------------------------------------------


def _page(d: Decision, summary: dict[str, list[str]], pictures: list[str], lang: str) -> str:
    file = d.experiment.file
    about = file.about_zh if lang == "zh" and file.about_zh else file.about
    body = [paragraph(say("decision.asked", lang, about=about), "note")] if about else []
    for question, sentences in summary.items():
        body.append(heading(say(f"decision.question.{question}", lang)))
        kind = {"which": "lead", "careful": "note"}.get(question, "")
        body += [paragraph(sentence, kind if place == 0 or kind == "note" else "")
                 for place, sentence in enumerate(sentences)]  # fmt: skip
    body += ['<hr class="page">', f"<h1>{say('decision.details', lang)}</h1>"]
    for name in pictures:
        caption = say(f"decision.picture.{name}", lang)
        body += [heading(caption), image(f"{name}.png", caption)]
        if name == "strategies":
            body += _comparison_tables(d, lang)
        else:
            body.append(paragraph(say(f"decision.read.{name}", lang, strategy=_about(d, name, lang)), "note"))
    if d.experiment.unsure is not None:
        body += _parameters(d, lang)
    body.append(heading(say("report.strategies", lang)))
    body += [
        paragraph(f"{strategy_label(s.name, lang)}: {s.about_zh if lang == 'zh' and s.about_zh else s.about}")
        for s in d.experiment.strategies.values()
    ]
    body.append(paragraph(say("decision.files", lang), "note"))
    return page(say("decision.title", lang, name=file.name.replace("_", " ")), body, lang)


#: Pictures of a section that has several.
_SHOWN_WITH = {"worth": "saved", "losers": "saved", "costs": "returns", "targeting_kept": "targeting"}
_WHOM = ("winner", "other", "strategy", "best", "base")


def _about(d: Decision, picture: str, lang: str) -> str:
    """Return whom a picture is about."""
    part = d.parts[_SHOWN_WITH.get(picture, picture)]
    # Of a race its best, of a verdict its winner, of two worlds the other, of an offer what it is added to.
    whom = next(getattr(part, name) for name in _WHOM if hasattr(part, name))
    return strategy_label(whom if isinstance(whom, str) else whom.name, lang)


def _comparison_tables(d: Decision, lang: str) -> list[str]:
    """Return the table of all outcomes, and the best strategy against each other one."""
    file, verdict = d.experiment.file, d.verdict()
    unit, best = OUTCOMES[file.outcome].unit, strategy_label(verdict.best, lang)
    currency = d.comparison.scenario.currency
    rows = []
    for row in verdict.rivals.to_dict("records"):
        mean, low, high = (amount(row[end], unit, signed=True) for end in ("mean", "low", "high"))
        verdict_word = say(f"decision.verdict.{row['verdict']}", lang)
        kind = "better" if row["verdict"] == "better" else "undecided"
        cells = [(f"{mean} {currency if unit == 'currency' else ''} <small>[{low}, {high}]</small>", ""),
                 (verdict_word, kind)]  # fmt: skip
        rows.append((strategy_label(row["strategy"], lang), cells))
    labels = [say("decision.column.strategy", lang), say("decision.column.gap", lang, best=best)]
    labels.append(say("decision.column.verdict", lang))
    return [
        heading(say("decision.table.strategies", lang)),
        difference_table(d.comparison, d.differences(), lang),
        paragraph(say("decision.read.strategies", lang, confidence=f"{file.confidence:.0%}"), "note"),
        paragraph(say("report.by_last_tier", lang), "note"),
        heading(say("decision.table.rivals", lang, best=best)),
        table(labels, rows),
    ]


def _parameters(d: Decision, lang: str) -> list[str]:
    """Return what the strategist is unsure of: each parameter, its value now, its range and its meaning."""
    rows = []
    for parameter in d.experiment.unsure.parameters:
        section, _, name = parameter.path.partition(".")
        field = type(getattr(d.experiment.scenario, section, None)), name.split(".")[0].split("[")[0]
        about = getattr(field[0], "model_fields", {}).get(field[1])
        numbers = (number_at(d.experiment.scenario, parameter.path), parameter.low, parameter.high)
        cells = [(f"{number:.4g}", "") for number in numbers]
        meaning = "" if about is None else about.description or ""
        rows.append((parameter.path, [*cells, (html.escape(meaning), "text")]))
    labels = [say(f"decision.column.{name}", lang) for name in ("parameter", "now", "low", "high", "meaning")]
    return [heading(say("decision.table.parameters", lang)), table(labels, rows)]
