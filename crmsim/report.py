"""What a comparison or a calibration leaves behind: a page for people, tables for machines.

A folder with ``index.html``, plots as PNG, tables as CSV and Parquet, the scenario and the strategies
as YAML, and a manifest that says how to run it again.
"""

from __future__ import annotations

import html
import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from crmsim.calibration import Calibration
from crmsim.comparison import mean_interval
from crmsim.experiments import Comparison
from crmsim.folders import MANIFEST, new_folder
from crmsim.metrics.outcomes import HEADLINES, OUTCOMES
from crmsim.plots.comparison import (
    plot_differences,
    plot_retention,
    plot_satisfaction,
    plot_stage_shares,
    plot_tier_outcomes,
    plot_value_components,
)
from crmsim.plots.style import house_style, new_figure, strategy_label, to_png
from crmsim.plots.tracking import plot_tracking
from crmsim.store import machine_facts
from crmsim.text import say
from crmsim.version import VERSION

__all__ = [
    "amount",
    "calibration_sentences",
    "summary_sentences",
    "write_calibration",
    "write_comparison",
]

_STYLE = """
body{font:16px/1.55 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif;max-width:62rem;
margin:2rem auto;padding:0 1rem;color:#1d2733}
h1,h2{line-height:1.2}img{max-width:100%;height:auto;margin:.5rem 0}
table{border-collapse:collapse;margin:1rem 0;font-variant-numeric:tabular-nums}td,th{padding:.3rem .7rem;
border-bottom:1px solid #d5dce4;text-align:right}td:first-child,th:first-child{text-align:left}
.better{color:#0b6e4f}.worse{color:#a4243b}.undecided{color:#6b7785}td,small{white-space:nowrap}
td:first-child{white-space:normal}.note{color:#55606d;font-size:.9rem}
div.wide{overflow-x:auto}
"""


def amount(value: float, unit: str, currency: str = "", *, signed: bool = False) -> str:
    """Return a value as people write it: currency to three digits, shares in percent.

    A signed value is a difference; between shares that is in percentage points (pp).

    Examples
    --------
    >>> amount(0.123, "share"), amount(0.02, "share", signed=True), amount(1234.6, "currency", "CNY")
    ('12.3 %', '+2.0 pp', '1,235 CNY')
    """
    if not np.isfinite(value):
        return "–"
    sign = "+" if signed else ""
    if unit == "share":
        return f"{value * 100:{sign}.1f} {'pp' if signed else '%'}"
    if unit == "currency":
        digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
        return f"{value:{sign},.{digits}f} {currency}".strip()
    return f"{value:{sign}.3f}"


def summary_sentences(comparison: Comparison, lang: str) -> list[str]:
    """Return the result in sentences: the winner, what it rests on, and whether it rests firmly."""
    c, currency = comparison, comparison.scenario.currency
    differences = c.differences()
    clv = differences[differences["outcome"] == "clv"].sort_values("mean", ascending=False)
    best = clv.iloc[0]
    values = {
        "strategy": strategy_label(best["strategy"], lang),
        "base": strategy_label(c.base, lang),
        "mean": amount(best["mean"], "currency", currency, signed=True),
        "low": amount(best["low"], "currency", currency, signed=True),
        "high": amount(best["high"], "currency", currency, signed=True),
        "n": len(c.finished),
        "customers": c.scenario.population.customers,
        "years": f"{c.scenario.population.horizon_days / 365:.1f}",
    }
    key = {"higher": "report.winner", "lower": "report.no_winner"}.get(best["verdict"], "report.undecided")
    first = say(key, lang, **values)
    sentences = [first[0].upper() + first[1:]]
    shown = differences[differences["outcome"].isin(HEADLINES)]
    short = shown[~shown["enough"]]
    if short.empty:
        sentences.append(say("report.enough", lang, n=len(c.finished)))
    else:
        names = sorted({say(f"outcome.{key}", lang) for key in short["outcome"]})
        needed = int(short["needed"].max())
        sentences.append(
            say("report.not_enough", lang, n=len(c.finished), names="; ".join(names), needed=needed)
        )
    if len(c.finished) < c.asked:
        sentences.append(say("report.interrupted", lang, n=len(c.finished), asked=c.asked))
    return sentences


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
        differences, levels = comparison.differences(), comparison.levels()
        _tables(draft, {"runs": comparison.runs, "levels": levels, "differences": differences})
        for name in comparison.tables[comparison.base]:
            _tables(draft, {name: _stacked(comparison, name)})
        comparison.scenario.save(draft / "scenario.yaml")
        for strategy in comparison.strategies:
            name, text = strategy.as_file()
            (draft / f"strategy_{name}").write_text(text, encoding="utf-8")
        plots = _comparison_plots(comparison, differences, draft, lang)
        (draft / "index.html").write_text(
            _comparison_page(comparison, differences, plots, lang), encoding="utf-8"
        )
        _manifest(draft, _provenance(comparison, seconds))
    return Path(folder) / "index.html"


