"""A log read part by part: the same table, and the same refusals, as read at once."""

from __future__ import annotations

import datetime
import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from benchmarks.large_log import write_log
from crmsim.audit import large_log
from crmsim.audit.large_log import rfm_summary_of_file
from crmsim.errors import InputError
from crmsim.rfm import rfm_summary
from crmsim.transactions import read_transactions
from tests.reference import shared
from tests.unit.test_transactions import FILES, GOOD, HEADERS, ROWS, TODAY


@pytest.fixture(params=["one part", "many parts", "careful"])
def parts(request, monkeypatch):
    """Read in one part, in parts of a few rows, or the careful way in parts of a few rows."""
    if request.param != "one part":
        monkeypatch.setattr(large_log, "_ROWS_FAST", 7)
        monkeypatch.setattr(large_log, "_ROWS_CAREFUL", 5)
        monkeypatch.setattr(large_log, "_BLOCK_BYTES", 200)
    if request.param == "careful":

        def doubtful(*_):
            raise large_log._Doubt

        monkeypatch.setattr(large_log, "_fast", doubtful)
    return request.param


def drawn(seed: int, rows: int = 400, *, returns: bool = False) -> pd.DataFrame:
    """Return a log with many purchases on the same days, in order of date."""
    luck = np.random.default_rng(seed)
    names = np.array(["ann", "Bob", "0007", "zoë", "张三", "b,c", "ann2"])
    frame = pd.DataFrame(
        {
            "customer": names[luck.integers(0, len(names), rows)],
            "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(luck.integers(0, 60, rows), unit="D"),
            "amount": luck.integers(-50 if returns else 0, 3000, rows) / 100,
        }
    )
    return frame.sort_values("date", kind="stable").drop_duplicates().reset_index(drop=True)


def written(frame: pd.DataFrame, path) -> str:
    frame.to_csv(path, index=False)
    return str(path)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "days",
    [{}, {"calibration_end": datetime.date(2024, 1, 31)},
     {"calibration_end": datetime.date(2024, 1, 20), "observation_end": datetime.date(2024, 2, 10)},
     {"observation_end": datetime.date(2024, 3, 30), "unit": "day"}],
    ids=["all", "calibration", "both", "beyond"],
)  # fmt: skip
def test_the_same_table_as_read_at_once(parts, tmp_path, seed, days):
    log = drawn(seed)
    if seed == 3:  # by customer, as a till may write it
        log = log.sort_values(["customer", "date"], kind="stable")
    path = written(log, tmp_path / "log.csv")
    expected = rfm_summary(read_transactions(path), **days)
    found = rfm_summary_of_file(path, **days)
    pd.testing.assert_frame_equal(found, expected, check_exact=False, rtol=1e-12)
    assert found.attrs == expected.attrs


def test_cdnow_as_csv(parts, tmp_path):
    log = read_transactions(shared("data/CDNOW_sample.txt"))
    path = written(log.iloc[:600], tmp_path / "log.csv")
    expected = rfm_summary(log.iloc[:600])
    pd.testing.assert_frame_equal(rfm_summary_of_file(path), expected, check_exact=False, rtol=1e-12)


def test_kept_returns_are_no_purchases(parts, tmp_path):
    path = written(drawn(9, returns=True), tmp_path / "log.csv")
    expected = rfm_summary(read_transactions(path, returns="keep"))
    found = rfm_summary_of_file(path, returns="keep")
    pd.testing.assert_frame_equal(found, expected, check_exact=False, rtol=1e-12)
    with pytest.raises(InputError, match=r"log\.csv:\d+: amount: must be at least 0; for returns say"):
        rfm_summary_of_file(path)
    with pytest.raises(InputError, match=r"returns: must be one of refuse, keep .*, got 'net'"):
        rfm_summary_of_file(path, returns="net")


def same_refusal(path, **options):
    with pytest.raises(InputError) as at_once:
        read_transactions(path, today=TODAY, **options)
    with pytest.raises(InputError) as by_parts:
        rfm_summary_of_file(path, today=TODAY, **options)
    assert str(by_parts.value) == str(at_once.value)


@pytest.mark.parametrize("row", [row for row, _ in ROWS.values()], ids=list(ROWS))
@pytest.mark.parametrize("lead", [0, 12], ids=["early", "late"])
def test_the_same_rows_are_refused_with_the_same_words(parts, tmp_path, row, lead):
    path = tmp_path / "log.csv"
    many = "".join(f"c{n},2025-01-0{1 + n % 9},{n}\n" for n in range(lead))
    path.write_text(f"customer,date,amount\nbob,2025-01-02,1\nann,2025-01-05,10\n{many}{row}\n")
    same_refusal(path)


