"""What visitors of the classroom app see: a page to choose from, and one page for every dashboard.

Like a museum: the board at the entrance names the rooms in both languages, and every room is lit before
the first visitor comes. One notebook serves all rooms: it loads what all of them need, waits for a
visitor, and reads from the address where that visitor wants to go: ``?screen=river&lang=zh``.
"""

from __future__ import annotations

import html
import os
import tempfile
from dataclasses import replace
from urllib.parse import parse_qs

import ipywidgets as W

from crmsim.dashboards.choices import TEXT_SIZES
from crmsim.dashboards.controls import paragraph
from crmsim.dashboards.panel import Panel
from crmsim.dashboards.screens import screens
from crmsim.pages import page
from crmsim.text import LANGUAGES, say

__all__ = ["KEPT_IN", "index_page", "room", "visitors_page"]

#: The variable of the environment that says into which folder visitors may save; without it, nowhere.
KEPT_IN = "CRMSIM_APP_FOLDER"
_LOOK = """<style>
.crmsim-index {display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: 1rem;
  list-style: none; padding: 0;}
.crmsim-index li {border: 1px solid #d5dce4; border-top: 4px solid #0072B2; padding: .6rem 1rem;}
.crmsim-index p {margin: .4rem 0;}
.crmsim-index a {font-weight: 600; font-size: 1.1em; color: #00568a;}
.crmsim-index a:focus-visible, .crmsim-way a:focus-visible {outline: 3px solid #0072B2; outline-offset: 2px;}
.crmsim-way a {color: #00568a;}
@media print {.crmsim-way {display: none !important;}}
</style>"""


def index_page() -> str:
    """Return the page to choose a dashboard from, as HTML, in both languages.

    Examples
    --------
    >>> "?screen=river&amp;lang=zh" in index_page()
    True
    """
    choose = " · ".join(_words("app.choose", lang) for lang in LANGUAGES)
    title = " · ".join(say("app.title", lang) for lang in LANGUAGES)
    return page(title, [_LOOK, f"<p>{choose}</p>", _list("voila/render/dashboard.ipynb")], "en")


def room(query: str, *, may_keep: bool) -> W.VBox:
    """Return the page of the dashboard that the query of an address names, or one that says what there is.

    Parameters
    ----------
    query : str
        ``screen=NAME``, and perhaps ``lang=zh`` and ``text_size=projector``; what is not one of the allowed
        words is as if it were not there.
    may_keep : bool
        Whether visitors may save and load files on this computer.

    Examples
    --------
    >>> room("screen=river&lang=zh", may_keep=True).children[1].state.lang
    'zh'
    """
    asked = {name: values[-1] for name, values in parse_qs(query).items()}
    lang = _one_of(LANGUAGES, asked.get("lang"))
    name = asked.get("screen", "")
    if name not in screens():
        sentence = paragraph(say("app.unknown_screen", lang, name=name), "error") if name else ""
        return W.VBox([W.HTML(_LOOK + sentence + _list())])
    panel = _opened(screens()[name], lang, _one_of(tuple(TEXT_SIZES), asked.get("text_size")))
    if not may_keep:
        panel.withhold_files()
    return W.VBox([_way_back(panel), panel])


def visitors_page() -> None:
    """Load what every dashboard needs, wait for a visitor, and show the dashboard asked for.

    For the notebook of the classroom app; see :mod:`crmsim.teaching.classroom_server`.
    """
    from IPython.display import display
    from voila.utils import get_query_string

    _light_all_rooms()
    query = get_query_string() or ""
    folder = os.environ.get(KEPT_IN)
    os.chdir(folder or tempfile.mkdtemp(dir="."))  # what one visitor brings, no other sees
    display(room(query, may_keep=bool(folder)))


def _opened(panel: type[Panel], lang: str, text_size: str) -> Panel:
    return panel(replace(panel.State(), lang=lang, text_size=text_size))


def _light_all_rooms() -> None:
    """Do once what makes a first picture slow: load the compiled model and the font."""
    screen = screens()["life"]
    screen(replace(screen.State(), customers=10, years=1))


def _way_back(panel: Panel) -> W.HTML:
    """Return the link to the page to choose from; it speaks the language of the panel."""
    way = W.HTML()
    way.add_class("crmsim-way")

    def write(_: object = None) -> None:
        way.value = f'{_LOOK}<a href="../../">{html.escape(say("app.all", panel.lang))}</a>'

    panel.controls["lang"].observe(write, "value")
    write()
    return way


def _list(path: str = "") -> str:
    """Return the list of all dashboards in both languages; the path leads to their notebook."""
    items = []
    for name in screens():
        entries = [
            f'<a href="{html.escape(f"{path}?screen={name}&lang={lang}")}" lang="{_code(lang)}">'
            f"{html.escape(say(f'screen.{name}.title', lang))}</a>"
            f"<p>{_words(f'screen.{name}.about', lang)}</p>"
            for lang in LANGUAGES
        ]
        items.append(f"<li>{''.join(entries)}</li>")
    return f'<ul class="crmsim-index">{"".join(items)}</ul>'


def _words(key: str, lang: str) -> str:
    return f'<span lang="{_code(lang)}">{html.escape(say(key, lang))}</span>'


def _code(lang: str) -> str:
    return "zh-CN" if lang == "zh" else "en"


def _one_of(allowed: tuple[str, ...], asked: str | None) -> str:
    """Return what was asked for where it is allowed, or else the first."""
    return asked if asked in allowed else allowed[0]
