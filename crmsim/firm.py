"""What the firm does at the end of each window of 30 days.

In this order, which is the only one: everybody is brought up to date and the books of the window are
closed, another future begins (where the run is one), the situation changes (where the scenario says so),
tiers are reviewed (when it is time), word of mouth has its effect, prospects inquire, stages are
observed and accounts charged, customers are surveyed (when it is time), the strategy is applied, a
snapshot is taken, and everybody plans anew.
Whatever one customer does to another takes effect here, never inside a window. Where customers do not
concern one another, :mod:`crmsim.passes` does several of these steps with one before it turns to the next.
"""

from __future__ import annotations

import numpy as np

from crmsim.acquisition import let_in
from crmsim.branch import Branch
from crmsim.events import COMPONENTS
from crmsim.firm_view import active_scores, firm_view, known_measures, who_may_return
from crmsim.luck import Purpose, uniforms
from crmsim.model.records import DAY, WINDOW
from crmsim.model.tiers import assign_tiers
from crmsim.model.traits import draw_traits
from crmsim.passes import (
    MOST_ROWS_OPENED,
    MOST_ROWS_TREATED,
    active_customers,
    begin_referred,
    close_books,
    enter_future,
    open_window,
    retier,
    settle_referrals,
    spread_word,
    trailing_revenue,
    treat_all,
    who_is_due,
)
from crmsim.rule_records import BY_LOT, NOT_RANKED, ActionCode, Measure, order_record
from crmsim.scores import Score
from crmsim.stages import Stage, Status
from crmsim.strategies.base import MAX_RULES
from crmsim.strategies.programmed import ProgrammedStrategy
from crmsim.treatment import acts

__all__ = ["close_window"]

_COUNTS = np.array([info.counts for info in COMPONENTS.values()])
_NO_RULES = np.empty(0, np.int64)
#: So many customers are worked on before the log is emptied.
_BLOCK = 1 << 15


def close_window(branch: Branch, now: int) -> None:
    """Do the firm's work at the end of a window (seconds), and open the next one."""
    b, month = branch, branch.new_month(now)
    b.here, active, prospects = close_books(
        b.customers, b.present[: b.here], b.parameters, b.run, _COUNTS, month, b.active, now
    )
    known = b.count
    if b.future is not None and b.future[0] * DAY == now:
        enter_future(b.customers, b.count, b.future[1])
    _change_situation(b, now)
    if now % (int(b.parameters["tier_every_days"][0]) * DAY) == 0:
        _review_tiers(b, b.active[:active], month, now)
    _word_of_mouth(b, b.active[:active], now)
    let_in(b, now, month)
    b.present[b.here : b.here + b.count - known] = np.arange(known, b.count)
    b.here += b.count - known
    b.next_window(now)
    _open_window(b, active, month, now)
    month["stages"][0, Stage.PROSPECT] = prospects + b.count - known
    month["stages"][0, Stage.ENDED] = b.count - month["stages"].sum()
    month["customers"] = b.count
    month["reputation"] = b.run["reputation"]
    month["survey"] = b.run["survey"]
    b.run["survey"] = 0
    month["events"] = b.run["events"]


def _change_situation(b: Branch, now: int) -> None:
    """Let other parameters hold from now on, where the scenario says so."""
    while b.changes and b.changes[0][0] * DAY <= now:
        _, parameters, trust_lost = b.changes.pop(0)
        b.parameters[:] = parameters
        if trust_lost > 0.0:
            known = b.customers["status"][: b.count] != Status.PROSPECT
            b.customers["trust"][: b.count][known] *= 1.0 - trust_lost


def _review_tiers(b: Branch, active: np.ndarray, month: np.ndarray, now: int) -> None:
    """Rank the active customers by trailing revenue and assign tiers."""
    p = b.parameters[0]
    shares = (float(p["tier_vip"]), float(p["tier_important"]), float(p["tier_ordinary"]))
    tiers = assign_tiers(trailing_revenue(b.customers, active), shares)
    b.make_room(len(active))
    retier(b.customers, active, tiers, b.parameters, b.run, b.log, month, now)


def _word_of_mouth(b: Branch, active: np.ndarray, now: int) -> None:
    """Let recommendations bring customers and departures cost reputation."""
    recommendations = int(b.run["recommendations"][0])
    if recommendations > 0:
        before = b.count
        b.make_room(recommendations)
        b.count = settle_referrals(b.customers, before, active, b.parameters, b.run, b.log, now)
        if b.count > before:
            draw_traits(b.customers[before : b.count], b.parameters)
            begin_referred(b.customers, before, b.count, b.parameters, now)
    spread_word(b.parameters, b.run, b.initial, now)


def _open_window(b: Branch, active: int, month: np.ndarray, now: int) -> None:
    """Observe, charge, survey, apply the strategy, take the snapshot, and let everybody plan anew.

    Winning back comes first of the rules, so that the others reach those who return. What rules themselves
    set off (a low answer to their survey) waits for the next occasion, whatever their order.
    """
    waiting = np.zeros(b.count if b.run["triggered"][0] else 1, np.int32)
    opened = False
    batch: list[int] = []
    for number in _due_rules(b, now):
        rule = b.rules[number : number + 1]
        if _private(b, rule[0]):
            batch.append(number)
            continue
        if batch or not opened:
            _visit(b, active, waiting, batch, month, now, opens=not opened, closes=False)
        opened, batch = True, []
        chosen = _chosen(b, b.active[:active], waiting, rule, number, now)
        b.make_room(MOST_ROWS_TREATED * len(chosen))
        treat_all(b.customers, chosen, waiting, b.parameters, rule, number, b.run, b.log, now)
        if rule["action"][0] == ActionCode.WIN_BACK:
            active = active_customers(b.customers, b.count, b.active)
    if isinstance(b.strategy, ProgrammedStrategy) and now < b.horizon:
        _visit(b, active, waiting, [], month, now, opens=True, closes=False)
        opened = True
        _carry_out_orders(b, b.strategy, waiting, now)
        active = active_customers(b.customers, b.count, b.active)
    _visit(b, active, waiting, batch, month, now, opens=not opened, closes=True)