@pytest.mark.parametrize(
    "content", [c for name, (c, _) in FILES.items() if name != "cdnow header only"],
    ids=[name for name in FILES if name != "cdnow header only"],
)  # fmt: skip
def test_the_same_files_are_refused(parts, tmp_path, content):
    path = tmp_path / "log.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    same_refusal(path)
    same_refusal(tmp_path / "none.csv")


@pytest.mark.parametrize(("header", "options", "_message"), HEADERS.values(), ids=list(HEADERS))
def test_the_same_headers_are_refused(parts, tmp_path, header, options, _message):
    if "," not in header:
        pytest.skip("no CSV")
    path = tmp_path / "log.csv"
    path.write_text(f"{header}\nx,2025-01-02,1,1\n")
    same_refusal(path, **options)


def test_repeats_and_disorder_are_found_across_parts(parts, tmp_path):
    path = tmp_path / "log.csv"
    fill = "".join(f"c{n},2025-01-05,{n}\n" for n in range(20))
    for last in ("ann,2025-01-05,3", "ann,2025-01-05,2", "ann,2025-01-04,9"):
        path.write_text(f"customer,date,amount\nann,2025-01-05,2\nann,2025-01-05,3\n{fill}{last}\n")
        same_refusal(path)
    path.write_text(
        f"customer,date,amount\nann,2025-01-05,2\nann,2025-01-05,3\n{fill}ann,2025-01-05,4\n{fill}"
    )
    same_refusal(path)  # the second heap of rows repeats the first
    more = fill.replace("c", "d")
    path.write_text(
        f"customer,date,amount\nann,2025-01-05,2\n{fill}ann,2025-01-05,3\n{more}ann,2025-01-05,2\n"
    )
    same_refusal(path)  # three parts, one row of the day in each


def test_purchases_of_one_day_at_several_times(parts, tmp_path):
    path = tmp_path / "log.csv"
    rows = "".join(f"a,2025-01-05 {hour:02}:00,1\n" for hour in range(20))
    path.write_text(f"customer,date,amount\n{rows}a,2025-01-06 08:00,4\n")
    found = rfm_summary_of_file(path, date_format="%Y-%m-%d %H:%M", unit="day")
    assert found.loc["a"].tolist() == [1, 1.0, 1.0, 4.0]


@pytest.mark.parametrize("names", ["customer,date,amount,currency", "客户,日期,金额,币种"])
def test_currencies(parts, tmp_path, names):
    path = tmp_path / "log.csv"
    path.write_text(names + "\n" + "".join(f"a{n},2025-01-05,1,eur\n" for n in range(12)))
    assert rfm_summary_of_file(path).attrs == {"unit": "week", "currency": "EUR"}
    path.write_text(path.read_text() + "b,2025-01-05,1,USD\n")
    same_refusal(path)


