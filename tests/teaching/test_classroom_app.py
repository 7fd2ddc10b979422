"""The classroom app without a browser: it offers every dashboard, answers bad addresses, keeps files safe."""

from __future__ import annotations

import inspect
import json
import pkgutil
import re
import socket
import sys
from importlib import import_module
from pathlib import Path
from urllib.parse import parse_qs

import ipywidgets as W
import nbformat
import pytest

import crmsim.dashboards
from crmsim.cli import main
from crmsim.dashboards.keeping import Keeping
from crmsim.dashboards.own_log_panel import OwnLogPanel
from crmsim.dashboards.own_log_state import OwnLogState
from crmsim.dashboards.panel import Panel
from crmsim.dashboards.screens import screens
from crmsim.errors import CrmsimError, InputError
from crmsim.teaching import classroom_server
from crmsim.teaching.classroom import index_page, room
from crmsim.teaching.classroom_server import is_own_computer, serve, site
from crmsim.text import LANGUAGES, say

OUTSIDE = re.compile(r"https?://|[\"']//")


def panels_there_are() -> set[type[Panel]]:
    """Return every panel with a state of its own that some module of the dashboards defines."""
    found = set()
    for module in pkgutil.iter_modules(crmsim.dashboards.__path__):
        members = vars(import_module(f"crmsim.dashboards.{module.name}")).values()
        found |= {m for m in members if inspect.isclass(m) and issubclass(m, Panel) and hasattr(m, "State")}
    return found


def test_every_dashboard_is_a_screen_with_a_title_and_a_sentence():
    assert set(screens().values()) == panels_there_are()
    assert len(screens()) == len(panels_there_are()) > 5
    for lang in LANGUAGES:
        titles = [say(f"screen.{name}.title", lang) for name in screens()]
        sentences = [say(f"screen.{name}.about", lang) for name in screens()]
        assert len(set(titles)) == len(set(sentences)) == len(screens())


def test_the_index_leads_to_every_dashboard_in_both_languages():
    links = re.findall(r'href="voila/render/dashboard\.ipynb\?([^"]*)"', index_page())
    asked = [parse_qs(link.replace("&amp;", "&")) for link in links]
    assert [(query["screen"][0], query["lang"][0]) for query in asked] == [
        (name, lang) for name in screens() for lang in LANGUAGES
    ]
    assert not OUTSIDE.search(index_page())


@pytest.fixture
def small(monkeypatch):
    """Screens that open at once: the smallest worlds, and only some."""
    from crmsim.dashboards.clv_panel import CLVPanel
    from crmsim.dashboards.river_panel import RiverPanel

    monkeypatch.setattr("crmsim.teaching.classroom.screens", lambda: {"clv": CLVPanel, "river": RiverPanel})


def test_an_address_opens_its_dashboard(small):
    way, panel = room("screen=clv&lang=zh&text_size=projector", may_keep=True).children
    assert (panel.state.screen, panel.state.lang, panel.state.text_size) == ("clv", "zh", "projector")
    assert panel.result is not None
    assert "全部仪表板" in way.value
    panel.controls["lang"].value = "en"
    assert "all dashboards" in way.value


@pytest.mark.parametrize("query", ["", "screen=<b>no</b>&lang=de", "screen=&&&=", "%ff", "lang=zh&lang=en"])
def test_other_addresses_are_answered_with_what_there_is(query, small):
    (page,) = room(query, may_keep=True).children
    assert page.value.count("?screen=clv&amp;") == 2
    assert "<b>no</b>" not in page.value
    assert ("no dashboard" in page.value) == ("<b>" in query)


def test_what_is_not_allowed_in_an_address_is_as_if_not_there(small):
    panel = room("screen=clv&lang=de&text_size=huge&customers=-1", may_keep=True).children[1]
    assert (panel.state.lang, panel.state.text_size) == ("en", "normal")


def press(button: W.Button) -> None:
    """Send what a browser sends when a button is pressed, whether or not it can be seen."""
    press = {"method": "custom", "content": {"event": "click"}}
    button.comm.handle_msg({"content": {"data": press}, "buffers": []})


def write(field: W.Text, text: str) -> None:
    """Send what a browser sends when somebody writes into a field."""
    field.comm.handle_msg(
        {
            "content": {"data": {"method": "update", "state": {"value": text}, "buffer_paths": []}},
            "buffers": [],
        }
    )


