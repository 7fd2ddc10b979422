"""What every screen has from its base: shown with a screen of one's own and with all that there are."""

from __future__ import annotations

import asyncio
import io
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from importlib import import_module
from pathlib import Path
from typing import ClassVar

import ipywidgets as W
import pytest
from matplotlib.figure import Figure
from PIL import Image

import crmsim.dashboards
from crmsim.dashboards.choices import (
    TEXT_SIZES,
    choice,
    choices,
    number,
    seed,
    several,
    whole,
    words,
    yes_no,
)
from crmsim.dashboards.keeping import free_name
from crmsim.dashboards.panel import Panel
from crmsim.dashboards.panel_state import NothingToShow, PanelState
from crmsim.errors import InputError
from crmsim.plots.style import new_figure
from crmsim.text.catalogue import catalogue

COLOURS = {"en": {"red": "Red", "blue": "Blue"}, "zh": {"red": "红", "blue": "蓝"}}


def _colour(name: str, lang: str) -> str:
    return COLOURS[lang][name]


@dataclass(frozen=True)
class MarbleState(PanelState):
    """Marbles in a bag: a screen with every kind of choice."""

    screen: ClassVar[str] = "marbles"
    simulates: ClassVar[bool] = False

    colour: str = choice("red", ("red", "blue"), _colour)
    others: tuple[str, ...] = several(("blue",), ("red", "blue"), _colour)
    marbles: int = whole(3, 1, 9)
    weight: float = number(1.5, 0.0, 10.0, 0.1)
    drawn: int | None = whole(None, 0, 9, slider=False, optional=True)
    shaken: bool = yes_no(False)
    owner: str = words("Ann")
    seed: int = seed(5)
    bag: str = words("paper")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.owner == "Nobody" and self.shaken:
            raise InputError("owner", "must be there to shake", self.owner)

    @property
    def runs(self) -> int:
        return self.marbles

    def steps(self) -> Iterator[int | Marbles]:
        if self.drawn is not None and self.drawn > self.marbles:
            raise NothingToShow("panel.never_bought", last=self.marbles)
        for k in range(1, self.marbles):
            yield k
            if k == 1:
                yield Marbles(self, k)
        yield Marbles(replace(self, drawn=self.drawn or 0), self.marbles)


@dataclass(frozen=True)
class Marbles:
    state: MarbleState
    done: int

    @property
    def figure(self) -> Figure:
        figure, ax = new_figure(3, 2)
        ax.bar([0], [self.done], color=self.state.colour)
        ax.set_title(f"{self.state.seed} {self.state.owner} {self.state.lang}")
        return figure

    @property
    def in_words(self) -> str:
        return f"{self.done} of {self.state.marbles} {self.state.colour}"


class MarblePanel(Panel):
    State = MarbleState
    widths: ClassVar = {
        name: "200px"
        for name in ("colour", "others", "marbles", "weight", "drawn", "shaken", "owner", "seed")
    }
    text_names: ClassVar = {"table": "auto"}
    size = (300, 200)

    def label(self, name: str) -> str:
        return f"{name}-{self.lang}"

    def moved(self, name: str) -> None:
        if name == "colour":
            self.set_controls(replace(self.state, drawn=None))

    def html_texts(self, result: Marbles) -> dict[str, str]:
        return {"table": f"<b>{result.in_words}</b>"}


MOVES = {
    "colour": "blue",
    "others": ("red", "blue"),
    "marbles": 5,
    "weight": 2.5,
    "drawn": 2,
    "shaken": True,
    "owner": "Bo",
    "seed": 9,
}


@pytest.fixture
def panel(tmp_path, monkeypatch) -> MarblePanel:
    monkeypatch.chdir(tmp_path)
    return MarblePanel()


def _stale(panel: Panel) -> bool:
    faded = {"crmsim-stale" in widget._dom_classes for widget in (panel.image, *panel.texts.values())}
    assert len(faded) == 1
    return faded.pop()


