"""One's own log on a screen: what is read, audited, fitted, compared and said; then the panel."""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from crmsim import audit_customers, calibrate, compare, find_strategy, read_transactions
from crmsim.dashboards.own_log_panel import OwnLogPanel
from crmsim.dashboards.own_log_picture import (
    decision_sentences,
    fits_badly,
    log_figure,
    log_pictures,
    log_texts,
)
from crmsim.dashboards.own_log_source import SOURCES, calibrated, columns_found, read_log
from crmsim.dashboards.own_log_state import OwnLogResult, OwnLogState
from crmsim.dashboards.panel_state import NothingToShow
from crmsim.datasets import SHOP_LOG
from crmsim.errors import InputError
from crmsim.plots.style import to_png
from crmsim.scenario import load_scenario

SMALL = OwnLogState(customers=100, years=2, replications=3, strategies=("stage_matched", "price_cut"))


@pytest.fixture(scope="module")
def result() -> OwnLogResult:
    return SMALL.run()


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


# -- what is computed ------------------------------------------------------------------------------


def test_audit_fit_and_comparison_are_those_of_the_functions(result):
    log = read_transactions(SHOP_LOG)
    audit = audit_customers(log, margin=0.4, currency="CNY")
    assert result.audit.customers.equals(audit.customers) and result.audit.figures == audit.figures
    fitted = calibrate(log, name="own_log", currency="CNY")
    assert result.calibration.scenario == fitted.scenario
    scenario = fitted.scenario.with_values(customers=100, horizon_days=730, margin=0.4)
    names = ("do_nothing", "stage_matched", "price_cut")
    compared = compare(scenario, [find_strategy(name) for name in names], replications=3)
    expected = compared.differences(simultaneous=True)
    columns = ["strategy", "outcome", "mean", "low", "high", "n", "verdict"]
    assert result.differences[columns].equals(expected[columns])


def test_the_margin_is_that_of_audit_and_simulated_firm(result):
    lean = replace(SMALL, margin=0.2).run()
    ratio = lean.audit.customers["past_value"].sum() / result.audit.customers["past_value"].sum()
    assert ratio == pytest.approx(0.5)
    assert lean.comparison.scenario.money.margin == 0.2
    worth = [found.comparison.values("do_nothing", "clv").mean() for found in (lean, result)]
    assert worth[0] < worth[1]


def test_steps_are_counted_and_parts_come_first(monkeypatch):
    monkeypatch.setattr("crmsim.dashboards.own_log_state._PATIENCE", 0.0)
    *steps, result = SMALL.steps()
    counts = [step for step in steps if isinstance(step, int)]
    assert counts == sorted(counts) and counts[-1] == SMALL.runs == 2 + 3 * 3 == result.done
    parts = [step for step in steps if not isinstance(step, int)]
    assert [parts[0].done, parts[1].done] == [1, 2]
    assert parts[0].calibration is None and parts[1].comparison is None
    assert decision_sentences(parts[0]) == ["No decision yet: the strategies have not been compared."]


def test_the_currency_is_said_by_the_log_or_the_reader(folder):
    rows = "\n".join(f"c{k % 40},2024-0{1 + k // 40}-{1 + k % 28:02d},{5 + k % 7}" for k in range(240))
    Path("log.csv").write_text("customer,date,amount\n" + rows + "\n")
    state = replace(SMALL, source="file", file="log.csv")
    log = read_transactions("log.csv")
    assert state.money(log) == "CU" and replace(state, currency=" EUR ").money(log) == "EUR"
    log.attrs["currency"] = "USD"
    assert state.money(log) == "USD"
    with pytest.raises(InputError, match="currency: must be that of the log, USD"):
        replace(state, currency="EUR").money(log)
    with pytest.raises(InputError, match="currency: must be two or three capitals"):
        replace(state, currency="euro").money(log)


@pytest.mark.parametrize("source", SOURCES)
def test_the_columns_found_are_told(source):
    state = replace(SMALL, source=source)
    found = columns_found(state.key)
    assert found["customer"] == ("account" if source == "b2b" else "customer")
    assert {"date", "amount"} <= set(found)


