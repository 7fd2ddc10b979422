"""What a comparison leaves behind: a page for people, tables for machines.

A folder with ``index.html``, plots as PNG, tables as CSV and Parquet, the scenario and the strategies
as YAML, and a manifest that says how to run it again.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from crmsim.comparison import mean_interval
from crmsim.comparison_result import Comparison
from crmsim.folders import new_folder
from crmsim.metrics.outcomes import HEADLINES, OUTCOMES
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
from crmsim.plots.comparison import (
    plot_differences,
    plot_retention,
    plot_satisfaction,
    plot_stage_shares,
    plot_tier_outcomes,
    plot_value_components,
)
from crmsim.plots.style import house_style, new_figure, strategy_label
from crmsim.store import machine_facts
from crmsim.text import listed, say
from crmsim.version import VERSION

__all__ = ["difference_table", "failure_sentences", "summary_sentences", "write_comparison"]


def summary_sentences(comparison: Comparison, lang: str) -> list[str]:
    """Return the result in sentences: the winner, what it rests on, and whether it rests firmly."""
    c, currency = comparison, comparison.scenario.currency
    differences = c.differences(simultaneous=True)
    clv = differences[differences["outcome"] == "clv"].sort_values("mean", ascending=False)
    # One that failed in all replications but one is no winner, however lucky that one was.
    best = (clv[clv["n"] > 1] if (clv["n"] > 1).any() else clv).iloc[0]
    values = {
        "strategy": strategy_label(best["strategy"], lang),
        "base": strategy_label(c.base, lang),
        "mean": amount(best["mean"], "currency", currency, signed=True),
        "low": amount(best["low"], "currency", currency, signed=True),
        "high": amount(best["high"], "currency", currency, signed=True),
        "n": best["n"],
        "customers": c.scenario.population.customers,
        "years": f"{c.scenario.population.horizon_days / 365:.1f}",
    }
    key = {"higher": "report.winner", "lower": "report.no_winner", "same": "report.same"}.get(
        best["verdict"], "report.undecided"
    )
    first = say(key if best["n"] > 1 else "report.one_replication", lang, **values)
    sentences = [first[0].upper() + first[1:]]
    shown = differences[differences["outcome"].isin(HEADLINES)]
    short = shown[~shown["enough"]]
    if short.empty:
        sentences.append(say("report.enough", lang, n=len(c.finished)))
    else:
        names = sorted({say(f"outcome.{key}", lang) for key in short["outcome"]})
        needed = int(short["needed"].max())
        # Where the base has nothing (nobody is promoted), no number of replications gives a share of that.
        key = "report.not_enough" if needed > len(c.finished) else "report.not_enough_open"
        sentences.append(say(key, lang, n=len(c.finished), names=listed(names, lang), needed=needed))
    # Equal ends: the paired differences vary by no more than rounding (crmsim.comparison.Interval.constant).
    fixed = shown[(shown["n"] > 1) & (shown["low"] == shown["high"]) & (shown["mean"] != 0.0)]
    if not fixed.empty:
        rows = fixed[["strategy", "outcome"]].itertuples(index=False)
        names = [
            say("word.labelled", lang, label=strategy_label(s, lang), text=say(f"outcome.{o}", lang))
            for s, o in rows
        ]
        sentences.append(say("report.no_variation", lang, names=listed(names, lang)))
    if len(c.finished) < c.asked:
        sentences.append(say("report.interrupted", lang, n=len(c.finished), asked=c.asked))
    return sentences + failure_sentences(c, lang)


def failure_sentences(comparison: Comparison, lang: str) -> list[str]:
    """Return a sentence for each strategy that failed: how often, why, and what its figures rest on."""
    c = comparison
    left = {strategy.name for strategy in c.strategies}
    return [
        say(
            "report.failed" if row["strategy"] in left else "report.left_out",
            lang,
            strategy=strategy_label(row["strategy"], lang),
            failed=row["failed"],
            n=len(c.finished),
            first=row["first"],
            problem=row["problem"],
        )
        for row in c.failures().to_dict("records")
    ]


def write_comparison(
    comparison: Comparison,
    folder: str | Path,
    *,
    lang: str = "en",
    replace: bool = False,
    seconds: float | None = None,
) -> Path:
    """Write a comparison into a folder, whole or not at all.

    Parameters
    ----------
    comparison : Comparison
    folder : str or Path
    lang : {"en", "zh"}
    replace : bool
        Whether earlier results there may be replaced.
    seconds : float, optional
        Wall time of the runs, for the manifest.

    Returns
    -------
    Path
        Of the page for people.
    """
    with new_folder(folder, replace=replace) as draft:
        differences, levels = comparison.differences(simultaneous=True), comparison.levels()
        save_tables(draft, {"runs": comparison.runs, "levels": levels, "differences": differences})
        for name in comparison.tables[comparison.base]:
            save_tables(draft, {name: _stacked(comparison, name)})
        comparison.scenario.save(draft / "scenario.yaml")
        for strategy in comparison.strategies:
            name, text = strategy.as_file()
            (draft / f"strategy_{name}").write_text(text, encoding="utf-8")
        plots = _comparison_plots(comparison, differences, draft, lang)
        (draft / "index.html").write_text(
            _comparison_page(comparison, differences, plots, lang), encoding="utf-8"
        )
        write_manifest(draft, _provenance(comparison, seconds))
    return Path(folder) / "index.html"


def _stacked(comparison: Comparison, name: str) -> pd.DataFrame:
    """Return one of the tables of all strategies, with the strategy as first column."""
    parts = []
    for strategy, tables in comparison.tables.items():
        part = tables[name]
        part = part.rename("value").to_frame() if isinstance(part, pd.Series) else part
        part = part.rename_axis(part.index.name or "component").reset_index()
        part.insert(0, "strategy", strategy)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _provenance(comparison: Comparison, seconds: float | None) -> dict[str, Any]:
    c = comparison
    return {
        "crmsim": VERSION,
        "engines": c.engines,
        "branches": c.branches,
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": c.seed,
        "replications_asked": c.asked,
        "replications_finished": list(c.finished),
        "failures": c.failures().to_dict("records"),
        "confidence": c.confidence,
        "base": c.base,
        "seconds": None if seconds is None else round(seconds, 2),
        "machine": machine_facts(),
        "scenario": c.scenario.model_dump(mode="json"),
        "strategies": [s.model_dump(mode="json", by_alias=True, exclude_unset=True) for s in c.strategies],
    }


@house_style
def _comparison_plots(c: Comparison, differences: pd.DataFrame, folder: Path, lang: str) -> list[str]:
    """Draw the plots; return their file names in the order of the page."""
    currency = c.scenario.currency
    figure, axes = new_figure(11, 3.8, columns=2)
    plot_differences(differences, "clv", axes[0], currency=currency, lang=lang)
    plot_differences(differences, "satisfied", axes[1], currency=currency, lang=lang)
    save_picture(figure, folder / "differences.png")

    figure, ax = new_figure(9, 4.8)
    components = pd.DataFrame({name: tables["components"] for name, tables in c.tables.items()}).T
    plot_value_components(components.drop(columns="clv"), ax, currency=currency, lang=lang)
    save_picture(figure, folder / "components.png")

    figure, axes = new_figure(11, 4, columns=2)
    tiers = pd.concat(
        [
            pd.DataFrame({"clv": tables["tier_clv"], "satisfied": tables["tier_satisfaction"]["satisfied"]})
            .rename_axis("tier").reset_index().assign(strategy=name)
            for name, tables in c.tables.items()
        ]
    )  # fmt: skip
    plot_tier_outcomes(tiers, axes, currency=currency, lang=lang)
    save_picture(figure, folder / "tiers.png")

    figure, axes = new_figure(11, 4, columns=2)
    plot_satisfaction({name: tables["satisfaction"] for name, tables in c.tables.items()}, axes[0], lang=lang)
    plot_retention({name: tables["retention"] for name, tables in c.tables.items()}, axes[1], lang=lang)
    save_picture(figure, folder / "over_time.png")

    figure, axes = new_figure(11, 4, columns=2)
    best = differences[differences["outcome"] == "clv"].sort_values("mean").iloc[-1]["strategy"]
    for ax, name in zip(axes, (c.base, best), strict=True):
        plot_stage_shares(c.tables[name]["stages"], ax, lang=lang)
        ax.set_title(strategy_label(name, lang))
    save_picture(figure, folder / "stages.png")
    return ["differences.png", "components.png", "tiers.png", "over_time.png", "stages.png"]


def _comparison_page(c: Comparison, differences: pd.DataFrame, plots: list[str], lang: str) -> str:
    body = [paragraph(sentence) for sentence in summary_sentences(c, lang)]
    body.append(difference_table(c, differences, lang))
    body.append(paragraph(say("report.how_to_read", lang, confidence=f"{c.confidence:.0%}"), "note"))
    body.append(paragraph(say("report.by_last_tier", lang), "note"))
    for picture in plots:
        caption = say(f"report.{picture.removesuffix('.png')}", lang)
        body += [heading(caption), image(picture, caption)]
    body.append(heading(say("report.strategies", lang)))
    body += [
        paragraph(f"{strategy_label(s.name, lang)}: {s.about_zh if lang == 'zh' and s.about_zh else s.about}")
        for s in c.strategies
    ]
    body.append(paragraph(_basis(c, lang), "note"))
    if c.branches > 1:
        body.append(paragraph(say("report.branches", lang, n=c.branches), "note"))
    body.append(paragraph(_drivers(c, lang), "note"))
    return page(say("report.title", lang, scenario=c.scenario.name), body, lang)


def _basis(c: Comparison, lang: str) -> str:
    """Return what the figures rest on: horizon, discounting, currency, seed, version."""
    return say(
        "report.basis",
        lang,
        scenario=c.scenario.name,
        customers=c.scenario.population.customers,
        years=f"{c.scenario.population.horizon_days / 365:.1f}",
        n=len(c.finished),
        seed=c.seed,
        rate=f"{c.scenario.money.annual_discount_rate:.1%}",
        currency=c.scenario.currency,
        price_date=c.scenario.price_date,
        version=VERSION,
    )


def _drivers(c: Comparison, lang: str) -> str:
    """Return which engine drove the runs; strategy by strategy where there was more than one."""
    engines = {name: say(f"engine.{engine}", lang) for name, engine in c.engines.items()}
    one = len(set(engines.values())) == 1
    parts = [
        engine if one else say("word.labelled", lang, label=strategy_label(name, lang), text=engine)
        for name, engine in engines.items()
    ]
    return say("report.engines", lang, engines=listed(dict.fromkeys(parts), lang))


def difference_table(c: Comparison, differences: pd.DataFrame, lang: str) -> str:
    """Return the headline outcomes as an HTML table: the base's level, and differences with intervals."""
    currency = c.scenario.currency
    labels = [say("report.outcome", lang), say("cli.base_row", lang, base=strategy_label(c.base, lang))]
    labels += [strategy_label(strategy.name, lang) for strategy in c.strategies[1:]]
    rows = []
    for outcome in HEADLINES:
        level = amount(mean_interval(c.values(c.base, outcome)).mean, OUTCOMES[outcome].unit, currency)
        mine = differences[differences["outcome"] == outcome].to_dict("records")
        cells = [(_interval_cell(row, currency), _judgement(outcome, row["verdict"])) for row in mine]
        rows.append((say(f"outcome.{outcome}", lang), [(level, ""), *cells]))
    return table(labels, rows)


def _interval_cell(row: dict[str, Any], currency: str) -> str:
    """Return a difference above its interval."""
    unit = row["unit"]
    low, high = (amount(row[end], unit, signed=True) for end in ("low", "high"))
    return f"{amount(row['mean'], unit, currency, signed=True)}<br><small>[{low}, {high}]</small>"


def _judgement(outcome: str, verdict: str) -> str:
    """Return whether a decided difference is good news: more cost is higher, and worse."""
    direction = {"higher": 1, "lower": -1}.get(verdict, 0) * OUTCOMES[outcome].better
    return {1: "better", -1: "worse"}.get(direction, "undecided")