# -- choices, checked and moved --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"colour": "green"}, "colour: must be one of red, blue, got 'green'"),
        ({"others": ("green",)}, "others: must be some of red, blue"),
        ({"others": ("red", "red")}, "others: must name at least 1, each once"),
        ({"others": ()}, "others: must name at least 1"),
        ({"others": ["red"]}, "others: must be some of"),
        ({"marbles": 10}, "marbles: must be from 1 to 9, got 10"),
        ({"marbles": 2.0}, "marbles: must be a whole number"),
        ({"marbles": True}, "marbles: must be a whole number"),
        ({"marbles": None}, "marbles: must be a whole number"),
        ({"weight": float("nan")}, "weight: must be from 0"),
        ({"weight": "2"}, "weight: must be a number"),
        ({"shaken": 1}, "shaken: must be true or false"),
        ({"owner": "a\nb"}, "owner: must be one line of text"),
        ({"owner": "a\x85"}, "owner: must be one line of text"),
        ({"lang": "de"}, "lang: must be one of en, zh"),
        ({"text_size": "tiny"}, "text_size: must be one of normal, projector"),
    ],
)
def test_choices_that_cannot_be_are_refused(change, message):
    with pytest.raises(InputError, match=re.escape(message)):
        MarbleState(**change)


@pytest.mark.parametrize("name", MOVES)
def test_a_control_of_every_kind_moves_its_choice_and_no_other(panel, name):
    before = panel.state
    panel.controls[name].value = MOVES[name]
    assert panel.state == replace(before, **{name: MOVES[name]}) == panel.result.state
    assert panel.error.value == ""


def test_nothing_chosen_is_settled_by_the_work_and_shown_in_the_control(panel):
    assert MarbleState().drawn is None and panel.result.state.drawn == 0 == panel.controls["drawn"].value
    panel.controls["drawn"].value = -1
    assert panel.controls["drawn"].value == 0


def test_a_choice_without_a_control_stays(tmp_path):
    panel = MarblePanel(MarbleState(bag="silk"))
    panel.controls["marbles"].value = 4
    assert panel.state.bag == "silk" and "bag" not in panel.controls


def test_the_picture_the_texts_and_the_sentence_are_of_the_same_result(panel):
    panel.controls["marbles"].value = 6
    assert panel.image.tooltip == "6 of 6 red" and panel.texts["table"].value == "<b>6 of 6 red</b>"
    assert panel.up_to_date and not _stale(panel)


# -- languages and sizes ---------------------------------------------------------------------------


def test_the_language_is_written_on_everything_and_moves_no_choice(panel):
    panel.controls["colour"].value = "blue"
    english, before = _words(panel), panel.state
    panel.controls["lang"].value = "zh"
    assert panel.state == replace(before, lang="zh")
    chinese = _words(panel)
    assert {key for key in english if english[key] == chinese[key]} == set()
    assert panel.controls["colour"].options == (("红", "red"), ("蓝", "blue"))
    panel.controls["lang"].value = "en"
    assert _words(panel) == english and panel.state == before


def _words(panel: Panel) -> dict[int, str]:
    """Return every text on a button or before a control, by place."""
    found = {}

    def visit(widget: W.Widget) -> None:
        if getattr(widget, "description", ""):
            found[len(found)] = widget.description
        for child in getattr(widget, "children", ()):
            visit(child)

    visit(panel)
    assert len(found) > 15
    return found


def test_projector_mode_enlarges_picture_and_words_and_back(panel):
    normal = Image.open(io.BytesIO(panel.image.value)).size
    panel.controls["text_size"].value = "projector"
    scale = TEXT_SIZES["projector"]
    large = Image.open(io.BytesIO(panel.image.value)).size
    assert large == pytest.approx([scale * side for side in normal], abs=1)
    assert panel.image.layout.width == f"{round(scale * 300)}px" and "crmsim-projector" in panel._dom_classes
    name, width = next(iter(panel.widths.items()))
    assert int(panel.controls[name].layout.width[:-2]) == round(scale * int(width[:-2]))
    panel.controls["text_size"].value = "normal"
    assert Image.open(io.BytesIO(panel.image.value)).size == normal
    assert "crmsim-projector" not in panel._dom_classes and panel.image.layout.width == "300px"


# -- reset and luck --------------------------------------------------------------------------------


