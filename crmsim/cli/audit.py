"""``crmsim audit LOG``: every customer of a transaction log, valued and graded."""

from __future__ import annotations

import argparse
from pathlib import Path

from crmsim.audit_report import audit_sentences, write_audit
from crmsim.cli.calibrate import asked_day, asked_log
from crmsim.customer_audit import audit_customers
from crmsim.folders import check_target
from crmsim.text import say

__all__ = ["audit_command"]


def audit_command(options: argparse.Namespace) -> int:
    """Value and grade the customers of a log, say what was found, and write page, pictures and tables."""
    lang = options.lang
    out = f"{Path(options.log).stem}-audit" if options.out is None else options.out
    check_target(out, replace=options.replace)
    end = asked_day("observation_end", options.observation_end)
    found = audit_customers(
        asked_log(options),
        margin=options.margin,
        annual_discount_rate=options.discount_rate,
        currency=options.currency,
        observation_end=end,
    )
    for sentence in audit_sentences(found, lang):
        print(sentence)
    print(say("cli.report", lang, path=write_audit(found, out, lang=lang, replace=options.replace)))
    return 0
