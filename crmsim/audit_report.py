"""What an audit leaves behind: a page that a manager can read, and every customer with value and grade."""

from __future__ import annotations

import html
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from crmsim.audit.cohorts import base_over_time, by_age, by_period
from crmsim.audit.concentration import lorenz_curve
from crmsim.customer_audit import CustomerAudit
from crmsim.folders import new_folder
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
from crmsim.plots.cohorts import plot_base_over_time, plot_cohort_chart, plot_cohort_triangle
from crmsim.plots.concentration import plot_lorenz
from crmsim.plots.forecasts import plot_conditional_expectations
from crmsim.plots.grading import plot_weighted_grades
from crmsim.plots.levels import plot_levels, plot_pyramid
from crmsim.plots.periods import plot_deciles, plot_distribution, plot_migration
from crmsim.plots.rfm import plot_rfm_cells
from crmsim.plots.style import house_style, new_figure
from crmsim.plots.survival import plot_survival
from crmsim.plots.tracking import plot_tracking
from crmsim.text import say
from crmsim.version import VERSION

__all__ = ["audit_sentences", "write_audit"]

#: Customers shown on the page; the table in the folder has all.
_SHOWN = 10


def write_audit(audit: CustomerAudit, folder: str | Path, *, lang: str = "en", replace: bool = False) -> Path:
    """Write an audit into a folder, whole or not at all.

    Parameters
    ----------
    audit : CustomerAudit
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
        save_tables(draft, _tables(audit))
        pictures = _pictures(audit, draft, lang)
        (draft / "index.html").write_text(_page(audit, pictures, lang), encoding="utf-8")
        write_manifest(draft, _provenance(audit))
    return Path(folder) / "index.html"


def audit_sentences(audit: CustomerAudit, lang: str = "en") -> list[str]:
    """Return what was found, what the customers are worth, and what to be careful about, in sentences.

    Parameters
    ----------
    audit : CustomerAudit
    lang : {"en", "zh"}
    """
    terms, figures, outlook = audit.terms, audit.figures, audit.outlook
    sentences = [
        say(
            "audit.base",
            lang,
            customers=f"{figures['customers']:,.0f}",
            orders=f"{figures['orders']:,.0f}",
            revenue=_money(figures["revenue"], audit),
            repeaters=f"{figures['repeaters']:.0%}",
            end=terms.observation_end,
        ),
        say(
            "audit.concentration",
            lang,
            top=f"{figures['top_fifth']:.0%}",
            four_fifths=f"{figures['for_four_fifths']:.0%}",
            gini=f"{figures['gini']:.2f}",
        ),
    ]
    if outlook is not None:
        values = {
            "total": _money(outlook.total, audit),
            "low": _money(outlook.low, audit),
            "high": _money(outlook.high, audit),
            "model": say(f"valuation.{outlook.name}", lang),
            "least": _money(outlook.models["value"].min(), audit),
            "most": _money(outlook.models["value"].max(), audit),
        }
        known = np.isfinite([outlook.low, outlook.high]).all()
        key = "audit.value" if known else "audit.value_alone"
        sentences.append(say(key, lang, **values))
        # BG/NBD takes everybody who never came back as still there: nothing to count.
        if outlook.name != "bg_nbd":
            alive = f"{audit.customers['alive'].sum():,.0f}"
            sentences.append(say("audit.alive", lang, alive=alive, model=values["model"]))
        if outlook.check is not None:
            tried = outlook.models.loc[outlook.name]
            found = {
                "forecast": f"{tried['forecast']:,.0f}",
                "actual": f"{tried['actual']:,.0f}",
                "error": f"{tried['error']:+.1%}",
                "overlap": f"{tried['top_overlap']:.0%}",
                "n": f"{outlook.check.accuracy.customers:,}",
            }
            sentences.append(say("audit.checked", lang, model=values["model"], **found))
    sentences.append(_terms(audit, lang))
    return sentences + [say(f"audit.note.{note.key}", lang, **note.values) for note in audit.notes]


def _terms(audit: CustomerAudit, lang: str) -> str:
    """Return on what terms customers are valued: by forecast or by the past, margin, discounting, horizon."""
    terms = audit.terms
    key = "audit.terms" if audit.outlook is not None else "audit.terms_past"
    return say(
        key,
        lang,
        margin=f"{terms.margin:.1%}",
        rate=f"{terms.annual_discount_rate:.1%}",
        end=terms.observation_end,
        currency=terms.currency,
    )


def _money(value: float, audit: CustomerAudit) -> str:
    return amount(value, "currency", audit.terms.currency)


def _share(value: float) -> str:
    """Write a share as the sentences do; one that is not known as a dash, as amounts are."""
    return f"{value:.1%}" if np.isfinite(value) else amount(value, "share")


def _tables(audit: CustomerAudit) -> dict[str, pd.DataFrame]:
    """Return every table under its file's name, with what was an index as columns."""
    cohorts = audit.cohorts.assign(cohort=audit.cohorts["cohort"].astype(str))
    tables = {
        "customers": audit.customers.reset_index(),
        "cohorts": cohorts.assign(period=audit.cohorts["period"].astype(str)),
        "pyramid": audit.pyramid.reset_index(),
        "levels": audit.levels.astype(str).reset_index(),
        "agreement": audit.agreement.reset_index(),
        "orders": audit.orders,
        "grading": audit.grading.assign(grade=audit.grading["grade"].astype(str)).reset_index(),
    }
    if audit.deciles is not None:
        tables["deciles"] = audit.deciles.reset_index()
    if audit.flows is not None:
        migration = audit.migration.rename(index=str, columns=str)
        tables |= {
            "flows": audit.flows.reset_index(),
            "change": audit.change.reset_index(),
            "decile_migration": migration.reset_index(),
        }
    if audit.survival is not None:
        tables["survival"] = audit.survival.reset_index()
    if audit.outlook is not None:
        tables["models"] = audit.outlook.models.reset_index()
    return tables


