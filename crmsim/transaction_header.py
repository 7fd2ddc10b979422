"""The first line of a firm's log: which column is the customer, the date, the amount, the currency.

Every till has its own words for the same four things, as every country has its own words for the
exits of a station. A column is found by its plain name, in English or Chinese, or else by one of the
usual other names; what may be two columns is not guessed.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence

from crmsim.errors import InputError

__all__ = ["ALIASES", "FIELDS", "OWN_NAMES", "SEPARATORS", "best_separator", "column_positions"]

SEPARATORS = (",", ";", "\t")
"""Column separators that are tried on the header of a CSV file."""

FIELDS = ("customer", "date", "amount", "currency")
"""The columns of a log; the last may be absent."""

OWN_NAMES: dict[str, tuple[str, ...]] = {
    "customer": ("customer", "客户"),
    "date": ("date", "日期"),
    "amount": ("amount", "金额"),
    "currency": ("currency", "币种"),
}
"""Names that win over `ALIASES` where a file has both."""

ALIASES: dict[str, tuple[str, ...]] = {
    "customer": (
        "customer_id", "customerid", "id", "client", "client_id", "cust_id", "user_id", "member_id",
        "客户号", "客户id", "客户_id", "客户编号", "客户代码", "客户名称", "顾客", "顾客id", "顾客编号",
        "会员", "会员号", "会员id", "会员_id", "会员编号", "会员卡号",
        "用户", "用户id", "用户_id", "用户编号",
    ),
    "date": (
        "invoice_date", "invoicedate", "transaction_date", "order_date", "purchase_date", "day",
        "交易日期", "订单日期", "下单日期", "购买日期", "消费日期", "销售日期", "付款日期",
        "时间", "交易时间", "下单时间", "购买时间", "消费时间",
    ),
    "amount": (
        "dollar_value", "value", "sales", "revenue", "spend", "total", "monetary_value",
        "交易金额", "订单金额", "消费金额", "购买金额", "销售金额", "销售额", "消费额", "支付金额",
        "付款金额", "实付金额", "总金额", "总额",
    ),
    "currency": ("currency_code", "ccy", "curr", "iso_currency", "货币", "币别", "货币代码", "交易币种"),
}  # fmt: skip
"""Names under which a column is found when the column is not called by its own name."""


def best_separator(first: str, chosen: Mapping[str, str | None]) -> str:
    """Return the separator under which most columns of a log are found, then the one with most columns.

    Parameters
    ----------
    first : str
        The line that holds the names.
    chosen : mapping of str to str or None
        For each of `FIELDS`, the exact name of its column, or None.

    Examples
    --------
    >>> best_separator("Customer ID;Date;Sales, net", dict.fromkeys(FIELDS))
    ';'
    """

    def merit(separator: str) -> tuple[int, int]:
        header = [cell.strip() for cell in next(csv.reader([first], delimiter=separator))]
        return sum(bool(_candidates(header, field, name)) for field, name in chosen.items()), len(header)

    return max(SEPARATORS, key=merit)


def column_positions(header: Sequence[str], chosen: Mapping[str, str | None], where: str) -> dict[str, int]:
    """Return at which place of the header each column of a log stands.

    Parameters
    ----------
    header : sequence of str
        Names as the file has them.
    chosen : mapping of str to str or None
        As in `best_separator`.
    where : str
        ``file:line`` of the header, for messages.

    Returns
    -------
    dict of str to int
        From 0; without ``currency`` where the file has no such column.

    Raises
    ------
    InputError
        A column is missing or ambiguous, or one column would be two things.

    Examples
    --------
    >>> column_positions(["客户", "日期", "金额"], dict.fromkeys(FIELDS), "log.csv:1")
    {'customer': 0, 'date': 1, 'amount': 2}
    """
    positions: dict[str, int] = {}
    for field, name in chosen.items():
        found = _candidates(header, field, name)
        if not found and field == "currency" and name is None:
            continue
        if not found:
            listed = ", ".join(repr(cell) for cell in header)
            hint = "" if name is not None else f"; if it has another name, say {field}=..."
            raise InputError(name or field, f"column is missing, the header has {listed}{hint}", where=where)
        if len(found) > 1:
            listed = ", ".join(repr(header[at]) for at in found)
            raise InputError(field, f"column is ambiguous, it may be {listed}; say {field}=...", where=where)
        if found[0] in positions.values():
            raise InputError(field, "must be a column of its own", header[found[0]], where=where)
        positions[field] = found[0]
    return positions


def _candidates(header: Sequence[str], field: str, name: str | None) -> list[int]:
    """Columns that may be the field: the one asked for, the one called so, or else its aliases."""
    if name is not None:
        return [at for at, cell in enumerate(header) if cell == name]
    plain = [re.sub(r"\W+", "_", cell.lower()).strip("_") for cell in header]
    exact = [at for at, cell in enumerate(plain) if cell in OWN_NAMES[field]]
    return exact or [at for at, cell in enumerate(plain) if cell in ALIASES[field]]