@pytest.mark.parametrize("may_keep", [True, False])
def test_visitors_from_elsewhere_can_neither_write_nor_read_files(may_keep, small, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    panel = room("screen=clv", may_keep=may_keep).children[1]
    keeping: Keeping = panel.keeping
    panel.State(margin=5.0).save(tmp_path / "secret.yaml")
    before = panel.state.margin
    press(keeping.save_picture)
    press(keeping.save_choices)
    write(keeping.file, "secret.yaml")
    press(keeping.load_choices)
    written = {path.name for path in tmp_path.iterdir()} - {"secret.yaml"}
    assert (written, panel.state.margin) == (({"clv.png", "clv.yaml"}, 5.0) if may_keep else (set(), before))
    assert (keeping.save_picture.layout.display == "none") != may_keep
    assert "CLVState" in keeping.python.value, "the choices in Python stay"


def test_a_log_of_the_host_is_not_read_for_visitors_from_elsewhere(tmp_path):
    """The field for its name belongs to the panel alone; an upload brings the visitor's own."""
    panel = OwnLogPanel(OwnLogState(customers=100, years=2, replications=2, strategies=("price_cut",)))
    panel.withhold_files()
    write(panel.controls["file"], "/etc/passwd")
    assert panel.state.file == ""
    write(panel.controls["currency"], "EUR")
    assert panel.state.currency == "EUR"
    assert panel.upload.layout.display != "none"


def test_the_site_has_one_notebook_and_asks_nothing_of_the_outside(tmp_path):
    pages = site(tmp_path)
    (path,) = pages.iterdir()
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    (cell,) = notebook.cells
    compile(cell.source, path.name, "exec")
    assert path.name == "dashboard.ipynb", "as the links of the pages say"
    template = tmp_path / "voila" / "templates" / "crmsim"
    assert json.loads((template / "conf.json").read_text("utf-8")) == {"base_template": "lab"}
    for file in template.iterdir():
        assert not OUTSIDE.search(file.read_text("utf-8")), file.name
    assert {"index.html.j2", "page.html", "tree.html"} <= {file.name for file in template.iterdir()}


def test_the_base_template_still_keeps_its_outside_hosts_where_ours_leaves_them_out():
    """Ours leaves out one block of Voila's, and replaces one file; another host elsewhere would be asked."""
    voila = pytest.importorskip("voila.paths")
    folders = [voila.ROOT, *map(str, voila._default_root_dirs())]
    sources = {
        name: text
        for folder in folders
        for name in ("base/error.html", "base/page.html", "lab/error.html", "lab/index.html.j2",
                     "base/voila_setup.macro.html.j2", "base/log.macro.html.j2")
        if (text := _read(folder, name))
    }  # fmt: skip
    fetching = {name for name, text in sources.items() if re.search(r'(?:href|src)="https?://', text)}
    assert "lab/index.html.j2" in sources and fetching <= {"lab/index.html.j2", "base/page.html"}
    before, _, rest = sources["lab/index.html.j2"].partition("{%- block notebook_css -%}")
    block, _, after = rest.partition("{%- endblock notebook_css -%}")
    assert block and "https://" not in before and '="https://' not in after


def _read(folder: str, name: str) -> str:
    path = Path(folder) / "voila" / "templates" / name
    return path.read_text("utf-8") if path.exists() else ""


def test_a_port_that_is_taken_is_refused_before_anything_starts():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=rf"^port: cannot be had at 127.0.0.1 .*{port}"):
            serve(host="127.0.0.1", port=port)
    with pytest.raises(InputError, match="cannot be had at no such host"):
        serve(host="no such host", port=port)


def test_without_voila_a_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "voila.app", None)
    with pytest.raises(CrmsimError, match=r"pip install 'crmsim\[teach\]'"):
        serve(host="127.0.0.1", port=8866)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--port", "0"], "port: must be a whole number from 1 to 65535, got 0"),
        (["--ready", "-1"], "ready: must be a whole number from 0 to 100, got -1"),
        (["--idle-minutes", "0"], "idle-minutes: must be a whole number from 1 to 1440, got 0"),
    ],
)
def test_options_that_cannot_be_are_refused(options, complaint, capsys):
    assert main(["app", "--no-browser", *options]) == 2
    assert complaint in capsys.readouterr().err.replace(",535", "535")


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_who_sits_elsewhere_is_said_and_may_not_keep(host, monkeypatch, capsys):
    asked = {}
    monkeypatch.setattr(classroom_server, "serve", lambda **options: asked.update(options))
    assert (
        main(["app", "--host", host, "--port", "8899", "--ready", "3", "--no-browser", "--lang", "zh"]) == 0
    )
    assert (asked["host"], asked["port"], asked["ready"], asked["browser"]) == (host, 8899, 3, False)
    assert f"http://{host}:8899/" in asked["told"]
    assert ("网络" in asked["told"]) == (host == "0.0.0.0") == (not is_own_computer(host))