def _due_rules(b: Branch, now: int) -> list[int]:
    """Return the numbers of the rules that act on customers now, those that win back first."""
    if now >= b.horizon:
        return []
    wins_back = b.rules["action"][:-1] == ActionCode.WIN_BACK
    return [
        number
        for number in np.argsort(~wins_back, kind="stable").tolist()
        if not b.rules["firm_wide"][number]
        and (now // WINDOW) % int(b.rules["every"][number]) == 0
        and acts(b.rules[number], now)
    ]


def _private(b: Branch, rule: np.record) -> bool:
    """Return whether a rule compares nobody with others, so that it can be applied to one at a time."""
    shared = b.budget_per_year is not None or rule["rank_by"] != NOT_RANKED
    return not shared and rule["action"] != ActionCode.WIN_BACK


def _visit(
    b: Branch,
    active: int,
    waiting: np.ndarray,
    numbers: list[int],
    month: np.ndarray,
    now: int,
    *,
    opens: bool,
    closes: bool,
) -> None:
    """Let the compiled pass do its part with every active customer, in blocks where there is a log."""
    survey_days = int(b.parameters["survey_days"][0])
    surveys = survey_days > 0 and now % (survey_days * DAY) == 0
    rules = np.array(numbers, np.int64) if numbers else _NO_RULES
    block = _BLOCK if b.run["logging"][0] else max(active, 1)
    for first in range(0, active, block):
        some = b.active[first : min(first + block, active)]
        b.make_room((MOST_ROWS_OPENED + MOST_ROWS_TREATED * len(rules)) * len(some))
        open_window(
            b.customers, some, waiting, b.parameters, b.rules, rules, b.run, b.log, month, now,
            opens, surveys, closes,
        )  # fmt: skip


def _chosen(
    b: Branch, active: np.ndarray, waiting: np.ndarray, rule: np.ndarray, number: int, now: int
) -> np.ndarray:
    """Return whom a rule that compares customers picks, as far as the budget goes."""
    if rule["action"][0] == ActionCode.WIN_BACK:
        chosen = who_may_return(b.customers, b.count, rule, now)
    else:
        chosen = who_is_due(b.customers, active, waiting, rule, now)
    return _afford(b, rule[0], number, _pick(b, rule[0], number, chosen, now), now)


def _carry_out_orders(b: Branch, strategy: ProgrammedStrategy, waiting: np.ndarray, now: int) -> None:
    """Ask a programmed strategy what is to be done now, and do it."""
    for number, order in enumerate(strategy.orders(firm_view(b, now))):
        rule = order_record(order, strategy, b.scenario)
        b.make_room(MOST_ROWS_TREATED * len(order.numbers))
        treat_all(b.customers, order.numbers, waiting, b.parameters, rule, number, b.run, b.log, now)


def _ranked(b: Branch, rule: np.record, number: int, chosen: np.ndarray, code: int, now: int) -> np.ndarray:
    """Return those chosen, the highest measure or score first; ties, and all where asked for, by lot."""
    lot = np.empty(len(chosen))
    # Each rule draws its own lots, so that two rules by lot do not pick the same people.
    address = now // WINDOW * (MAX_RULES + 1) + number
    uniforms(np.ascontiguousarray(b.customers["key"][chosen]), int(Purpose.RANK), address, lot)
    if code == BY_LOT:
        return chosen[np.argsort(lot, kind="stable")]
    if code < Score.RISK:
        known = known_measures(b.customers, chosen, code, now)
    else:
        strength = float(rule["numbers"][0])
        noise = float(rule["score_noise"])
        known = active_scores(b.customers, chosen, b.parameters, code, strength, noise, now)
    return chosen[np.lexsort((lot, -known))]


def _pick(b: Branch, rule: np.record, number: int, chosen: np.ndarray, now: int) -> np.ndarray:
    if rule["rank_by"] == NOT_RANKED:
        return chosen
    keep = int(np.ceil(rule["top_share"] * len(chosen) - 1e-9))
    return _ranked(b, rule, number, chosen, int(rule["rank_by"]), now)[:keep]


def _afford(b: Branch, rule: np.record, number: int, chosen: np.ndarray, now: int) -> np.ndarray:
    """Cut the list where the year's budget ends; the most valuable come first unless ranked before."""
    if b.budget_per_year is None:
        return chosen
    length = (int(b.run["window_end"][0]) - now) / WINDOW
    cost = float(rule["use_cost"]) + float(rule["month_cost"]) * length
    if cost <= 0.0:
        return chosen
    if rule["rank_by"] == NOT_RANKED:
        chosen = _ranked(b, rule, number, chosen, int(Measure.REVENUE_12M), now)
    paid = chosen[: int(b.budget_left(now) / cost + 1e-9)]
    b.spent += cost * len(paid)
    b.run["refused"] += cost * (len(chosen) - len(paid))
    return paid
