"""Reading a firm's log: what is accepted, and every way in which it is refused."""

from __future__ import annotations

import datetime
import re

import pandas as pd
import pytest
import reference

from crmsim.errors import InputError
from crmsim.rfm import rfm_summary
from crmsim.transaction_cells import LARGEST_AMOUNT
from crmsim.transactions import read_transactions

TODAY = datetime.date(2026, 1, 31)
GOOD = "customer,date,amount\nann,2025-01-02,10\nann,2025-02-02,12.5\nbob,2025-01-03,0\n"
SAMPLE = (
    " 00004 0001 19970101  2   29.33\r\n"
    " 00004 0001 19970118  2   29.73\r\n"
    " 00021 0002 19970101  3   63.34\r\n"
)


@pytest.fixture
def read(tmp_path):
    """Write text (or bytes) to a file and read it as a log."""

    def write_and_read(content, **options):
        path = tmp_path / "log.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_transactions(path, **{"today": TODAY, **options})

    return write_and_read


# --- accepted --------------------------------------------------------------------------------------


def test_a_plain_csv_comes_back_complete_and_typed(read):
    log = read(GOOD)
    assert log["customer"].tolist() == ["ann", "ann", "bob"]
    assert log["date"].tolist() == [pd.Timestamp(day) for day in ("2025-01-02", "2025-02-02", "2025-01-03")]
    assert log["amount"].tolist() == [10.0, 12.5, 0.0]
    assert pd.api.types.is_datetime64_dtype(log["date"])


