"""The recovery paradox: whether a failure made good leaves people happier than no failure at all.

The waiter drops the soup, apologises, brings another at once and dessert on the house: some guests
go home happier than those who got their soup. Not if he drops it twice, and not if he set fire to the
tablecloth.
"""

from __future__ import annotations

import numpy as np

from crmsim.compiling import compiled
from crmsim.ledger import Ledger
from crmsim.lessons.base import Arm, Break, Contrast, Lesson, above, below
from crmsim.metrics.desk import mean_wait_days
from crmsim.model.contact import answer_contact
from crmsim.model.experience import COMPLAINT, experience
from crmsim.model.records import DAY, ROW
from crmsim.scenario import Scenario, parameter_record
from crmsim.stages import Status
from crmsim.strategies import find_strategy

__all__ = ["LESSON"]

#: Days: customers are taken as they are then.
END = 1080
#: Between the first failure and the second.
_APART = 90 * DAY


def arms(scenario: Scenario) -> list[Arm]:
    """Complaints answered as usual, or welcomed, answered better and compensated."""
    return [Arm("do_nothing", scenario), Arm("recovery", scenario, find_strategy("recovery"))]


def measure(ledger: Ledger) -> dict[str, float]:
    """Satisfaction and trust after a failure made good, less those after the same purchase without it.

    Everybody who is there at the end makes one more purchase (and a second one), in a world in which
    it goes wrong and in one in which it does not. A failure is complained of and answered after the
    wait that is usual at this desk, by the model's own functions.
    """
    service = ledger.scenario.service
    mild, bad = service.sev_min, service.sev_min + service.sev_range
    minor, major = _after_failures(ledger, mild), _after_failures(ledger, bad)
    return {
        "minor_first": minor[0], "minor_again": minor[1], "major_first": major[0], "major_again": major[1],
        "trust_minor_first": minor[2],
    }  # fmt: skip


def _boost(ledger: Ledger) -> float:
    """Return what the strategy adds to the quality of recovery, for everybody and always."""
    return sum(rule.do.recovery or 0.0 for rule in ledger.strategy.rules)


def _after_failures(ledger: Ledger, severity: float) -> tuple[float, float, float]:
    """Return what a first and a second failure do to satisfaction, and what the first does to trust."""
    scenario = ledger.scenario.with_values(changes=[])
    people = ledger.customers[ledger.customers["status"] == Status.ACTIVE]
    # Who had a problem of late would not meet the first one.
    people = people[ledger.horizon_days * DAY - people["last_problem"] >= 365 * DAY].copy()
    if not len(people):
        return (float("nan"),) * 3
    # Treatments are laid down when the books are closed at the end.
    people["recovery_boost"] = _boost(ledger)
    usual = parameter_record(scenario)
    fails = parameter_record(scenario.with_values(problem_prob=1.0, sev_min=severity, sev_range=0.0))
    works = parameter_record(scenario.with_values(problem_prob=0.0))
    run = _silent_run(ledger)
    # Where nobody ever called, an answer would come at once.
    wait = round(float(np.nan_to_num(mean_wait_days(ledger))) * DAY)
    now, log = ledger.horizon_days * DAY, np.zeros(1, ROW)
    failed, spared = people.copy(), people.copy()
    _buy(failed, fails, usual, run, log, now, wait)
    _buy(spared, works, usual, run, log, now, wait)
    first = failed["satisfaction"] - spared["satisfaction"]
    trust = failed["trust"] - spared["trust"]
    again, only_once = failed.copy(), failed.copy()
    _buy(again, fails, usual, run, log, now + _APART, wait)
    _buy(only_once, works, usual, run, log, now + _APART, wait)
    second = again["satisfaction"] - only_once["satisfaction"]
    return float(first.mean()), float(second.mean()), float(trust.mean())


def _silent_run(ledger: Ledger) -> np.ndarray:
    """Return a copy of the run's record that writes nothing down."""
    run = np.array([ledger.run])
    run["logging"] = 0
    return run


@compiled
def _buy(customers, parameters, usual, run, log, now, wait):
    """Let everybody buy once; whoever has a problem complains and is answered after `wait` seconds."""
    for i in range(len(customers)):
        c = customers[i]
        experience(c, parameters[0], run[0], log, now)
        if c.last_problem == now:
            answer_contact(
                c, usual[0], run[0], log, now + wait, COMPLAINT, c.contacts + 1, wait, 0,
                c.problem_severity, c.problem_repeated,
            )  # fmt: skip


LESSON = Lesson(
    name="recovery_paradox",
    concepts=("service-recovery", "complaint-handling", "q-sc-07-recovery"),
    arms=arms,
    measure=measure,
    contrasts=(
        Contrast("minor_first", "ratio", above(0.0), lambda run: run["recovery"]["minor_first"]),
        Contrast("major_again", "ratio", below(0.0), lambda run: run["recovery"]["major_again"]),
        Contrast("ordinary", "ratio", below(0.0), lambda run: run["do_nothing"]["minor_first"]),
        Contrast(
            "wears_out", "ratio", below(0.0),
            lambda run: run["recovery"]["minor_again"] - run["recovery"]["minor_first"],
        ),
        Contrast("trust", "ratio", below(0.0), lambda run: run["recovery"]["trust_minor_first"]),
    ),
    breaks=(
        Break("recovery_delights_nobody", {"rec_weight": 0.0}),
        Break("excellence_is_expected", {"rec_exp0": 0.8}),
        Break("answers_come_late", {"desk_load": 1.2}),
    ),
    setting={"customers": 1000, "desk_load": 0.66, "horizon_days": END},
    units=dict.fromkeys(
        ("minor_first", "minor_again", "major_first", "major_again", "trust_minor_first"), "ratio"
    ),
)  # fmt: skip