def test_columns_can_be_named_where_they_are_not_found(folder):
    Path("log.csv").write_text("who;when;paid\na;05/01/2024;3\n")
    state = replace(SMALL, source="file", file="log.csv")
    with pytest.raises(InputError, match=r"log.csv:1: customer: column is missing, the header has 'who'"):
        state.run()
    named = replace(state, customer="who", date="when", amount="paid", date_format="%d/%m/%Y")
    assert columns_found(named.key) == {"customer": "who", "date": "when", "amount": "paid"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("customer,date,amount\na,2024-01-05,ten\n", "log.csv:2: amount: "),
        ("customer,date,amount\na,2024-01-05,1\na,2024-01-04,1\n", "log.csv:3: date: "),
        ("customer,date,amount\na,2024-01-05,1\n,2024-01-06,1\n", "log.csv:3: customer: "),
        ("customer,date,amount\na,2024-01-05\n", "log.csv:2: row: must have 3 cells"),
        ("", "log.csv: file: must hold a header"),
        (None, "file of mine: cannot be read (No such file or directory), got 'log.csv'"),
    ],
)
def test_a_bad_file_is_a_sentence_with_line_and_column(folder, text, message):
    if text is not None:
        Path("log.csv").write_text(text)
    panel = OwnLogPanel(replace(SMALL, source="file", file="log.csv"))
    assert message in panel.error.value.replace("&#x27;", "'")
    assert "This does not work" in panel.error.value and panel.result is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "客户,日期,金额\na,2024-01-05,ten\n",
            "log.csv:2：金额：须为普通数字，小数点用“.”，例如1234.50，给的是'ten'。",
        ),
        (
            "客户,日期,金额\na,2024-01-05\n",
            "log.csv:2：row：应与表头一样有3个单元格，实有2个，给的是'a,2024-01-05'。",
        ),
        ("", "log.csv：file：文件是空的，须有表头与数据行。"),
        (None, "我的文件：无法读取（没有这个文件或文件夹），给的是'log.csv'。"),
    ],
)
def test_a_bad_file_is_a_sentence_in_chinese_too(folder, text, message):
    if text is not None:
        Path("log.csv").write_text(text, encoding="utf-8")
    panel = OwnLogPanel(replace(SMALL, source="file", file="log.csv", lang="zh"))
    assert f"无法运行：{message}请调整设置。" in panel.error.value.replace("&#x27;", "'")


def test_an_uncleaned_file_is_refused_and_none_named_too():
    with pytest.raises(InputError, match=r"retail_transactions.csv:3: date: is written otherwise"):
        replace(SMALL, source="dirty").run()
    with pytest.raises(InputError, match="file: must name a CSV file"):
        replace(SMALL, source="file").run()


def test_too_many_strategies_are_refused():
    names = ("price_cut", "points", "recovery", "referral", "community", "onboarding", "tail_lean")
    with pytest.raises(NothingToShow):
        replace(SMALL, strategies=(*names, "stage_matched", "tier_service")).run()


@pytest.mark.parametrize("chosen", [(), ("do_nothing",)])
def test_without_a_strategy_to_compare_the_screen_asks_for_one(chosen):
    with pytest.raises(NothingToShow) as refused:
        replace(SMALL, strategies=chosen).run()
    assert "不采取策略" in refused.value.sentence("zh")


def test_a_file_that_was_mended_is_read_anew(folder):
    Path("log.csv").write_text("customer,date,amount\na,2024-01-05,ten\n")
    state = replace(SMALL, source="file", file="log.csv")
    first = state.key
    Path("log.csv").write_text("customer,date,amount\na,2024-01-05,100\n")
    os.utime("log.csv", ns=(first.changed + 10**9, first.changed + 10**9))
    assert state.key != first and read_log(state.key)["amount"].tolist() == [100.0]


# -- what is said ----------------------------------------------------------------------------------


def test_the_decision_names_the_best_and_what_it_rests_on(result):
    clv = result.differences.query("outcome == 'clv'").sort_values("mean").iloc[-1]
    said = decision_sentences(result)
    assert (clv["verdict"] == "higher") == ("is worth more" in said[0])
    assert "not for what the log cannot tell" in said[-1] and "margin 40 %" in said[-1]