@pytest.mark.parametrize("separator", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
def test_the_separator_is_found_in_the_header(read, separator):
    pd.testing.assert_frame_equal(read(GOOD.replace(",", separator)), read(GOOD))


def test_byte_order_mark_windows_line_ends_blank_lines_and_quotes_change_nothing(read):
    text = GOOD.replace("bob", '"bob"').replace("\n", "\r\n").replace("\r\nbob", "\r\n\r\nbob")
    pd.testing.assert_frame_equal(read(b"\xef\xbb\xbf" + text.encode()), read(GOOD))


def test_a_quoted_separator_does_not_choose_the_separator(read):
    log = read('"note; or, not";Customer ID;Invoice Date;Sales\na;7;2025-01-02;3\n')
    assert log.to_numpy().tolist() == [["7", pd.Timestamp("2025-01-02"), 3.0]]


def test_leading_zeros_of_a_customer_stay(read):
    assert read("id,date,value\n007,20250102,1\n")["customer"].tolist() == ["007"]


def test_the_own_name_of_a_column_wins_over_an_alias(read):
    log = read("id,customer,date,amount\nrow1,ann,2025-01-02,1\n")
    assert log["customer"].tolist() == ["ann"]


def test_explicit_names_are_taken_exactly(read):
    text = "who,when,paid,amount\nann,2025-01-02,7,999\n"
    assert read(text, customer="who", date="when", amount="paid")["amount"].tolist() == [7.0]


def test_a_date_format_reads_day_first_dates_and_drops_the_time(read):
    log = read("customer,date,amount\na,03/02/2025 17:45,1\n", date_format="%d/%m/%Y %H:%M")
    assert log["date"].tolist() == [pd.Timestamp("2025-02-03")]


def test_equal_purchases_at_two_times_of_a_day_are_no_repeat(read):
    text = "customer,date,amount\na,2025-02-03 09:00,1\na,2025-02-03 17:45,1\n"
    assert len(read(text, date_format="%Y-%m-%d %H:%M")) == 2


def test_different_amounts_of_one_day_stay_two_transactions(read):
    assert len(read("customer,date,amount\na,2025-02-03,1\na,2025-02-03,2\n")) == 2


def test_today_is_not_the_future(read):
    assert len(read("customer,date,amount\na,2026-01-31,1\n")) == 1


def test_customers_may_be_interleaved(read):
    assert len(read("customer,date,amount\na,2025-01-05,1\nb,2025-01-01,1\na,2025-01-06,1\n")) == 3


def test_the_cdnow_sample_is_keyed_by_the_sample_id_and_merged_by_day(read):
    log = read(SAMPLE + " 00021 0002 19970101  3   63.34\r\n")
    assert log["customer"].tolist() == ["0001", "0001", "0002"]
    assert log["amount"].tolist() == pytest.approx([29.33, 29.73, 126.68])


@pytest.mark.parametrize(
    "header", [" customer_id  date number_of_cds  dollar_value\r\n", ""], ids=["with", "without"]
)
def test_the_cdnow_master_is_read_with_and_without_its_header(read, header):
    log = read(header + " 00002 19970112  1   12.00\r\n 00002 19970112  5   77.00\r\n")
    assert log.to_numpy().tolist() == [["00002", pd.Timestamp("1997-01-12"), 89.0]]


def test_cdnow_files_hold_the_published_number_of_customers():
    sample = read_transactions(reference.shared("data/CDNOW_sample.txt"))
    master = read_transactions(reference.shared("data/CDNOW_master.txt"))
    assert (sample["customer"].nunique(), master["customer"].nunique()) == (2357, 23570)


# --- refused: the file -----------------------------------------------------------------------------


def test_a_missing_file_is_refused(tmp_path):
    path = tmp_path / "none.csv"
    with pytest.raises(InputError, match=re.escape(f"{path}: path: must be an existing file")):
        read_transactions(path)


def test_a_directory_is_refused(tmp_path):
    with pytest.raises(InputError, match=re.escape(f"{tmp_path}: path: must be a file, this is a directory")):
        read_transactions(tmp_path)


FILES = {
    "empty": (b"", r"log\.csv: file: must hold a header and rows, it is empty"),
    "only a byte order mark": (
        b"\xef\xbb\xbf\n",
        r"log\.csv: file: must hold a header and rows, it is empty",
    ),
    "header only": (
        "customer,date,amount\n",
        r"log\.csv: file: must hold rows below the header, there are none",
    ),
    "cdnow header only": (
        " customer_id  date number_of_cds  dollar_value\n",
        r"log\.csv: file: must hold rows below the header, there are none",
    ),
    "latin-1": (
        "customer,date,amount\nJosé,2025-01-02,1\n".encode("latin-1"),
        r"log\.csv:2:4: encoding: must be UTF-8 text, byte 25 of the file is not .*, got '0xe9'",
    ),
    "latin-1 after a byte order mark": (
        b"\xef\xbb\xbf" + "customer,date,amount\nJosé,2025-01-02,1\n".encode("latin-1"),
        r"log\.csv:2:4: encoding: must be UTF-8 text, byte 28 of the file",
    ),
    "GB18030, as a Chinese Excel saves a plain CSV": (
        "客户,日期,金额\n李雷,2025-01-02,1\n".encode("gb18030"),
        r"log\.csv:1:1: encoding: must be UTF-8 text, .* \(in Excel save it as CSV UTF-8, in an editor with",
    ),
    "utf-16": (GOOD.encode("utf-16"), r"log\.csv:1:1: encoding: must be UTF-8 text, byte 1 of the file"),
    "utf-16 without mark": (
        GOOD.encode("utf-16-le"),
        r"log\.csv:1:2: encoding: must be UTF-8 text, byte 2 of",
    ),
}


@pytest.mark.parametrize(("content", "message"), FILES.values(), ids=FILES)
def test_a_file_that_is_no_log_is_refused(read, content, message):
    with pytest.raises(InputError, match=message):
        read(content)


# --- refused: the header ---------------------------------------------------------------------------

HEADERS = {
    "customer missing": (
        "name,date,amount",
        {},
        r":1: customer: column is missing, the header has 'name', 'date', 'amount'; .*say customer=\.\.\.",
    ),
    "date missing": (
        "customer,amount",
        {},
        r":1: date: column is missing, the header has 'customer', 'amount'",
    ),
    "amount missing": ("customer,date,price", {}, r":1: amount: column is missing, .*'price'"),
    "no separator": (
        "customer date amount",
        {},
        r":1: customer: column is missing, the header has 'customer date",
    ),
    "no header": (
        "ann,2025-01-02,10",
        {},
        r":1: customer: column is missing, the header has 'ann', '2025-01-02'",
    ),
    "named column missing": (
        "customer,date,amount",
        {"amount": "Paid"},
        r":1: Paid: column is missing, .*'amount'",
    ),
    "two aliases": (
        "id,client,date,amount",
        {},
        r":1: customer: column is ambiguous, it may be 'id', 'client'; say",
    ),
    "name twice": (
        "customer,date,amount,Amount",
        {},
        r":1: amount: column is ambiguous, it may be 'amount', 'Amount'",
    ),
    "one column for two": (
        "customer,date,amount",
        {"amount": "date"},
        r":1: amount: must be a column of its own, got 'date'",
    ),
}


@pytest.mark.parametrize(("header", "options", "message"), HEADERS.values(), ids=HEADERS)
def test_a_header_without_the_columns_is_refused(read, header, options, message):
    with pytest.raises(InputError, match=r"log\.csv" + message):
        read(f"{header}\nx,2025-01-02,1,1\n", **options)


# --- refused: the rows -----------------------------------------------------------------------------

ROWS = {
    "too few cells": (
        "a,2025-01-02",
        r":4: row: must have 3 cells like the header, has 2, got 'a,2025-01-02'",
    ),
    "too many cells": ("a,2025-01-02,1,5", r":4: row: must have 3 cells like the header, has 4"),
    "open quote": ('"a,2025-01-02,1', r":4: row: must be a CSV row \(unexpected end of data\)"),
    "no customer": (" ,2025-01-02,1", r":4: customer: is missing, every row must name a customer$"),
    "null customer": (
        "NULL,2025-01-02,1",
        r":4: customer: is missing, every row must name a customer, got 'NULL'",
    ),
    "no date": ("a,,1", r":4: date: is missing, every row must have a date"),
    "not a date": (
        "a,soon,1",
        r":4: date: must be an existing day as YYYY-MM-DD or YYYYMMDD; .*, got 'soon'",
    ),
    "no such day": ("a,2025-02-30,1", r":4: date: must be an existing day as YYYY-MM-DD.*, got '2025-02-30'"),
    "half a separator": (
        "a,2025-0102,1",
        r":4: date: must be an existing day as YYYY-MM-DD.*, got '2025-0102'",
    ),
    "date and time": (
        "a,2025-01-02 10:00,1",
        r":4: date: is written otherwise than '2025-01-02' in line 2; all dates must be written alike",
    ),
    "two ways of writing": (
        "a,20250102,1",
        r":4: date: is written otherwise than '2025-01-02' in line 2; .*, got '20250102'",
    ),
    "slashes among dashes": (
        "a,01/02/2025,1",
        r":4: date: is written otherwise than '2025-01-02' in line 2; .*, got '01/02/2025'",
    ),
    "future date": (
        "a,2026-02-01,1",
        r":4: date: lies in the future, must be 2026-01-31 or earlier, got '2026-02-01'",
    ),
    "ancient date": ("a,0202-02-01,1", r":4: date: must be 1900-01-01 or later, got '0202-02-01'"),
    "no amount": ("a,2025-01-02,", r":4: amount: is missing, must be a number from 0$"),
    "not a number": (
        "a,2025-01-02,ten",
        r":4: amount: must be a plain number with a decimal point.*, got 'ten'",
    ),
    "currency sign": ("a,2025-01-02,$5", r":4: amount: must be a plain number .*, got '\$5'"),
    "nan": ("a,2025-01-02,NaN", r":4: amount: must be a finite number from 0, got 'NaN'"),
    "infinite": ("a,2025-01-02,-inf", r":4: amount: must be a finite number from 0, got '-inf'"),
    "overflow": ("a,2025-01-02,1e999", r":4: amount: must be at most 1e\+15, got '1e999'"),
    "negative": (
        "a,2025-01-02,-0.01",
        r":4: amount: must be at least 0; for returns say returns='net' or returns='keep', got '-0.01'",
    ),
    "repeat": (
        "ann,2025-01-05,10",
        r":4: row: repeats line 3 \(same customer, date and amount\); sum separate purchases of a day "
        r"into one row or give them different amounts, got 'ann, 2025-01-05, 10'",
    ),
    "repeat written otherwise": ("ann,2025-01-05,10.00", r":4: row: repeats line 3"),
    "out of order": (
        "ann,2025-01-04,3",
        r":4: date: is earlier than the row before of this customer \(2025-01-05\); must be in order of "
        r"date within each customer: sort the file by customer and date, got '2025-01-04'",
    ),
}


@pytest.mark.parametrize(("row", "message"), ROWS.values(), ids=ROWS)
def test_a_bad_row_is_refused_with_its_line(read, row, message):
    with pytest.raises(InputError, match=r"log\.csv" + message):
        read(f"customer,date,amount\nbob,2025-01-02,1\nann,2025-01-05,10\n{row}\n")


def test_the_largest_amount_is_still_accepted(read):
    assert read(f"customer,date,amount\na,2025-01-02,{LARGEST_AMOUNT}\n")["amount"].tolist() == [
        LARGEST_AMOUNT
    ]


def test_lines_are_counted_through_blank_lines_and_line_breaks_in_quotes(read):
    text = 'customer,date,amount,note\n\na,2025-01-02,1,"two\nlines"\nb,2025-01-02,x,\n'
    with pytest.raises(InputError, match=r"log\.csv:5: amount: must be a plain number"):
        read(text)


def test_a_column_is_called_what_the_file_calls_it(read):
    with pytest.raises(InputError, match=r"log\.csv:2: Dollar Value: must be a plain number"):
        read("ID,Invoice Date,Dollar Value\na,2025-01-02,x\n")


CDNOW_ROWS = {
    "short row": (" 00021 0002 19970102  3", r":4: row: must have 5 columns like the first line, has 4"),
    "no such day": (" 00021 0002 19970231  3  1.00", r":4: date: must be an existing day .*, got '19970231'"),
    "future date": (" 00021 0002 20260201  3  1.00", r":4: date: lies in the future"),
    "negative": (" 00021 0002 19970102  3  -1.00", r":4: amount: must be at least 0"),
    "out of order": (" 00021 0002 19961231  3  1.00", r":4: date: is earlier than the row before"),
}


@pytest.mark.parametrize(("row", "message"), CDNOW_ROWS.values(), ids=CDNOW_ROWS)
def test_a_bad_row_of_a_cdnow_file_is_refused_with_its_line(read, row, message):
    with pytest.raises(InputError, match=r"log\.csv" + message):
        read(f"{SAMPLE}{row}\r\n")


# --- dates as text ---------------------------------------------------------------------------------

ONE_WAY = {
    "day first": (
        ["03/02/2025", "13/02/2025"],
        r":3: date: has the day first, as line 3 shows: say date_format='%d/%m/%Y', got '13/02/2025'",
        "%d/%m/%Y",
    ),
    "month first": (
        ["02.03.25", "02.13.25"],
        r":3: date: has the month first, as line 3 shows: say date_format='%m.%d.%y', got '02.13.25'",
        "%m.%d.%y",
    ),
    "both fit": (
        ["03/02/2025", "04/02/2025"],
        r":2: date: is ambiguous \(day or month first\?\), both fit every row: "
        r"say date_format='%d/%m/%Y' or date_format='%m/%d/%Y', got '03/02/2025'",
        "%d/%m/%Y",
    ),
    "year first": (
        ["2025/1/5", "2025/12/31"],
        r":2: date: must be YYYY-MM-DD or YYYYMMDD, or say date_format='%Y/%m/%d', got '2025/1/5'",
        "%Y/%m/%d",
    ),
    "Chinese": (["2025年1月5日"], r":2: date: .*say date_format='%Y年%m月%d日'", "%Y年%m月%d日"),
    "with a time": (
        ["2025-01-05 09:30"],
        r":2: date: .*say date_format='%Y-%m-%d %H:%M'",
        "%Y-%m-%d %H:%M",
    ),
    "month as a word": (["5 Jan 2025"], r":2: date: .*say date_format='%d %b %Y'", "%d %b %Y"),
}


@pytest.mark.parametrize(("dates", "message", "date_format"), ONE_WAY.values(), ids=ONE_WAY)
def test_another_way_of_writing_dates_is_refused_with_the_name_that_reads_it(
    read, dates, message, date_format
):
    text = "customer,date,amount\n" + "".join(f"a{n},{date},1\n" for n, date in enumerate(dates))
    with pytest.raises(InputError, match=message):
        read(text)
    assert len(read(text, date_format=date_format)) == len(dates)


@pytest.mark.parametrize(
    ("dates", "line", "shown"),
    [
        (["2025-01-05", "05/01/2025"], 3, "'2025-01-05' in line 2"),
        (["05/01/2025", "2025-01-05"], 3, "'05/01/2025' in line 2"),
        (["13/01/2025", "01/14/2025"], 3, "'13/01/2025' in line 2"),
        (["01/14/2025", "13/01/2025"], 3, "'01/14/2025' in line 2"),
        (["20250105", "20250106", "2025-01-07"], 4, "'20250105' in line 2"),
        (["2025/1/5", "2025.1.6"], 3, "'2025/1/5' in line 2"),
    ],
)
def test_two_ways_of_writing_are_refused_with_an_example_of_each(read, dates, line, shown):
    text = "customer,date,amount\n" + "".join(f"a{n},{date},1\n" for n, date in enumerate(dates))
    with pytest.raises(InputError, match=f":{line}: date: .*{re.escape(shown)}.*alike, got '{dates[-1]}'"):
        read(text)


def test_a_date_that_does_not_follow_the_format_is_shown_beside_one_that_does(read):
    text = "customer,date,amount\na,13/01/2025,1\nb,2025-01-14,1\n"
    message = r":3: date: must be a date written as '%d/%m/%Y' like '13/01/2025' in line 2, got '2025-01-14'"
    with pytest.raises(InputError, match=message):
        read(text, date_format="%d/%m/%Y")


# --- returns ---------------------------------------------------------------------------------------

RETURNED = (
    "customer,date,amount\nann,2025-01-02,30\nann,2025-01-02,-10\nann,2025-02-01,8\nann,2025-02-01,-8\n"
)


def test_returns_are_refused_unless_it_is_said_what_to_do_with_them(read):
    with pytest.raises(InputError, match=r":3: amount: must be at least 0; for returns say returns='net'"):
        read(RETURNED)
    with pytest.raises(InputError, match=r"returns: must be one of refuse, net, keep, got 'drop'"):
        read(RETURNED, returns="drop")


def test_netting_sums_the_day_and_drops_a_day_that_was_given_back(read):
    log = read(RETURNED, returns="net")
    assert log.to_numpy().tolist() == [["ann", pd.Timestamp("2025-01-02"), 20.0]]
    assert "returns" not in log.attrs


def test_netting_is_not_led_astray_by_rounding(read):
    rows = "a,2025-01-02,0.1\na,2025-01-02,0.2\na,2025-01-02,-0.3\nb,2025-01-02,0\n"
    log = read("customer,date,amount\n" + rows, returns="net")
    assert log["customer"].tolist() == ["b"], "0.1 + 0.2 - 0.3 is not quite 0; a purchase for nothing stays"


def test_goods_of_another_day_cannot_be_netted(read):
    text = GOOD + "ann,2025-03-01,5\nann,2025-03-01,-12.5\n"
    message = r":6: amount: is given back on a day that sums to -7.5, .*say returns='keep', got '-12.5'"
    with pytest.raises(InputError, match=message):
        read(text, returns="net")
    with pytest.raises(InputError, match=r"file: must hold a purchase that was not given back"):
        read("customer,date,amount\na,2025-01-02,5\na,2025-01-02,-5\n", returns="net")


def test_kept_returns_stay_and_the_table_says_so(read):
    log = read(RETURNED, returns="keep")
    assert log["amount"].tolist() == [30.0, -10.0, 8.0, -8.0] and log.attrs["returns"] == "keep"
    with pytest.raises(InputError, match=r":2: amount: must be from -1e\+15 to 1e\+15, got '-1e16'"):
        read("customer,date,amount\na,2025-01-02,-1e16\n", returns="keep")
    with pytest.raises(InputError, match=r":2: amount: must be a finite number, got '-inf'"):
        read("customer,date,amount\na,2025-01-02,-inf\n", returns="keep")


# --- currencies ------------------------------------------------------------------------------------

MONEY = "customer,date,amount,ccy\nann,2025-01-02,30,EUR\nann,2025-01-02,30,usd\nbob,2025-01-04,5,EUR\n"


def test_one_currency_goes_with_the_table(read):
    log = read(MONEY.replace("usd", " eur").replace("30, eur", "31, eur"))
    assert log.attrs["currency"] == "EUR" and len(log) == 3
    assert "currency" not in read(GOOD).attrs


def test_several_currencies_are_refused_and_counted(read):
    message = (
        r"log\.csv: ccy: must be the same in all rows, there are EUR \(2 rows\), USD \(1 rows\); say only_"
    )
    with pytest.raises(InputError, match=message):
        read(MONEY)


def test_the_rows_of_one_currency_can_be_taken(read):
    log = read(MONEY, only_currency="eur")
    assert log["amount"].tolist() == [30.0, 5.0] and log.attrs["currency"] == "EUR"
    assert log.index.tolist() == [0, 1]
    with pytest.raises(InputError, match=r"only_currency: must be one of EUR \(2 rows\), USD .*, got 'CNY'"):
        read(MONEY, only_currency="CNY")
    with pytest.raises(InputError, match=r"only_currency: needs a column of currencies, there is none"):
        read(GOOD, only_currency="EUR")


def test_the_currency_stays_with_a_netted_log(read):
    text = MONEY.replace("usd", "EUR").replace(",30,EUR\nann", ",31,EUR\nann") + "bob,2025-01-04,-1,EUR\n"
    log = read(text, returns="net")
    assert log["amount"].tolist() == [61.0, 4.0] and log.attrs == {"currency": "EUR"}


def test_a_missing_currency_is_refused(read):
    with pytest.raises(InputError, match=r":2: ccy: is missing, every row must have a currency"):
        read("customer,date,amount,ccy\nann,2025-01-02,30,\n")


# --- Chinese logs, and small ones ------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        "客户,日期,金额,币种",
        "客户编号,交易日期,消费金额,货币",
        "会员ID,下单时间,实付金额,币种",
        "\ufeff用户 ID,订单日期,销售额,ccy",
    ],
)
def test_chinese_names_of_columns_are_recognised(read, header):
    log = read(f"{header}\n张三,2025-01-02,30,CNY\n")
    assert log.to_numpy().tolist() == [["张三", pd.Timestamp("2025-01-02"), 30.0]]
    assert log.attrs["currency"] == "CNY"


