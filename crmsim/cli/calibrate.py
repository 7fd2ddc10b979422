"""``crmsim calibrate LOG --out FOLDER``."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

import pandas as pd

from crmsim.calibration import calibrate
from crmsim.calibration_report import calibration_sentences, write_calibration
from crmsim.errors import InputError
from crmsim.folders import check_target
from crmsim.text import say
from crmsim.transactions import read_transactions

__all__ = ["asked_day", "asked_log", "calibrate_command"]


def calibrate_command(options: argparse.Namespace) -> int:
    """Fit a scenario to a log, say how good the fit is, and write it."""
    check_target(options.out, replace=options.replace)
    end = asked_day("calibration_end", options.calibration_end)
    transactions = asked_log(options)
    result = calibrate(
        transactions,
        name=options.name,
        base=options.base,
        currency=options.currency,
        calibration_end=end,
        customers=options.customers,
        seed=options.seed,
        engine=options.engine,
    )
    lang = options.lang
    for sentence in calibration_sentences(result, lang):
        print(sentence)
    page = write_calibration(result, options.out, lang=lang, replace=options.replace)
    print(say("cli.scenario", lang, path=Path(options.out) / "scenario.yaml"))
    print(say("cli.report", lang, path=page))
    return 0


def asked_log(options: argparse.Namespace) -> pd.DataFrame:
    """Read the log that was asked for, as the options say."""
    return read_transactions(
        options.log,
        customer=options.customer_column,
        date=options.date_column,
        amount=options.amount_column,
        currency=options.currency_column,
        date_format=options.date_format,
        returns=options.returns,
        only_currency=options.only_currency,
    )


def asked_day(field: str, text: str | None) -> date | None:
    """Return the day that an option names, if it was given."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(field, "must be a day as YYYY-MM-DD", text) from None