def test_what_goes_wrong_is_said_in_the_language_shown_and_a_control_by_its_label(panel, monkeypatch):
    label = panel.controls["marbles"].description

    def fails(*_: object) -> None:
        raise InputError("marbles", "must be from 1 to 9", 12)

    monkeypatch.setattr(MarbleState, "steps", fails)
    panel.controls["marbles"].value = 4
    assert f"This does not work: {label}: must be from 1 to 9, got 12. Please" in panel.error.value
    panel.controls["lang"].value = "zh"
    label = panel.controls["marbles"].description
    assert f"无法运行：{label}：须在1到9之间，给的是12。请调整设置。" in panel.error.value


def test_reset_goes_back_but_keeps_language_and_size(panel):
    for name, value in {**MOVES, "lang": "zh", "text_size": "projector"}.items():
        panel.controls[name].value = value
    panel.reset.click()
    assert panel.state == replace(MarbleState(), drawn=0, lang="zh", text_size="projector")
    assert panel.up_to_date


def test_new_luck_is_the_next_number_and_the_first_can_be_had_again(panel):
    picture = bytes(panel.image.value)
    panel.new_seed.click()
    panel.new_seed.click()
    assert panel.state.seed == 7 and bytes(panel.image.value) != picture
    assert panel.same_seed.description == "back to seed 5"
    panel.same_seed.click()
    assert panel.state.seed == 5 and bytes(panel.image.value) == picture


# -- what goes wrong -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (InputError("bag", "must be <open>"), "This does not work: bag: must be &lt;open&gt;"),
        (FileNotFoundError(2, "No such file", "log.csv"), "This does not work: No such file: log.csv"),
        (OSError(28, "No space left on device"), "This does not work: No space left on device. Please"),
        (NothingToShow("panel.never_bought", last=3), "Nobody with this number ever bought. Take a number"),
        (KeyboardInterrupt(), "Interrupted: the pale figures are the old ones"),
        (ZeroDivisionError("by zero"), "Something is wrong inside crmsim (ZeroDivisionError: by zero)"),
    ],
)
@pytest.mark.parametrize("where", ["steps", "figure", "html_texts"])
def test_whatever_goes_wrong_is_a_sentence_and_the_old_result_stays_faded(
    panel, monkeypatch, error, sentence, where
):
    def fails(*_: object) -> None:
        raise error

    owner = {"steps": MarbleState, "figure": Marbles, "html_texts": MarblePanel}[where]
    picture, words = bytes(panel.image.value), panel.image.tooltip
    monkeypatch.setattr(owner, where, property(fails) if where == "figure" else fails)
    panel.controls["marbles"].value = 4
    assert sentence in panel.error.value and "Traceback" not in panel.error.value
    assert 'role="alert"' in panel.error.value
    assert _stale(panel) and panel.result is None and panel.stop.layout.visibility == "hidden"
    assert bytes(panel.image.value) == picture and panel.image.tooltip == words
    monkeypatch.undo()
    panel.controls["marbles"].value = 5
    assert panel.error.value == "" and not _stale(panel)


def test_controls_that_do_not_go_together_are_a_sentence_and_everything_still_works(panel):
    panel.controls["shaken"].value = True
    panel.controls["owner"].value = "Nobody"
    for press in (
        lambda: None,
        lambda: setattr(panel.controls["colour"], "value", "blue"),  # where the panel adapts other controls
        panel.stop.click,
        panel.new_seed.click,
        panel.keeping.save_choices.click,
        panel.keeping.load_choices.click,
        lambda: setattr(panel.controls["text_size"], "value", "projector"),
    ):
        press()
        assert "must be there to shake" in panel.error.value + panel.keeping.told.value
        assert _stale(panel) and not panel.up_to_date
    assert "crmsim-projector" in panel._dom_classes
    panel.keeping.save_picture.click()
    assert "Not saved" in panel.keeping.told.value
    MarbleState(owner="Cy").save("marbles.yaml")
    panel.keeping.load_choices.click()
    assert panel.state.owner == "Cy" and panel.up_to_date
    panel.controls["owner"].value, panel.controls["shaken"].value = "Nobody", True
    assert _stale(panel)
    panel.reset.click()
    assert panel.up_to_date and panel.error.value == ""