# --- Parquet -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["timestamp", "date", "text", "numbers"])
def test_parquet_gives_the_same_table(parts, tmp_path, kind):
    log = drawn(5)
    expected = rfm_summary(log)
    table = {name: pa.array(log[name].tolist()) for name in ("customer", "amount")}
    table["date"] = pa.array(log["date"].dt.date.tolist())
    if kind == "timestamp":
        table["date"] = pa.array(log["date"])
    if kind == "text":
        table["date"] = pa.array(log["date"].dt.strftime("%Y-%m-%d").tolist())
        table["amount"] = pa.array(log["amount"].astype(str).tolist())
    if kind == "numbers":
        table["customer"] = pa.array(pd.factorize(log["customer"])[0] + 10)
        expected = rfm_summary(log.assign(customer=table["customer"].to_pandas().astype(str)))
    pyarrow.parquet.write_table(pa.table(table), tmp_path / "log.parquet")
    found = rfm_summary_of_file(tmp_path / "log.parquet")
    pd.testing.assert_frame_equal(found, expected, check_exact=False, rtol=1e-12, check_index_type=False)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"amount": [1.0, None, 3.0]}, r":2: amount: is missing"),
        ({"amount": [1.0, -2.0, 3.0]}, r":2: amount: must be at least 0"),
        ({"amount": [1.0, float("nan"), 3.0]}, r":2: amount: must be a finite number"),
        ({"customer": ["a", "b", None]}, r":3: customer: is missing"),
        ({"date": [datetime.date(2025, 1, 9), datetime.date(2025, 1, 2), datetime.date(2027, 1, 1)]},
         r":3: date: lies in the future"),
        ({"date": [datetime.date(2025, 1, 9), datetime.date(2025, 1, 2), datetime.date(2025, 1, 8)]},
         r":3: date: is earlier than the row before of this customer \(2025-01-09\)"),
        ({"customer": ["a", "b", "b"], "amount": [1.0, 2.0, 2.0]}, r":3: row: repeats line 2"),
        ({"date": pa.array([1, 2, 3], pa.timestamp("us", "UTC"))}, r": date: must be without a time zone"),
        ({"date": []}, r": file: must hold rows, there are none"),
    ],
)  # fmt: skip
def test_parquet_is_refused_with_the_row(parts, tmp_path, change, message):
    day = datetime.date(2025, 1, 2)
    columns = {"customer": ["a", "b", "a"], "date": [day, day, day], "amount": [1.0, 2.0, 3.0]} | change
    if columns["date"] == []:
        columns = {
            "customer": pa.array([], pa.string()),
            "date": pa.array([], pa.date32()),
            "amount": pa.array([], pa.float64()),
        }
    pyarrow.parquet.write_table(pa.table(columns), tmp_path / "log.parquet")
    with pytest.raises(InputError, match=r"log\.parquet" + message):
        rfm_summary_of_file(tmp_path / "log.parquet", today=TODAY)


def test_currencies_that_change_from_one_part_to_the_next(parts, tmp_path):
    days = [datetime.date(2025, 1, 5)] * 14
    names = [f"c{number}" for number in range(14)]
    table = {"customer": names, "date": days, "amount": [1.0] * 14, "ccy": ["EUR"] * 7 + ["USD"] * 7}
    pyarrow.parquet.write_table(pa.table(table), tmp_path / "log.parquet")
    with pytest.raises(InputError, match=r"ccy: must be the same .* EUR \(7 rows\), USD \(7 rows\)"):
        rfm_summary_of_file(tmp_path / "log.parquet")


def test_line_breaks_in_quotes(parts, tmp_path):
    rows = "".join(f'c{n},2025-01-05,{n},"a\nb"\n' for n in range(30))
    (tmp_path / "log.csv").write_text(f"customer,date,amount,note\n{rows}")
    assert len(rfm_summary_of_file(tmp_path / "log.csv")) == 30


def test_a_parquet_file_that_is_none(parts, tmp_path):
    path = tmp_path / "log.parquet"
    pyarrow.parquet.write_table(pa.table({"customer": ["a"], "date": ["2025-01-05"], "amount": [1.0]}), path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"log\.parquet: file: must be a Parquet file of plain columns \("):
        rfm_summary_of_file(path)
    nested = {"customer": ["a"], "date": ["2025-01-05"], "amount": [[1.0]]}
    pyarrow.parquet.write_table(pa.table(nested), path)
    with pytest.raises(InputError, match=r"log\.parquet"):
        rfm_summary_of_file(path)


# --- days and units ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [{"unit": "month"}, {"calibration_end": datetime.date(2024, 1, 1)},
     {"calibration_end": datetime.date(2026, 1, 1)}, {"observation_end": "soon"}],
)  # fmt: skip
def test_the_same_days_and_units_are_refused(parts, tmp_path, options):
    path = tmp_path / "log.csv"
    path.write_text(GOOD)
    with pytest.raises(InputError) as at_once:
        rfm_summary(read_transactions(path, today=TODAY), **options)
    with pytest.raises(InputError, match=f"^{re.escape(str(at_once.value))}$"):
        rfm_summary_of_file(path, today=TODAY, **options)


def test_the_fast_way_is_taken_for_a_plain_file(tmp_path, monkeypatch):
    """Otherwise all of the above would say nothing about it."""
    monkeypatch.setattr(large_log, "_careful", None)
    assert len(rfm_summary_of_file(written(drawn(1), tmp_path / "log.csv"))) == 7


def test_the_benchmark_measures_one_and_the_same_log(tmp_path):
    summaries = []
    for ending in ("csv", "parquet"):
        file = tmp_path / f"log.{ending}"
        assert write_log(file, 50, 4) == 200
        summaries.append(rfm_summary_of_file(file))
    pd.testing.assert_frame_equal(*summaries, check_exact=False, rtol=1e-12)
