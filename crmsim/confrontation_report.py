"""What a confrontation leaves behind: how far each method was from the truth, and how surely."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from crmsim.confrontation.confront import ORACLE, Confrontation
from crmsim.folders import new_folder
from crmsim.metrics.forecasts import MEASURES
from crmsim.pages import heading, image, page, paragraph, save_picture, save_tables, table, write_manifest
from crmsim.plots.confrontation import plot_calibration, plot_top_overlap, plot_total_error
from crmsim.plots.style import house_style, new_figure
from crmsim.text import listed, say
from crmsim.version import VERSION

__all__ = ["confrontation_sentences", "write_confrontation"]


def write_confrontation(
    found: Confrontation, folder: str | Path, *, lang: str = "en", replace: bool = False
) -> Path:
    """Write a confrontation into a folder, whole or not at all; return the path of the page for people.

    Parameters
    ----------
    found : Confrontation
    folder : str or Path
    lang : {"en", "zh"}
    replace : bool
        Whether earlier results there may be replaced.

    Raises
    ------
    InputError
        When something else is in the way, or results are and `replace` is False.
    """
    with new_folder(folder, replace=replace) as draft:
        tables = {"measures": found.table(), "curves": found.curves(), "runs": found.runs}
        save_tables(draft, tables | {"tenths": found.tenths, "failures": found.failures})
        _pictures(found, draft, lang)
        (draft / "index.html").write_text(_page(found, lang), encoding="utf-8")
        write_manifest(
            draft,
            {
                "crmsim": VERSION,
                "seed": found.seed,
                "replications": found.replications,
                "review_day": found.review_day,
                "days_ahead": found.days_ahead,
                "futures": found.futures,
                "margin": found.margin,
                "confidence": found.confidence,
                "scenario": found.scenario.model_dump(mode="json"),
                "strategy": found.strategy.model_dump(mode="json", by_alias=True, exclude_unset=True),
            },
        )
    return Path(folder) / "index.html"


def confrontation_sentences(found: Confrontation, lang: str = "en") -> list[str]:
    """Return what was examined, which method came closest and which missed most, in sentences."""
    money = found.scenario.money
    sentences = [
        say(
            "confrontation.what",
            lang,
            scenario=found.scenario.name,
            n=found.replications,
            day=found.review_day,
            days=found.days_ahead,
            margin=f"{found.margin:.1%}",
            rate=f"{money.annual_discount_rate:.1%}",
            currency=found.scenario.currency,
        )
    ]
    order = _by_size_of_error(found)
    chosen = (("closest", 0), ("furthest", -1)) if len(order) > 1 else ()
    for key, place in chosen:
        row = order.iloc[place]
        sentences.append(
            say(
                f"confrontation.{key}",
                lang,
                method=say(f"valuation.{row['method']}", lang),
                **{end: f"{row[end]:+.0%}" for end in ("mean", "low", "high")},
            )
        )
    level = _level_with_the_closest(found, list(order["method"]))
    if level:
        names = [say(f"valuation.{name}", lang) for name in level]
        sentences.insert(2, say("confrontation.level", lang, names=listed(names, lang)))
    if not found.failures.empty:
        names = sorted({say(f"valuation.{name}", lang) for name in found.failures["method"]})
        sentences.append(say("confrontation.failed", lang, names=listed(names, lang)))
    return sentences


def _by_size_of_error(found: Confrontation) -> pd.DataFrame:
    """Return the error in total of methods that foretell an amount, by its mean size, the smallest first.

    The oracle is no method, and what customers brought in the past is of another length of time.
    """
    table = found.table().query("measure == 'total_error' and method not in [@ORACLE, 'historic']")
    table = table.dropna(subset="mean")
    sizes = [np.nanmean(np.abs(found.values(method, "total_error"))) for method in table["method"]]
    return table.assign(size=sizes).sort_values("size")


def _level_with_the_closest(found: Confrontation, order: list[str]) -> list[str]:
    """Return the methods whose error these runs do not show to be larger than that of the closest."""
    if len(order) < 2:
        return []
    table = found.differences(order[0]).query("measure == 'total_error'").set_index("method")
    # A single run has no interval, and so nothing is shown.
    return [name for name in order[1:] if not table.loc[name, "low"] > 0.0]


@house_style
def _pictures(found: Confrontation, folder: Path, lang: str) -> None:
    measures = found.table()
    figure, axes = new_figure(11, 4.6, columns=2)
    plot_total_error(measures, axes[0], lang=lang)
    plot_top_overlap(measures, axes[1], lang=lang)
    save_picture(figure, folder / "errors.png")
    figure, ax = new_figure(8, 5)
    plot_calibration(found.curves(), ax, currency=found.scenario.currency, lang=lang)
    save_picture(figure, folder / "by_tenth.png")


def _page(found: Confrontation, lang: str) -> str:
    body = [paragraph(sentence) for sentence in confrontation_sentences(found, lang)]
    for name in ("errors", "by_tenth"):
        caption = say(f"confrontation.picture.{name}", lang)
        body += [heading(caption), image(f"{name}.png", caption)]
        reading = say(f"confrontation.read.{name}", lang, level=f"{found.confidence:.0%}")
        body.append(paragraph(reading, "note"))
    rows = []
    measured = found.table().set_index(["method", "measure"])
    for method in found.methods:
        cells = [(_cell(measured.loc[method, measure], measure), "") for measure in MEASURES]
        rows.append((say(f"valuation.{method}", lang), cells))
    labels = [say("confrontation.method", lang), *(say(f"confrontation.{m}", lang) for m in MEASURES)]
    body += [table(labels, rows), paragraph(say("confrontation.note", lang), "note")]
    if ORACLE in found.methods:
        body.append(paragraph(say("confrontation.oracle", lang, n=found.futures), "note"))
    return page(say("confrontation.title", lang), body, lang)


def _cell(row: pd.Series, measure: str) -> str:
    """Return a measure with its interval; nothing where the method gives ranks only."""
    if pd.isna(row["mean"]):
        return "–"
    signed = "+.0%" if measure == "total_error" else ".0%" if measure in ("top_overlap", "gap") else ".2f"
    return f"{row['mean']:{signed}}<br><small>[{row['low']:{signed}}, {row['high']:{signed}}]</small>"
