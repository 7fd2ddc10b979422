"""``crmsim datasets list``, ``show``, ``build`` and ``fetch``."""

from __future__ import annotations

import argparse

from crmsim.datasets import build_datasets, description
from crmsim.datasets.description import columns, dataset_names, describe
from crmsim.datasets.public import PUBLIC, open_public
from crmsim.errors import InputError
from crmsim.text import say
from crmsim.text.columns import in_columns

__all__ = ["datasets_command"]


def datasets_command(options: argparse.Namespace) -> int:
    """Do what was asked for with the data sets."""
    lang = options.lang
    if options.action == "list":
        _list(lang)
    elif options.action == "show":
        _show(options.name, lang)
    elif options.action == "build":
        changed = build_datasets()
        names = ", ".join(str(path.relative_to(description.FOLDER)) for path in changed)
        if changed:
            print(say("datasets.built", lang, n=len(changed), names=names))
        else:
            print(say("datasets.unchanged", lang, folder=description.FOLDER))
    else:
        _fetch(options.name, options.file, options.cache, lang)
    return 0


def _list(lang: str) -> None:
    print(say("datasets.ready", lang))
    for name in dataset_names():
        print(f"  {name:15} {getattr(describe(name), lang).title}")
    print(say("datasets.public", lang))
    for name, item in PUBLIC.items():
        about = say(f"datasets.about.{name}", lang)
        print(f"  {name:15} {about} ({item.source})")


def _show(name: str, lang: str) -> None:
    dataset = describe(name)
    words = getattr(dataset, lang)
    print(say("word.labelled", lang, label=words.title, text=words.about))
    print(say("datasets.money", lang, currency=dataset.currency, date=dataset.prices_of))
    print(say("datasets.folder", lang, folder=description.FOLDER))
    for key, table in dataset.tables.items():
        print(f"\n{key}  " + say("word.labelled", lang, label=table.path, text=getattr(table, lang)))
        print(in_columns([_row(name, name in table.key, lang) for name in table.columns]))


def _row(name: str, is_key: bool, lang: str) -> tuple[str, str, str, str]:
    """Return what is known of a column: a mark and its name, type, unit, meaning."""
    column = columns()[name]
    unit = "-" if column.unit == "-" else say(f"datasets.unit.{column.unit.replace(' ', '_')}", lang)
    kind = say(f"datasets.type.{column.type}", lang)
    return f" {'*' if is_key else ' '} {name}", kind, unit, getattr(column, lang)


def _fetch(name: str, file: str | None, cache: str | None, lang: str) -> None:
    if name not in PUBLIC:
        raise InputError("name", f"must be one of {', '.join(PUBLIC)}", name)
    got = open_public(name, PUBLIC[name], file, cache)
    print(say("datasets.fetched", lang, name=name, rows=f"{len(got.table):,}", path=got.path))
    print(say(f"datasets.compared.{got.compared}", lang, seal=got.sha256))
