"""The map of loyalty: right types and fates, a barrier that does what it says, and a screen that follows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from crmsim.comparison import paired_interval
from crmsim.dashboards import loyalty_state
from crmsim.dashboards.loyalty_panel import LoyaltyPanel
from crmsim.dashboards.loyalty_state import FALL, LoyaltyState
from crmsim.dashboards.panel_state import NothingToShow
from crmsim.engines import simulate
from crmsim.errors import InputError
from crmsim.metrics.labels import label
from crmsim.metrics.loyalty_map import (
    MAP_SCHEMES,
    fates,
    losses_by_type,
    loyalty_points,
    types_of,
)
from crmsim.metrics.typologies import true_types
from crmsim.model.records import DAY, NEVER
from crmsim.plots.loyalty_map import HEIGHTS, plot_loyalty_map
from crmsim.plots.style import new_figure
from crmsim.scenario import preset
from crmsim.stages import Status

SMALL = LoyaltyState(customers=200, replications=3)
TELECOM = LoyaltyState(preset="telecom", height="barrier", customers=300, replications=6)


@pytest.fixture(scope="module")
def ledger():
    return simulate(preset("b2b").with_values(customers=300, horizon_days=FALL), seed=4, log=False)


# -- the points ------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", MAP_SCHEMES)
def test_every_point_has_the_type_that_the_scheme_gives_it(ledger, scheme):
    points = loyalty_points(ledger, scheme)
    given = label(ledger, scheme) if scheme == "ladder" else true_types(ledger, scheme)
    assert (points["type"].astype(str) == given.loc[points.index].astype(str)).all()
    assert points["type"].notna().all() and tuple(points["type"].cat.categories) == types_of(scheme)
    people = ledger.customers[points.index]
    assert (people["status"] == Status.ACTIVE).all() and (people["declining"] == 0).all()
    assert points["attitude"].tolist() == people["attitude"].tolist()


def test_the_points_are_the_same_people_in_every_scheme(ledger):
    tables = [loyalty_points(ledger, scheme).drop(columns="type") for scheme in MAP_SCHEMES]
    assert all(table.equals(tables[0]) for table in tables)


def test_the_four_fields_of_the_map_are_the_four_types(ledger):
    points = loyalty_points(ledger, "attitude_behaviour")
    high = pd.Series(np.where(points["wallet"] >= HEIGHTS["wallet"], "high", "low"), points.index)
    likes = pd.Series(np.where(points["attitude"] >= 0.4, "likes", "not"), points.index)
    fields = {("high", "likes"): "true", ("low", "likes"): "latent", ("high", "not"): "spurious"}
    expected = [fields.get(field, "none") for field in zip(high, likes, strict=True)]
    assert points["type"].astype(str).tolist() == expected


def test_an_unknown_scheme_is_refused(ledger):
    with pytest.raises(InputError, match=r"^scheme: must be one of attitude_behaviour, .*got 'six_stage'"):
        loyalty_points(ledger, "six_stage")


class _Later:
    """A later run, of which only who has left when is known."""

    def __init__(self, left_days):
        self.customers = np.zeros(len(left_days), dtype=[("left", "i8")])
        self.customers["left"] = [NEVER if day is None else day * DAY for day in left_days]


def test_fates_and_losses_are_counted_from_both_lives():
    points = pd.DataFrame({"type": pd.Categorical(["a", "a", "a", "b"], ["a", "b", "c"])}, index=[0, 1, 2, 3])
    kept, fallen = _Later([None, 50, None, 60]), _Later([None, 50, 70, 130])
    assert fates(points, kept, fallen, 100).tolist() == ["stays", "leaves_anyway", "leaves_by_fall", "stays"]
    table = losses_by_type(points, kept, fallen, 100)
    assert table["customers"].tolist() == [3, 1, 0]
    assert table["lost_kept"].tolist()[:2] == pytest.approx([1 / 3, 1.0])
    assert table["lost_fallen"].tolist()[:2] == pytest.approx([2 / 3, 0.0])
    assert table.loc["c", ["lost_kept", "lost_fallen"]].isna().all()
    assert fates(points, kept, fallen, 49).tolist() == ["stays"] * 4


# -- the barrier -----------------------------------------------------------------------------------


def test_a_barrier_that_stays_changes_nothing():
    result = replace(SMALL, barriers=100).run()
    assert not (result.points["fate"] == "leaves_by_fall").any()
    assert result.table["lost_kept"].equals(result.table["lost_fallen"])
    assert set(result.table.loc[result.table["n"] == 3, "verdict"]) == {"same"}


def test_the_more_of_the_barrier_falls_the_more_leave_and_the_spuriously_loyal_most():
    losses = [replace(TELECOM, barriers=left).run().table["lost_fallen"] for left in (100, 50, 0)]
    spurious = [loss["spurious"] for loss in losses]
    assert spurious[0] < spurious[1] < spurious[2]
    table = TELECOM.run().table
    assert table.loc["spurious", "mean"] > table.loc["true", "mean"]
    assert table.loc["spurious", "verdict"] == "higher"


def test_where_a_barrier_holds_nobody_its_fall_frees_nobody():
    quiet = preset("telecom").with_values(customers=300, horizon_days=1440, shield_B=0.0, offer_B=0.0)
    open_door = quiet.with_values(changes=[{"day": FALL, "set": {"barriers": 0.0}}])
    points = loyalty_points(simulate(quiet.up_to(FALL)), "attitude_behaviour")
    fate = fates(points, simulate(quiet), simulate(open_door), 1440)
    assert not (fate == "leaves_by_fall").any() and (fate == "leaves_anyway").any()


def test_with_a_rival_next_door_people_like_a_firm_and_buy_elsewhere():
    usual, near = SMALL.run().points, replace(SMALL, convenience=40).run().points
    assert (near["type"] == "latent").sum() > 5 > (usual["type"] == "latent").sum()
    assert near["wallet"].mean() < 0.6 * usual["wallet"].mean()


# -- the result ------------------------------------------------------------------------------------


def test_the_table_is_the_mean_over_populations_and_the_difference_is_paired():
    result = SMALL.run()
    day, scheme = FALL + SMALL.days, SMALL.scheme
    tables = [losses_by_type(loyalty_points(a, scheme), b, c, day) for a, b, c in result.lives]
    kept, fallen = (
        np.array([t.loc["spurious", name] for t in tables]) for name in ("lost_kept", "lost_fallen")
    )
    row = result.table.loc["spurious"]
    assert row["lost_kept"] == pytest.approx(kept.mean()) and row["n"] == 3
    assert tuple(row[["mean", "low", "high"]]) == pytest.approx(paired_interval(kept, fallen)[:3])
    assert result.freed["spurious"].to_numpy() == pytest.approx(fallen - kept)
    assert len({len(loyalty_points(life[0], scheme)) for life in result.lives}) > 1, "populations differ"


def test_a_type_that_some_populations_lack_gets_no_verdict():
    table = SMALL.run().table
    rare = table[table["n"] < 3]
    assert len(rare) and set(rare["verdict"]) == {"undecided"}
    assert np.isinf(rare[["low", "high"]].to_numpy()).all(), "nor does the picture draw an interval"


def test_only_what_runs_ask_for_is_run_again(monkeypatch):
    SMALL.run()
    monkeypatch.setattr("crmsim.dashboards.loyalty_state.simulate", None)
    replace(SMALL, scheme="phases", height="trust", days=90, lang="zh").run()


@pytest.mark.parametrize(
    "change",
    [{"barriers": 101}, {"days": 0}, {"scheme": "tiers_key"}, {"height": "money"}, {"convenience": 0}],
)
def test_choices_that_cannot_be_are_refused(change):
    with pytest.raises(InputError, match=f"^{next(iter(change))}: must be "):
        replace(SMALL, **change)


def test_nobody_left_is_a_sentence(monkeypatch):
    everybody_gone = simulate(preset("b2b").with_values(customers=5, horizon_days=720), log=False)
    everybody_gone.customers["left"] = DAY
    monkeypatch.setattr(loyalty_state, "_until_the_fall", lambda *chosen: everybody_gone)
    with pytest.raises(NothingToShow) as refused:
        SMALL.run()
    assert "Nobody is left" in refused.value.sentence("en")


# -- the picture and the screen --------------------------------------------------------------------


@pytest.mark.parametrize("height", HEIGHTS)
def test_every_customer_is_a_mark_on_the_map(height):
    points = SMALL.run().points
    _, ax = new_figure(6, 4)
    plot_loyalty_map(points, SMALL.scheme, ax, height=height)
    drawn = np.concatenate([marks.get_offsets() for marks in ax.collections if len(marks.get_offsets())])
    assert sorted(map(tuple, drawn)) == sorted(zip(points["attitude"], points[height], strict=True))
    low, high = ax.get_ylim()
    assert low < points[height].min() and points[height].max() < high


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("scheme", MAP_SCHEMES)
def test_a_scheme_is_drawn_and_said_in_both_languages(scheme, lang, recwarn):
    result = replace(SMALL, scheme=scheme, lang=lang).run()
    result.figure.canvas.draw()
    assert not [w for w in recwarn if "Glyph" in str(w.message)]
    assert str(len(result.points)) in result.in_words and "nan" not in result.in_words


def test_the_screen_follows_its_controls_and_speaks_both_languages():
    panel = LoyaltyPanel(SMALL)
    picture, table = bytes(panel.image.value), panel.texts["table"].value
    assert "spurious loyalty" in table and "nan" not in table and panel.error.value == ""
    panel.controls["barriers"].value = 100
    assert bytes(panel.image.value) != picture and panel.texts["table"].value != table
    panel.controls["scheme"].value = "ladder"
    assert "advocate" in panel.texts["table"].value
    panel.controls["lang"].value = "zh"
    assert "宣传者" in panel.texts["table"].value and "customer" not in panel.texts["table"].value
    assert panel.up_to_date


def test_under_a_contract_the_map_shows_barriers_and_says_why():
    panel = LoyaltyPanel(SMALL)
    assert panel.note.value == ""
    panel.controls["preset"].value = "telecom"
    assert panel.state.height == "barrier" and "contract" in panel.note.value
    panel.controls["height"].value = "wallet"
    assert panel.up_to_date and set(panel.result.points["wallet"]) == {1.0}