def test_an_allowed_choice_without_anything_to_see_is_told_in_the_language(panel):
    panel.controls["lang"].value = "zh"
    panel.controls["drawn"].value = 8
    assert "这个编号的人从未购买" in panel.error.value and _stale(panel)


def test_in_a_notebook_the_first_part_is_shown_and_stopping_keeps_it():
    async def story() -> None:
        panel = MarblePanel(MarbleState(marbles=9))
        assert _stale(panel) and panel.stop.layout.visibility == "visible"
        while panel.result is None:
            await asyncio.sleep(0.001)
        assert panel.result.done == 1 and not _stale(panel) and "1 of 9" in panel.note.value
        panel.stop.click()
        await panel.background.settled()
        assert panel.result.done == 1 and not _stale(panel) and "Stopped" in panel.note.value
        panel.refresh()
        await panel.background.settled()
        assert panel.result.done == 9 and panel.note.value == ""
        panel.controls["marbles"].value = 4
        panel.stop.click()
        assert _stale(panel) and "earlier settings" in panel.note.value

    asyncio.run(story())


def test_controls_that_come_back_to_what_is_shown_are_up_to_date_when_the_work_is_stopped(monkeypatch):
    monkeypatch.setattr(MarblePanel, "remark", lambda self, result: f"{result.done} drawn")

    async def story() -> None:
        panel = MarblePanel(MarbleState(marbles=9))
        await panel.background.settled()
        for marbles in (4, 9):
            panel.controls["marbles"].value = marbles
        panel.stop.click()
        assert panel.up_to_date and not _stale(panel) and "9 drawn" in panel.note.value

    asyncio.run(story())


def test_other_words_for_ticks_are_written_on_the_same_ticks(panel):
    """Each tick made anew would stay in memory, and take the keyboard from who is there."""
    ticks = panel.controls["others"]
    boxes = list(ticks.boxes)
    panel.controls["lang"].value = "zh"
    assert ticks.boxes == boxes and [box.description for box in boxes] == ["红", "蓝"]
    assert [box.value for box in boxes] == [False, True] and panel.up_to_date


# -- keeping and sharing ---------------------------------------------------------------------------


def test_pictures_go_into_the_working_folder_and_none_takes_the_place_of_another(panel, tmp_path):
    Path("marbles.png").write_text("mine")
    panel.keeping.save_picture.click()
    panel.keeping.save_picture.click()
    assert Path("marbles.png").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "marbles-2.png",
        "marbles-3.png",
        "marbles.png",
    ]
    assert Path("marbles-3.png").read_bytes() == bytes(panel.image.value)
    assert str(tmp_path / "marbles-3.png") in panel.keeping.told.value


def test_an_old_picture_is_not_saved(panel, tmp_path, monkeypatch):
    monkeypatch.setattr(MarbleState, "steps", lambda self: 1 / 0)
    panel.controls["marbles"].value = 4
    panel.keeping.save_picture.click()
    assert "Not saved" in panel.keeping.told.value and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("button", ["save_picture", "save_choices"])
def test_a_folder_that_is_gone_is_a_sentence(panel, tmp_path, monkeypatch, button):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    getattr(panel.keeping, button).click()
    assert 'role="alert"' in panel.keeping.told.value and "No such file" in panel.keeping.told.value
    assert panel.up_to_date and panel.error.value == ""
    monkeypatch.chdir(tmp_path)


