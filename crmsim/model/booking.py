"""Writing the journal: a row for what happened, and money under its value component."""

from __future__ import annotations

from crmsim.compiling import inlined
from crmsim.model.records import DAY
from crmsim.model.value import discount_factor

__all__ = ["book", "mark", "note"]


@inlined
def note(c, run, log, now, kind, detail, amount, component):
    """Write one row of the ledger, and count it."""
    run.events[kind, c.tier] += 1
    if run.logging:
        row = log[run.rows]
        row.time = now
        row.amount = amount
        row.customer = c.number
        row.detail = detail
        row.kind = kind
        row.component = component
        row.tier = c.tier
        row.stage = c.observed_stage
        row.true_stage = c.stage
        run.rows += 1


@inlined
def book(c, p, run, log, now, kind, detail, amount, component):
    """Book an amount of money under its value component, and write the row."""
    if c.discounted != now:
        # One event books several amounts.
        c.discounted = now
        c.discount = discount_factor((now - c.entered) / DAY, p.log_growth)
    c.value[component] += amount * c.discount
    c.total[component] += amount
    c.window[component] += amount
    note(c, run, log, now, kind, detail, amount, component)


@inlined
def mark(c, trigger):
    """Remember that something happened to the customer which a rule may wait for."""
    c.triggers |= 1 << trigger