def _provenance(audit: CustomerAudit) -> dict[str, object]:
    terms = asdict(audit.terms) | {"horizon": audit.terms.horizon, "timing": audit.terms.timing}
    outlook = audit.outlook
    return {
        "crmsim": VERSION,
        "terms": terms | {"observation_end": str(audit.terms.observation_end)},
        "silent_days": audit.silent_days,
        "figures": audit.figures,
        "model": outlook and {"name": outlook.name, "parameters": outlook.purchases.parameters},
        "spend": outlook and {name: getattr(outlook.spend, name) for name in ("p", "q", "gamma")},
        "notes": [note.key for note in audit.notes],
    }


# -- pictures -----------------------------------------------------------------------------------


@house_style
def _pictures(audit: CustomerAudit, folder: Path, lang: str) -> list[str]:
    """Draw the pictures; return their names in the order of the page."""
    currency = audit.terms.currency
    names = []

    def keep(name: str, figure) -> None:
        save_picture(figure, folder / f"{name}.png")
        names.append(name)

    figure, axes = new_figure(11, 4.4, columns=2)
    plot_pyramid(audit.pyramid, axes[0], lang=lang)
    plot_lorenz(lorenz_curve(audit.customers["revenue"].clip(lower=0.0)), axes[1], lang=lang)
    keep("who_matters", figure)

    outlook = audit.outlook
    if outlook is not None and outlook.check is not None:
        check = outlook.check
        figure, axes = new_figure(11, 4.4, columns=2)
        plot_tracking(check.tracking, axes[0], calibration_weeks=check.calibration_weeks, lang=lang)
        plot_conditional_expectations(check.by_frequency, axes[1], lang=lang)
        keep("forecast", figure)

    if audit.deciles is not None:
        figure, axes = new_figure(11, 4.4, columns=2)
        plot_rfm_cells(audit.scores, axes[0], lang=lang)
        plot_deciles(audit.deciles, axes[1], lang=lang)
        keep("one_year", figure)

    figure, axes = new_figure(11, 4.4, columns=2)
    plot_base_over_time(base_over_time(audit.cohorts), axes[0], lang=lang)
    plot_distribution(audit.orders, axes[1], lang=lang)
    keep("base", figure)

    if audit.migration is not None:
        figure, ax = new_figure(8, 5.5)
        plot_migration(audit.migration, ax, lang=lang)
        keep("two_years", figure)

    figure, axes = new_figure(11, 4.8, columns=2)
    plot_cohort_chart(by_period(audit.cohorts), axes[0], currency=currency, lang=lang)
    plot_cohort_triangle(by_age(audit.cohorts), axes[1], lang=lang)
    keep("cohorts", figure)

    if audit.survival is not None:
        figure, ax = new_figure(8, 4.4)
        plot_survival({say("audit.everybody", lang): audit.survival}, ax, lang=lang)
        keep("survival", figure)

    figure, ax = new_figure(8, 3.6)
    criteria = [name for name in audit.grading.columns if name not in ("score", "grade")]
    words = {name: say(f"audit.criterion.{name}", lang) for name in criteria}
    plot_weighted_grades(audit.grading, ax, names=words, lang=lang)
    keep("grades", figure)

    figure, ax = new_figure(10, 5.2)
    plot_levels(audit.levels, ax, lang=lang)
    keep("levels", figure)
    return names


