"""The README of the folder ``datasets/``, in English and Chinese, from the descriptions and the files."""

from __future__ import annotations

from io import StringIO

import pandas as pd

from crmsim.datasets.description import Table, columns, dataset_names, describe
from crmsim.datasets.public import PUBLIC
from crmsim.text import say

__all__ = ["readme_text"]


def readme_text(files: dict[str, str]) -> str:
    """Return the README.

    Parameters
    ----------
    files : dict of str to str
        Path in ``datasets/`` to the text of the file.
    """
    return "\n".join([*_half(files, "en"), "", *_half(files, "zh"), ""])


def _half(files: dict[str, str], lang: str) -> list[str]:
    """Return the lines of one language."""
    lines = [say("datasets.readme.title", lang), "", say("datasets.readme.intro", lang), ""]
    lines += [say("datasets.readme.sets_head", lang), "|---|---|---|---|---|---|"]
    for name in dataset_names():
        dataset = describe(name)
        words = getattr(dataset, lang)
        rows = sum(files[table.path].count("\n") - 1 for table in dataset.tables.values())
        used = ", ".join(f"`{place}`" for place in dataset.used_by) or "-"
        money = f"{dataset.currency}, {dataset.prices_of}"
        lines.append(f"| `{name}` | {words.title} | {rows:,} | {money} | {words.suits} | {used} |")
    lines += ["", say("datasets.readme.use", lang), ""]
    for name in dataset_names():
        dataset = describe(name)
        words = getattr(dataset, lang)
        lines += [f"### {words.title} (`{name}`)", "", words.about, ""]
        lines += [say("datasets.readme.made", lang, text=words.made), ""]
        lines += [say("datasets.readme.tables_head", lang), "|---|---|---|---|---|"]
        for key, table in dataset.tables.items():
            lines.append(_table_line(key, table, files, lang))
        lines += ["", *(_faults(files, lang) if name == "dirty" else ())]
    lines += [say("datasets.readme.columns", lang), ""]
    lines += [say("datasets.readme.columns_head", lang), "|---|---|---|---|"]
    for name, column in columns().items():
        meaning = getattr(column, lang).replace("|", "\\|")
        lines.append(f"| `{name}` | {column.type} | {column.unit} | {meaning} |")
    return [*lines, "", *_public(lang)]


def _faults(files: dict[str, str], lang: str) -> list[str]:
    """Return the lines on what was planted in the dirty variants, and how often in each file."""
    tables = describe("dirty").tables
    planted = pd.read_csv(StringIO(files[tables["planted"].path]), dtype="str")
    counts = planted.groupby(["fault", "remedy", "file"]).size().unstack("file", fill_value=0)
    paths = [table.path for table in tables.values() if not table.hidden]
    heads = " | ".join(f"`{path}`" for path in paths)
    lines = [say("datasets.readme.faults", lang), ""]
    lines += [f"{say('datasets.readme.faults_head', lang)} {heads} |", "|---|---|---|---|---|---|"]
    for (fault, remedy), row in counts.iterrows():
        about = say(f"datasets.fault.{fault}", lang)
        cells = " | ".join(str(row.get(path, 0) or "-") for path in paths)
        lines.append(f"| `{fault}` | {about} | {remedy} | {cells} |")
    return [*lines, ""]


def _public(lang: str) -> list[str]:
    """Return the lines on the data sets of others."""
    lines = [say("datasets.readme.public_title", lang), "", say("datasets.readme.public", lang), ""]
    lines += [say("datasets.readme.public_head", lang), "|---|---|---|---|---|"]
    known, first = say("datasets.readme.public_known", lang), say("datasets.readme.public_first", lang)
    for name, item in PUBLIC.items():
        about = say(f"datasets.about.{name}", lang)
        licence = item.licence or say("datasets.readme.no_licence", lang)
        seal = known if item.sha256 else first
        lines.append(f"| `{name}` | {about} | {item.source} | {licence} | {seal} |")
    return lines


def _table_line(key: str, table: Table, files: dict[str, str], lang: str) -> str:
    rows = files[table.path].count("\n") - 1
    cells = ", ".join(
        f"**{name}**"
        if name in table.key
        else f"{name} → {table.refers[name]}"
        if name in table.refers
        else name
        for name in table.columns
    )
    return f"| `{key}` | `{table.path}` | {rows:,} | {getattr(table, lang)} | {cells} |"
