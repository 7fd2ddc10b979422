"""The screen that grades customers: the state without widgets, then the panel without a browser."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from crmsim.audit.classes import abc_classes
from crmsim.audit.gradings import top_level_marks
from crmsim.comparison import mean_interval, paired_interval
from crmsim.dashboards import grading_picture
from crmsim.dashboards.grading_data import sheet_of_log
from crmsim.dashboards.grading_panel import GradingPanel
from crmsim.dashboards.grading_picture import grading_tiles, marks_html, rankings_html
from crmsim.dashboards.grading_state import GradingState
from crmsim.dashboards.panel_state import NothingToShow
from crmsim.dashboards.tiles import tile
from crmsim.datasets import load_table
from crmsim.errors import InputError
from crmsim.text import say

SMALL = GradingState(customers=200, replications=3)


def test_marks_are_means_over_populations_with_their_intervals():
    result = SMALL.run()
    by_run = [top_level_marks(SMALL.levels(k)["abc"], SMALL.sheet(k)["future"]) for k in range(3)]
    for name in ("share", "hit_rate", "found", "nothing"):
        interval = mean_interval(np.array([marks[name] for marks in by_run]))
        row = result.marks.loc["abc"]
        assert (row[name], row[f"{name}_low"], row[f"{name}_high"]) == tuple(interval)[:3]
    assert len({marks["hit_rate"] for marks in by_run}) > 1, "other customers in each run"


def test_differences_are_paired_run_by_run():
    result = SMALL.run()
    found = {
        name: np.array([one.rankings.loc[name, "found"] for one in result.graded])
        for name in ("past_profit", "clv")
    }
    interval = paired_interval(found["past_profit"], found["clv"])
    assert tuple(result.differences.loc["clv", ["mean", "low", "high"]]) == tuple(interval)[:3]


def test_one_run_has_no_interval_and_no_verdict_and_says_so():
    result = replace(SMALL, replications=1).run()
    assert (result.differences["verdict"] == "undecided").all()
    panel = GradingPanel(replace(SMALL, replications=1))
    assert "One run" in panel.texts["marks"].value and "one history" in panel.texts["rankings"].value
    assert "inf" not in "".join(text.value for text in panel.texts.values())


def test_no_share_of_people_is_below_nothing_or_above_all():
    panel = GradingPanel(replace(SMALL, source="telecom"))
    assert SMALL.runs == 3 and (panel.result.marks["nothing_low"] < 0.0).any(), "or the test sees nothing"
    ends = re.findall(r"\((\S+) to (\S+)\)", panel.texts["marks"].value)
    assert len(ends) == 4 * len(panel.result.marks)
    for place, (low, high) in enumerate(ends):
        if place % 4 != 2:
            assert 0 <= int(low) <= int(high) <= 100, "−0 is no number either"


@pytest.mark.parametrize("mean", [-0.004, 0.004])
def test_a_difference_that_rounds_to_nothing_has_no_sign(mean):
    result = SMALL.run()
    result.differences["mean"] = mean  # kept with the result
    cells = re.findall(r"<td>(\S+) pp ", rankings_html(result))
    assert cells and set(cells) == {"0"}


def test_cut_offs_move_the_classes_that_they_cut_and_no_ranking():
    wide = replace(SMALL, class_a=85, class_b=95)
    one, other = SMALL.run(), wide.run()
    value = SMALL.sheet()["past_profit"]
    assert (other.levels["abc"] == "a").sum() == (abc_classes(value, (0.85, 0.95)) == "A").sum()
    assert other.marks.loc["abc", "share"] > one.marks.loc["abc", "share"]
    assert other.marks.loc["metals"].equals(one.marks.loc["metals"])
    pd.testing.assert_frame_equal(one.rankings, other.rankings)


def test_the_log_is_cut_in_two_on_the_day():
    sheet = sheet_of_log("retail_log", 50)
    log = load_table("retail", "transactions")
    first, last = log["date"].min(), log["date"].max()
    review = (first + (last - first) / 2).normalize()
    before, after = log[log["date"] < review], log[log["date"] >= review]
    assert set(sheet.index) == set(before["customer"])
    assert sheet["past_profit"].sum() == pytest.approx(0.4 * before["amount"].sum())
    known = after[after["customer"].isin(sheet.index)]
    assert 0.9 < sheet["future"].sum() / (0.4 * known["amount"].sum()) < 1.0, "discounted by some months"
    assert sheet.loc[~sheet.index.isin(after["customer"]), "future"].eq(0.0).all()


def test_without_answers_there_is_no_matrix_and_its_focus_falls_back():
    state = GradingState(source="shop_log", focus="kaism")
    result = state.run()
    assert "kaism" not in result.marks.index and "kaism" not in result.rankings.index
    assert result.focus == "abc" and state.runs == 1
    assert "KAISM" not in marks_html(result)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"class_a": 90}, "class_a: must be below class_b (90), got 90"),
        ({"platinum": 85}, "platinum: must be below gold (80), got 85"),
        ({"review": 90}, "review: must be from 20 to 80"),
        ({"source": "mars"}, "source: must be one of retail, telecom, b2b, retail_log, shop_log"),
        ({"focus": "looks"}, "focus: must be one of abc"),
    ],
)
def test_what_cannot_be_is_refused(change, message):
    with pytest.raises(InputError, match=re.escape(message)):
        replace(SMALL, **change)


def test_customers_who_bring_nothing_together_are_told_in_a_sentence(monkeypatch):
    poor = SMALL.sheet().assign(past_profit=-1.0)
    monkeypatch.setattr(GradingState, "sheet", lambda self, replication=0: poor)
    with pytest.raises(NothingToShow) as refused:
        SMALL.run()
    assert "bring no profit" in refused.value.sentence("en")
    assert "bring no profit" in GradingPanel(SMALL).error.value


def test_tiles_that_are_kept_show_the_same_as_new_ones():
    kept = grading_tiles()
    first = kept.png(SMALL.run())
    assert Image.open(io.BytesIO(first)).size == GradingPanel.size
    for change in ({"class_a": 60, "focus": "kaism"}, {"rfm_groups": 3}, {"share": 20, "gold": 90}):
        result = replace(SMALL, **change).run()
        assert kept.png(result) == grading_tiles().png(result) != first, change


@pytest.mark.parametrize(
    ("name", "value"),
    [("share", 20), ("focus", "kaism"), ("class_a", 60), ("platinum", 40), ("gold", 90), ("rfm_groups", 3),
     ("review", 40), ("replications", 2), ("customers", 300), ("seed", 4), ("lang", "zh")],
)  # fmt: skip
def test_a_single_change_draws_every_tile_that_shows_it(name, value):
    kept, base = grading_tiles(), SMALL.run()
    changed = replace(SMALL, **{name: value}).run()
    before = kept.png(base)
    assert kept.png(changed) == grading_tiles().png(changed) != before


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_tile_with_kept_words_is_the_tile_drawn_whole(lang, monkeypatch):
    kept = grading_tiles()

    def drawn_whole(size, box, depends_on, scales, title, draw, *filling):
        return tile(size, box, depends_on, title, draw)

    monkeypatch.setattr(grading_picture, "filled_tile", drawn_whole)
    whole = [grading_tiles() for _ in range(4)]
    changes = ({}, {"customers": 300, "seed": 4}, {"source": "b2b", "review": 30}, {"share": 20})
    pictures = set()
    for change, new in zip(changes, whole, strict=True):
        result = replace(SMALL, lang=lang, **change).run()
        pictures.add(kept.png(result))
        assert kept.png(result) == new.png(result), change
    assert len(pictures) == len(changes)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("source", ["telecom", "b2b", "retail_log", "shop_log"])
def test_every_source_has_a_picture_tables_and_a_remark(source, lang):
    panel = GradingPanel(replace(SMALL, source=source, lang=lang, replications=2))
    assert panel.error.value == "" and panel.up_to_date and panel.note.value
    assert "nan" not in "".join(text.value for text in panel.texts.values())


def test_the_panel_follows_its_controls_and_speaks_chinese():
    panel = GradingPanel(SMALL)
    picture, table = bytes(panel.image.value), panel.texts["marks"].value
    panel.controls["class_a"].value = 50
    assert bytes(panel.image.value) != picture and panel.texts["marks"].value != table
    panel.controls["class_a"].value = 95
    assert "must be below class_b" in panel.error.value and "crmsim-stale" in panel.image._dom_classes
    panel.controls["class_a"].value = 70
    assert bytes(panel.image.value) == picture and panel.texts["marks"].value == table
    panel.controls["lang"].value = "zh"
    assert say("label.metals.platinum", "zh") in panel.texts["marks"].value
    assert "历史利润" in panel.image.tooltip
    panel.controls["seed"].value = 2
    assert panel.up_to_date and bytes(panel.image.value) != picture