def test_saved_choices_come_back_all_of_them_and_the_language_stays(panel):
    for name, value in MOVES.items():
        panel.controls[name].value = value
    panel.controls["lang"].value = "zh"
    saved = panel.state
    panel.keeping.save_choices.click()
    assert panel.keeping.file.value == "marbles.yaml"
    other = MarblePanel(MarbleState(bag="silk", text_size="projector"))
    other.keeping.file.value = "marbles.yaml"
    other.keeping.load_choices.click()
    assert other.state == replace(saved, lang="en", text_size="projector") and other.up_to_date
    assert other.state.bag == "paper", "a choice without a control comes from the file too"
    other.controls["marbles"].value = 2
    assert other.state.bag == "paper"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "screen: marbles\nmarbles: 99\n",
            "m.yaml:2:10: marbles: must be a whole number from 1 to 9, got 99",
        ),
        ("screen: marbles\nmarbles: many\n", "m.yaml:2:10: marbles: must be a whole number from 1 to 9"),
        ("screen: marbles\n\ncolor: red\n", "m.yaml:3:1: color: is not a known field"),
        ("screen: marbles\ncolour: green\n", "m.yaml:2:9: colour: must be"),
        ("screen: marbles\nothers: [red, red]\n", "m.yaml:2:9: others: must name at least 1, each once"),
        ("screen: marbles\nshaken: 'true'\n", "m.yaml:2:9: shaken: must be"),
        ("screen: life\nseed: 1\n", "m.yaml:1:9: screen: must be"),
        ("seed: 1\n", "screen: is missing"),
        ("screen: marbles\nlang: zh\n", "m.yaml:2:1: lang: is not a known field"),
        ("screen: marbles\nseed: 1\nseed: 2\n", "m.yaml:3:1: seed: is given twice"),
        ("seed: [1\n", "m.yaml:2:1: YAML:"),
        ("", "m.yaml: file: is empty"),
        (None, "file: cannot be read"),
    ],
)
def test_a_file_that_cannot_be_is_refused_with_its_place_and_nothing_changes(panel, text, message):
    if text is not None:
        Path("m.yaml").write_text(text)
    picture, state = bytes(panel.image.value), panel.state
    panel.keeping.file.value = "m.yaml"
    panel.keeping.load_choices.click()
    told = panel.keeping.told.value.replace("&#x27;", "'")
    assert message in told and 'role="alert"' in told
    assert panel.state == state and bytes(panel.image.value) == picture and panel.up_to_date


def test_a_file_may_name_some_choices_only(panel):
    Path("m.yaml").write_text("screen: marbles\nmarbles: 7\n")
    panel.controls["owner"].value = "Bo"
    panel.keeping.file.value = "m.yaml"
    panel.keeping.load_choices.click()
    assert panel.state.marbles == 7 and panel.state.owner == "Bo"


def test_free_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for expected in ("a.png", "a-2.png", "a-3.png"):
        assert free_name("a", ".png") == tmp_path / expected
        (tmp_path / expected).touch()


def test_the_drawer_opens_with_its_button(panel):
    assert panel.keeping.box.layout.display == "none"
    panel.keeping.opener.value = True
    assert panel.keeping.box.layout.display is None


# -- all screens that there are --------------------------------------------------------------------


def _screens() -> list[type[Panel]]:
    for module in pkgutil.iter_modules(crmsim.dashboards.__path__):
        import_module(f"crmsim.dashboards.{module.name}")
    mine = [cls for cls in Panel.__subclasses__() if cls.__module__.startswith("crmsim.")]
    return sorted(mine, key=lambda cls: cls.__name__)


SCREENS = _screens()


def test_every_screen_has_a_name_of_its_own():
    names = [cls.State.screen for cls in SCREENS]
    assert len(set(names)) == len(names) >= 2


@pytest.mark.parametrize("cls", SCREENS, ids=lambda cls: cls.__name__)
def test_a_screen_shares_all_its_choices(cls, tmp_path):
    """Every field is declared with a kind, has a label, and survives the file and the program."""
    state = cls.State(lang="zh")
    assert set(choices(cls.State)) == {field.name for field in fields(cls.State)}
    for name in cls.widths:
        assert {f"panel.{name}", f"panel.{state.screen}.{name}"} & set(catalogue()), name
    state.save(tmp_path / "s.yaml")
    assert cls.State(lang="zh").loaded(tmp_path / "s.yaml") == state
    program = state.as_python().rsplit("result = ", 1)[0]
    space: dict = {}
    exec(program, space)
    assert space["state"] == state


def test_the_program_of_a_screen_computes_what_is_shown(panel):
    panel.controls["owner"].value = 'Ann "quoted" 安'
    space: dict = {}
    exec(panel.keeping.python.value, space)
    assert space["result"] == panel.result and asdict(space["state"]) == asdict(panel.state)