# -- the page -----------------------------------------------------------------------------------


def _page(audit: CustomerAudit, pictures: list[str], lang: str) -> str:
    body = [paragraph(sentence) for sentence in audit_sentences(audit, lang)]
    body += [heading(say("audit.most_valuable", lang, n=min(_SHOWN, len(audit.customers))))]
    body += [_customers(audit, lang), paragraph(say("audit.all_customers", lang), "note")]
    for name in pictures:
        caption = say(f"audit.picture.{name}", lang)
        body += [heading(caption), image(f"{name}.png", caption)]
        body.append(paragraph(say(f"audit.read.{name}", lang, days=audit.silent_days), "note"))
        if name == "forecast":
            body.append(_models(audit, lang))
        if name == "two_years":
            body.append(_change(audit, lang))
    return page(say("audit.title", lang), body, lang)


def _customers(audit: CustomerAudit, lang: str) -> str:
    """Return the most valuable customers as a table."""
    columns = ["value", "revenue", "orders", "recency_days", "cell", "pyramid", "grade"]
    columns += ["alive", "purchases_next_year"] if audit.outlook is not None else []
    rows = []
    for customer, row in audit.customers.head(_SHOWN).iterrows():
        cells = {
            "value": _money(row["value"], audit),
            "revenue": _money(row["revenue"], audit),
            "orders": f"{row['orders']:.0f}",
            "recency_days": f"{row['recency_days']:.0f}",
            "cell": row["cell"],
            "pyramid": say(f"label.metals.{row['pyramid']}", lang),
            "grade": str(row["grade"]),
            "alive": _share(row["alive"]),
            "purchases_next_year": f"{row['purchases_next_year']:.1f}",
        }
        rows.append((str(customer), [(html.escape(cells[name]), "") for name in columns]))
    labels = [say(f"audit.column.{name}", lang) for name in ("customer", *columns)]
    return table(labels, rows)


def _models(audit: CustomerAudit, lang: str) -> str:
    """Return how the models did on the hold-out, and what each says the base is worth."""
    models = audit.outlook.models
    columns = ("forecast", "actual", "error", "rmse", "top_overlap", "value")
    rows = []
    for name, row in models.iterrows():
        cells = (
            f"{row['forecast']:,.0f}",
            f"{row['actual']:,.0f}",
            f"{row['error']:+.1%}",
            f"{row['rmse']:.2f}",
            _share(row["top_overlap"]),
            _money(row["value"], audit),
        )
        rows.append((say(f"valuation.{name}", lang), [(cell, "") for cell in cells]))
    return table([say("audit.column.model", lang), *(say(f"audit.column.{c}", lang) for c in columns)], rows)


def _change(audit: CustomerAudit, lang: str) -> str:
    """Return whose spending changed between the two years, and by how much."""
    rows = []
    for name, row in audit.flows[audit.flows["customers"] > 0].iterrows():
        change = amount(row["change"], "currency", audit.terms.currency, signed=True)
        years = [_money(row[name], audit) for name in ("spend_1", "spend_2")]
        cells = (f"{row['customers']:,.0f}", *years, change)
        rows.append((say(f"audit.flow.{name}", lang), [(cell, "") for cell in cells]))
    labels = [say(f"audit.column.{c}", lang) for c in ("flow", "customers", "spend_1", "spend_2", "change")]
    return table(labels, rows)