def write_calibration(
    calibration: Calibration, folder: str | Path, *, lang: str = "en", replace: bool = False
) -> Path:
    """Write a calibration into a folder, whole or not at all; return the path of the page for people."""
    with new_folder(folder, replace=replace) as draft:
        calibration.scenario.save(draft / "scenario.yaml")
        _tables(
            draft,
            {"summary": calibration.summary.reset_index(), "holdout": calibration.holdout.reset_index()},
        )
        _tables(draft, {"tracking": calibration.tracking.reset_index()})
        figure, ax = new_figure(8, 4.5)
        plot_tracking(calibration.tracking, ax, calibration_weeks=calibration.calibration_weeks, lang=lang)
        _save(figure, draft / "tracking.png")
        (draft / "index.html").write_text(_calibration_page(calibration, lang), encoding="utf-8")
        model, spend, match = calibration.purchases.model, calibration.spend.model, calibration.match
        _manifest(
            draft,
            {
                "crmsim": VERSION,
                "bg_nbd": {
                    "r": model.r,
                    "alpha": model.alpha,
                    "a": model.a,
                    "b": model.b,
                    "unit": model.unit,
                },
                "gamma_gamma": {"p": spend.p, "q": spend.q, "gamma": spend.gamma, "currency": spend.currency},
                "match": asdict(match),
                "calibration_end": str(calibration.calibration_end),
                "observation_end": str(calibration.observation_end),
            },
        )
    return Path(folder) / "index.html"


# -- tables and provenance ----------------------------------------------------------------------


def _tables(folder: Path, tables: dict[str, pd.DataFrame]) -> None:
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
        table.to_parquet(folder / f"{name}.parquet", index=False)


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
        "confidence": c.confidence,
        "base": c.base,
        "seconds": None if seconds is None else round(seconds, 2),
        "machine": machine_facts(),
        "scenario": c.scenario.model_dump(mode="json"),
        "strategies": [s.model_dump(mode="json", by_alias=True, exclude_unset=True) for s in c.strategies],
    }


def _manifest(folder: Path, content: dict[str, Any]) -> None:
    files = sorted(path.name for path in folder.iterdir())
    (folder / MANIFEST).write_text(
        json.dumps(content | {"files": files}, indent=2, ensure_ascii=False) + "\n", "utf-8"
    )


# -- pictures -----------------------------------------------------------------------------------


def _save(figure: Figure, path: Path) -> None:
    path.write_bytes(to_png(figure, dpi=110))


@house_style
def _comparison_plots(c: Comparison, differences: pd.DataFrame, folder: Path, lang: str) -> list[str]:
    """Draw the plots; return their file names in the order of the page."""
    currency = c.scenario.currency
    figure, axes = new_figure(11, 3.8, columns=2)
    plot_differences(differences, "clv", axes[0], currency=currency, lang=lang)
    plot_differences(differences, "satisfied", axes[1], currency=currency, lang=lang)
    _save(figure, folder / "differences.png")

    figure, ax = new_figure(9, 4.8)
    components = pd.DataFrame({name: tables["components"] for name, tables in c.tables.items()}).T
    plot_value_components(components.drop(columns="clv"), ax, currency=currency, lang=lang)
    _save(figure, folder / "components.png")

    figure, axes = new_figure(11, 4, columns=2)
    tiers = pd.concat(
        [
            pd.DataFrame({"clv": tables["tier_clv"], "satisfied": tables["tier_satisfaction"]["satisfied"]})
            .rename_axis("tier").reset_index().assign(strategy=name)
            for name, tables in c.tables.items()
        ]
    )  # fmt: skip
    plot_tier_outcomes(tiers, axes, currency=currency, lang=lang)
    _save(figure, folder / "tiers.png")

    figure, axes = new_figure(11, 4, columns=2)
    plot_satisfaction({name: tables["satisfaction"] for name, tables in c.tables.items()}, axes[0], lang=lang)
    plot_retention({name: tables["retention"] for name, tables in c.tables.items()}, axes[1], lang=lang)
    _save(figure, folder / "over_time.png")

    figure, axes = new_figure(11, 4, columns=2)
    best = differences[differences["outcome"] == "clv"].sort_values("mean").iloc[-1]["strategy"]
    for ax, name in zip(axes, (c.base, best), strict=True):
        plot_stage_shares(c.tables[name]["stages"], ax, lang=lang)
        ax.set_title(strategy_label(name, lang))
    _save(figure, folder / "stages.png")
    return ["differences.png", "components.png", "tiers.png", "over_time.png", "stages.png"]


# -- pages --------------------------------------------------------------------------------------


def _page(title: str, body: str, lang: str) -> str:
    code = "zh-CN" if lang == "zh" else "en"
    return (
        f'<!doctype html>\n<html lang="{code}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{html.escape(title)}</title>'
        f"<style>{_STYLE}</style></head>\n<body>\n<h1>{html.escape(title)}</h1>\n{body}\n</body></html>\n"
    )


def _paragraph(text: str, kind: str = "") -> str:
    return f'<p class="{kind}">{html.escape(text)}</p>' if kind else f"<p>{html.escape(text)}</p>"


def _image(name: str, alt: str) -> str:
    return f'<img src="{name}" alt="{html.escape(alt)}">'


