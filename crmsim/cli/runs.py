"""``crmsim runs list``, ``show``, ``compare``, ``delete`` and ``clean``: the store of runs."""

from __future__ import annotations

import argparse

import pandas as pd

from crmsim.errors import CrmsimError
from crmsim.metrics.outcomes import HEADLINES, OUTCOMES
from crmsim.pages import amount
from crmsim.plots.style import strategy_label
from crmsim.store import RunStore, StoredRun
from crmsim.stored_differences import different_facts, different_outcomes
from crmsim.text import listed, say
from crmsim.text.catalogue import catalogue
from crmsim.text.problems import said

__all__ = ["runs_command"]

#: Text that is longer is cut in a table on screen.
_WIDEST = 48


def runs_command(options: argparse.Namespace) -> int:
    """Do what was asked for with the runs of a store."""
    store, lang = RunStore(options.store), options.lang
    if options.action == "list":
        _list(store, lang)
    elif options.action == "show":
        _show(store.find(options.run), lang)
    elif options.action == "compare":
        _compare(store.find(options.first), store.find(options.second), lang)
    elif options.action == "delete":
        # Look all of them up before the first is gone.
        names = [store.full_name(name) for name in options.runs]
        for name in dict.fromkeys(names):
            store.delete(name)
            print(say("store.deleted", lang, run=name))
    else:
        print(say("store.cleaned", lang, n=store.clean()))
    return 0


def _list(store: RunStore, lang: str) -> None:
    table = store.runs()
    if table.empty:
        print(say("store.empty", lang, folder=store.folder))
    else:
        whole = table[table["problem"] == ""]
        shown = ["id", "scenario", "customers", "strategies", "seed", "replications", "seconds", "megabytes"]
        if len(whole):
            named = [
                listed((strategy_label(name, lang) for name in names.split(", ")), lang)
                for names in whole["strategies"]
            ]
            size = whole["megabytes"].map("{:.2f}".format)
            _print(whole[shown].assign(strategies=named, megabytes=size), lang)
        for row in table[table["problem"] != ""].itertuples():
            print(say("store.damaged", lang, run=row.id, problem=said(CrmsimError(row.problem), lang)))
    left = len(store.leftovers())
    if left:
        print(say("store.leftovers", lang, n=left))


def _show(run: StoredRun, lang: str) -> None:
    manifest = run.manifest
    print(say("store.folder", lang, folder=run.folder))
    facts = ("written", "crmsim", "seed", "replications", "seconds")
    lines = [(say("store.kind", lang), _kind(manifest["kind"], lang))]
    lines += [(say(f"store.{fact}", lang), manifest[fact]) for fact in facts]
    lines.append((say("store.scenario", lang), manifest["scenario"]["name"]))
    lines.append((say("store.customers", lang), manifest["scenario"]["population"]["customers"]))
    names = [strategy_label(strategy["name"], lang) for strategy in manifest["strategies"]]
    lines.append((say("store.strategies", lang), listed(names, lang)))
    lines.append((say("store.tables", lang), ", ".join(manifest["tables"])))
    for label, value in lines:
        print(say("word.labelled", lang, label=label, text="–" if value is None else value))


def _kind(kind: str, lang: str) -> str:
    """Return what kind of run it is in words; whoever keeps runs of a kind of their own has named it."""
    key = f"store.kind.{kind}"
    return say(key, lang) if key in catalogue() else kind


def _compare(a: StoredRun, b: StoredRun, lang: str) -> None:
    facts = different_facts(a, b)
    if facts.empty:
        print(say("store.same_facts", lang))
    else:
        _print(facts, lang)
    found = different_outcomes(a, b)
    if found.empty:
        print(say("store.nothing_in_common", lang))
        return
    found = found[found["outcome"].isin(HEADLINES)]
    scenarios = [run.manifest["scenario"] for run in (a, b)]
    moneys = {(scenario["currency"], scenario["price_date"]) for scenario in scenarios}
    currency = next(iter(moneys))[0] if len(moneys) == 1 else ""
    rows = []
    for row in found.itertuples():
        unit = OUTCOMES[row.outcome].unit
        if unit == "currency" and not currency:
            continue  # amounts in different currencies, or of different days, have no difference
        low, high = (amount(end, unit, signed=True) for end in (row.low, row.high))
        rows.append(
            {
                "strategies": strategy_label(row.strategy, lang),
                "outcome": say(f"outcome.{row.outcome}", lang),
                "a": amount(row.a, unit, currency),
                "b": amount(row.b, unit, currency),
                "difference": f"{amount(row.mean, unit, signed=True)} [{low}, {high}]",
            }
        )
    print()
    _print(pd.DataFrame(rows, columns=["strategies", "outcome", "a", "b", "difference"]), lang)
    how = "store.paired" if found["paired"].iloc[0] else "store.independent"
    print(say(how, lang, n=int(found["n"].max())))


def _print(table: pd.DataFrame, lang: str) -> None:
    table = table.map(lambda value: value if not isinstance(value, str) else _cut(value))
    named = table.rename(columns={column: say(f"store.{column}", lang) for column in table})
    with pd.option_context(
        "display.width", None, "display.max_columns", None, "display.max_colwidth", None,
        "display.unicode.east_asian_width", True,
    ):  # fmt: skip
        print(named.to_string(index=False))


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"