def test_the_plain_chinese_name_wins_and_two_others_are_ambiguous(read):
    assert read("客户编号,客户,日期,金额\n1,张三,2025-01-02,30\n")["customer"].tolist() == ["张三"]
    with pytest.raises(InputError, match=r"customer: column is ambiguous, it may be '客户编号', '会员号'"):
        read("客户编号,会员号,日期,金额\n1,2,2025-01-02,30\n")


def test_one_customer_and_nobody_who_came_again_are_read(read):
    assert len(read("customer,date,amount\na,2025-01-02,1\n")) == 1
    summary = rfm_summary(read("customer,date,amount\na,2025-01-02,1\nb,2025-01-09,4\n"))
    assert summary["frequency"].tolist() == [0, 0] and summary["monetary_value"].tolist() == [0.0, 0.0]


# --- refused: the options --------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["customer", "date", "amount", "currency", "date_format"])
def test_options_of_csv_are_refused_for_a_cdnow_file(read, option):
    with pytest.raises(
        InputError, match=rf"log\.csv: {option}: must be left out for a CDNOW text file.*, got 'x'"
    ):
        read(SAMPLE, **{option: "x"})


@pytest.mark.parametrize("date_format", ["%Y-%m", "%d/%m", "%Y-%m-%d %z"])
def test_a_date_format_that_names_no_day_or_a_time_zone_is_refused(read, date_format):
    with pytest.raises(InputError, match=r"date_format: must name year, month and day and no time zone"):
        read(GOOD, date_format=date_format)


def test_a_date_format_with_an_unknown_code_is_refused(read):
    with pytest.raises(InputError, match=r"date_format: must be a date format \(.*bad directive"):
        read(GOOD, date_format="%Y-%m-%d %Q")


def test_a_date_that_does_not_follow_the_format_is_refused(read):
    with pytest.raises(InputError, match=r":2: date: must be a date written as '%d/%m/%Y', got '2025-01-02'"):
        read(GOOD, date_format="%d/%m/%Y")


def test_a_today_that_is_no_date_is_refused(read):
    with pytest.raises(InputError, match=r"today: must be a datetime.date, got '2026-01-31'"):
        read(GOOD, today="2026-01-31")


def test_without_today_the_real_day_counts(tmp_path):
    tomorrow = datetime.date.today() + datetime.timedelta(days=2)
    path = tmp_path / "log.csv"
    path.write_text(f"customer,date,amount\na,{tomorrow},1\n")
    with pytest.raises(InputError, match="lies in the future"):
        read_transactions(path)