def _comparison_page(c: Comparison, differences: pd.DataFrame, plots: list[str], lang: str) -> str:
    body = [_paragraph(sentence) for sentence in summary_sentences(c, lang)]
    body.append(f'<div class="wide">{difference_table(c, differences, lang)}</div>')
    body.append(_paragraph(say("report.how_to_read", lang, confidence=f"{c.confidence:.0%}"), "note"))
    body += [
        f"<h2>{html.escape(say(f'report.{p[:-4]}', lang))}</h2>\n{_image(p, say(f'report.{p[:-4]}', lang))}"
        for p in plots
    ]
    body.append(f"<h2>{html.escape(say('report.strategies', lang))}</h2>")
    body += [
        _paragraph(
            f"{strategy_label(s.name, lang)}: {s.about_zh if lang == 'zh' and s.about_zh else s.about}"
        )
        for s in c.strategies
    ]
    body.append(_paragraph(_basis(c, lang), "note"))
    if c.branches > 1:
        body.append(_paragraph(say("report.branches", lang, n=c.branches), "note"))
    body.append(_paragraph(_drivers(c, lang), "note"))
    return _page(say("report.title", lang, scenario=c.scenario.name), "\n".join(body), lang)


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
    parts = [engine if one else f"{strategy_label(name, lang)}: {engine}" for name, engine in engines.items()]
    return say("report.engines", lang, engines="; ".join(dict.fromkeys(parts)))


def difference_table(c: Comparison, differences: pd.DataFrame, lang: str) -> str:
    """Return the headline outcomes as an HTML table: the base's level, and differences with intervals."""
    currency = c.scenario.currency
    labels = [say("report.outcome", lang), say("cli.base_row", lang, base=strategy_label(c.base, lang))]
    labels += [strategy_label(strategy.name, lang) for strategy in c.strategies[1:]]
    rows = ["<tr>" + "".join(f"<th>{html.escape(label)}</th>" for label in labels) + "</tr>"]
    for outcome in HEADLINES:
        level = amount(mean_interval(c.values(c.base, outcome)).mean, OUTCOMES[outcome].unit, currency)
        mine = differences[differences["outcome"] == outcome].to_dict("records")
        cells = [(_interval_cell(row, currency), _judgement(outcome, row["verdict"])) for row in mine]
        rows.append(_row(say(f"outcome.{outcome}", lang), [(level, ""), *cells]))
    return f"<table>{''.join(rows)}</table>"


def _interval_cell(row: dict[str, Any], currency: str) -> str:
    """Return a difference above its interval."""
    unit = row["unit"]
    low, high = (amount(row[end], unit, signed=True) for end in ("low", "high"))
    return f"{amount(row['mean'], unit, currency, signed=True)}<br><small>[{low}, {high}]</small>"


def _judgement(outcome: str, verdict: str) -> str:
    """Return whether a decided difference is good news: more cost is higher, and worse."""
    direction = {"higher": 1, "lower": -1}.get(verdict, 0) * OUTCOMES[outcome].better
    return {1: "better", -1: "worse"}.get(direction, "undecided")


def _row(label: str, cells: list[tuple[str, str]]) -> str:
    inner = "".join(f'<td class="{kind}">{cell}</td>' for cell, kind in cells)
    return f"<tr><td>{html.escape(label)}</td>{inner}</tr>"


def _calibration_page(k: Calibration, lang: str) -> str:
    body = [_image("tracking.png", say("calibration.tracking", lang))]
    body += [_paragraph(sentence) for sentence in calibration_sentences(k, lang)]
    return _page(say("calibration.title", lang, scenario=k.scenario.name), "\n".join(body), lang)


def calibration_sentences(k: Calibration, lang: str) -> list[str]:
    """Return what was fitted, how good the fit is, and what it cannot tell, in sentences."""
    model, spend, match = k.purchases.model, k.spend.model, k.match
    fitted = {name: f"{getattr(model, name):.3f}" for name in ("r", "alpha", "a", "b")}
    paid = {name: f"{getattr(spend, name):.2f}" for name in ("p", "q", "gamma")}
    mean = amount(spend.mean_spend(), "currency", k.scenario.currency)
    factors = {
        "rate": f"{match.rate_factor:.2f}",
        "dropout": f"{match.dropout_factor:.2f}",
        "spend": f"{match.spend_factor:.2f}",
        "early": f"{match.early_gap:+.1%}",
        "late": f"{match.late_gap:+.1%}",
    }
    forecasts = [
        say(
            f"calibration.{row['method']}",
            lang,
            forecast=f"{row['forecast']:,.0f}",
            actual=f"{row['actual']:,.0f}",
            error=f"{row['error']:+.1%}",
        )
        for row in k.holdout.reset_index().to_dict("records")
    ]
    return [
        say("calibration.customers", lang, n=len(k.summary), start=k.calibration_end, end=k.observation_end),
        say("calibration.bg_nbd", lang, ll=f"{k.purchases.log_likelihood:,.1f}", **fitted),
        say("calibration.gamma_gamma", lang, mean=mean, **paid),
        *forecasts,
        say("calibration.match", lang, **factors),
        say("calibration.assumptions", lang),
    ]