def test_a_poor_fit_is_a_warning_before_everything_else(result):
    supplier = replace(SMALL, source="b2b")
    poor, good = (calibrated(supplier.key, base, "CNY") for base in ("retail", "b2b"))
    assert fits_badly(poor) and not fits_badly(good)
    assert decision_sentences(replace(result, calibration=poor))[0].startswith("Do not decide on this")
    assert "Do not decide" not in " ".join(decision_sentences(replace(result, calibration=good)))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_pictures_with_kept_parts_are_the_pictures_drawn_anew(result, lang):
    pictures, state = log_pictures(), replace(SMALL, lang=lang)
    said = replace(result, state=state)
    parts = [replace(said, calibration=None, comparison=None), replace(said, comparison=None), said]
    others = ({"seed": 3}, {"margin": 0.9}, {"source": "b2b"})
    for shown in (*parts, *(replace(state, **change).run() for change in others), said):
        assert pictures.png(shown) == to_png(log_figure(shown), shown.state.dpi)
    assert (
        re.search(r"[\u4e00-\u9fff]", log_texts(said, decision_sentences(said))["decision"]) or lang == "en"
    )


# -- the panel -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [("customers", 200), ("margin", 0.2), ("strategies", ("points",)), ("lang", "zh"), ("seed", 9)],
)
def test_a_control_changes_the_picture(name, value):
    panel = OwnLogPanel(SMALL)
    before = bytes(panel.image.value)
    panel.controls[name].value = value
    assert panel.error.value == "" and bytes(panel.image.value) != before and panel.up_to_date


def test_an_uploaded_file_is_kept_beside_others_and_taken(folder):
    panel = OwnLogPanel(SMALL)
    Path("sales.csv").write_text("mine")
    lines = SHOP_LOG.read_bytes().splitlines(keepends=True)[:900]
    file = {
        "name": "../sales.csv",
        "type": "text/csv",
        "size": 3,
        "content": memoryview(b"".join(lines)),
    }
    panel._take_upload((file,))
    assert Path("sales.csv").read_text() == "mine" and "sales-2.csv" in panel.told.value
    assert (panel.state.source, panel.state.file) == ("file", "sales-2.csv") and panel.up_to_date
    assert sorted(path.name for path in folder.iterdir()) == ["sales-2.csv", "sales.csv"]
    panel._take_upload(())
    assert panel.state.file == "sales-2.csv"


def test_the_scenario_saved_is_the_one_simulated(folder):
    panel = OwnLogPanel(SMALL)
    panel.save_scenario.click()
    assert load_scenario(folder / "own_log_scenario.yaml") == panel.result.comparison.scenario
    panel.controls["source"].value = "dirty"
    panel.save_scenario.click()
    assert "nothing to save yet" in panel.told.value and len(list(folder.iterdir())) == 1


def test_long_work_can_be_stopped_and_says_how_far_it_is(folder):
    Path("log.csv").write_bytes(SHOP_LOG.read_bytes())

    async def story() -> None:
        panel = OwnLogPanel(replace(SMALL, source="file", file="log.csv"))
        await asyncio.sleep(0.2)
        assert panel.stop.layout.visibility == "visible" and panel.background.busy
        assert "0 of 11" in panel.note.value
        panel.stop.click()
        await panel.background.settled()
        assert panel.result is None and "Stopped" in panel.note.value

    asyncio.run(story())


def test_a_mended_file_is_read_again_by_its_button(folder):
    rows = [f"c{k % 40},2024-0{1 + k // 40}-{1 + k % 28:02d},{5 + k % 7}" for k in range(240)]
    Path("log.csv").write_text("\n".join(["customer,date,amount", *rows[:-1], "c1,2024-06-01,ten"]) + "\n")
    panel = OwnLogPanel(replace(SMALL, source="file", file="log.csv", replications=2))
    assert "log.csv:241: amount" in panel.error.value
    Path("log.csv").write_text("\n".join(["customer,date,amount", *rows]) + "\n")
    panel.read_again.click()
    assert panel.error.value == "" and panel.up_to_date
