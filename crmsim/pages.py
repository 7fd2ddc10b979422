"""What every report is made of: a page for people, pictures, tables and a manifest for machines.

Like the letterhead, the envelope and the enclosures of a letter: whoever writes one brings the text.
A folder of results has ``index.html``, plots as PNG, tables as CSV and Parquet, and a manifest.
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from crmsim.folders import MANIFEST
from crmsim.plots.style import to_png

__all__ = [
    "amount",
    "heading",
    "image",
    "page",
    "paragraph",
    "save_csv",
    "save_picture",
    "save_tables",
    "table",
    "write_manifest",
]

_STYLE = """
body{font:16px/1.55 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif;max-width:62rem;
margin:2rem auto;padding:0 1rem;color:#1d2733}
h1,h2{line-height:1.2}img{max-width:100%;height:auto;margin:.5rem 0}
table{border-collapse:collapse;margin:1rem 0;font-variant-numeric:tabular-nums}td,th{padding:.3rem .7rem;
border-bottom:1px solid #d5dce4;text-align:right}td:first-child,th:first-child{text-align:left}
.better{color:#0b6e4f}.worse{color:#a4243b}.undecided{color:#6b7785}td,small{white-space:nowrap}
td:first-child{white-space:normal}th{text-wrap:balance}:lang(zh) th{min-width:4.2em}
.note{color:#55606d;font-size:.9rem}
div.wide{overflow-x:auto}.lead{font-size:1.15em}td.text{text-align:left;white-space:normal}
hr.page{margin:3rem 0}
@media print{body{font-size:10px;line-height:1.3;margin:0;max-width:none}p{margin:.2rem 0}
h1,h2{margin:.5rem 0 .2rem}h1{font-size:1.7em}h2{font-size:1.25em}
hr.page{break-after:page;visibility:hidden;margin:0}img,table{break-inside:avoid}}
"""


def amount(value: float, unit: str, currency: str = "", *, signed: bool = False) -> str:
    """Return a value as people write it: currency to three digits, shares in percent.

    A signed value is a difference; between shares that is in percentage points (pp).

    Examples
    --------
    >>> amount(0.123, "share"), amount(0.02, "share", signed=True), amount(1234.6, "currency", "CNY")
    ('12.3 %', '+2.0 pp', '1,235 CNY')
    >>> amount(0.0, "currency", "CNY"), amount(0.5, "currency", "CNY")
    ('0 CNY', '0.50 CNY')
    """
    if not np.isfinite(value):
        return "–"
    sign = "+" if signed else ""
    if unit == "share":
        return f"{value * 100:{sign}.1f} {'pp' if signed else '%'}"
    if unit == "currency":
        digits = 0 if abs(value) >= 100 or value == 0 else 1 if abs(value) >= 10 else 2
        return f"{value:{sign},.{digits}f} {currency}".strip()
    return f"{value:{sign}.3f}"


def page(title: str, body: Sequence[str], lang: str) -> str:
    """Return a whole page in one file; the pieces of its body are HTML already."""
    code = "zh-CN" if lang == "zh" else "en"
    inner = "\n".join(body)
    return (
        f'<!doctype html>\n<html lang="{code}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{html.escape(title)}</title>'
        '<link rel="icon" href="data:;base64,=">'  # or else a browser asks the server for one
        f"<style>{_STYLE}</style></head>\n<body>\n<h1>{html.escape(title)}</h1>\n{inner}\n</body></html>\n"
    )


def heading(text: str) -> str:
    """Return the heading of a section."""
    return f"<h2>{html.escape(text)}</h2>"


def paragraph(text: str, kind: str = "") -> str:
    """Return a paragraph; its kind, such as ``"note"``, is a class of the style."""
    return f'<p class="{kind}">{html.escape(text)}</p>' if kind else f"<p>{html.escape(text)}</p>"


def image(name: str, alt: str) -> str:
    """Return a picture of the same folder, with what it shows in words."""
    return f'<img src="{name}" alt="{html.escape(alt)}">'


def table(labels: Sequence[str], rows: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> str:
    """Return a table; a wide one scrolls by itself.

    Parameters
    ----------
    labels : sequence of str
        What stands above the columns, the first included.
    rows : sequence of (str, sequence of (str, str))
        Each row's label, and its cells: HTML, and a class of the style or ``""``.
    """
    lines = ["<tr>" + "".join(f"<th>{html.escape(label)}</th>" for label in labels) + "</tr>"]
    for label, cells in rows:
        inner = "".join(f'<td class="{kind}">{cell}</td>' for cell, kind in cells)
        lines.append(f"<tr><td>{html.escape(label)}</td>{inner}</tr>")
    return f'<div class="wide"><table>{"".join(lines)}</table></div>'


def save_csv(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV that spreadsheets open right, without its index.

    Excel takes a file without a byte order mark for what Windows spoke before Unicode. Where all signs are
    ASCII the mark makes no difference to it, only to other programs, and is left out.
    """
    text = table.to_csv(index=False, lineterminator="\n")
    path.write_text(text, encoding="utf-8" if text.isascii() else "utf-8-sig", newline="\n")


def save_tables(folder: Path, tables: dict[str, pd.DataFrame]) -> None:
    """Write tables as CSV and as Parquet, without their indexes."""
    for name, frame in tables.items():
        save_csv(frame, folder / f"{name}.csv")
        frame.to_parquet(folder / f"{name}.parquet", index=False)


def save_picture(figure: Figure, path: Path) -> None:
    """Write a figure as PNG, in the size of a page."""
    path.write_bytes(to_png(figure, dpi=110))


def write_manifest(folder: Path, content: dict[str, Any]) -> None:
    """Write the manifest, which names all other files of the folder."""
    files = sorted(path.name for path in folder.iterdir())
    (folder / MANIFEST).write_text(
        json.dumps(content | {"files": files}, indent=2, ensure_ascii=False) + "\n", "utf-8"
    )
