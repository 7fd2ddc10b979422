"""What is known of one customer, of one run, and of one ledger row: the records behaviour works on.

Think of the index card that a shop keeps of each customer, with a hidden half that only the
simulator can read. Records are NumPy rows, so that compiled and plain Python code share them.
Times are whole seconds since the start of the run; a length of time inside an equation is in days.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from crmsim.compiling import LINE
from crmsim.events import Component, EventKind
from crmsim.model.programmes import PROGRAMMES
from crmsim.model.servqual import DIMENSIONS
from crmsim.stages import Cause, Stage
from crmsim.tiers import Tier

__all__ = [
    "BOOKS_BYTES",
    "CALL_BYTES",
    "CAUSE_COUNT",
    "CLOCKS",
    "COMPONENT_COUNT",
    "CUSTOMER",
    "DAY",
    "EVENT_BYTES",
    "KIND_COUNT",
    "MONTHS_KEPT",
    "NEVER",
    "PLANS_BYTES",
    "ROW",
    "RULE_NUMBERS",
    "RUN",
    "STAGE_COUNT",
    "TIER_COUNT",
    "TRIGGER_SLOTS",
    "WAIT_BUCKETS",
    "WINDOW",
    "Clock",
    "SurveyCount",
    "Trigger",
]

DAY = 86_400
#: The firm's own process runs at the end of each window.
WINDOW = 30 * DAY
#: A time that does not come. It leaves room for the three bits that a kernel adds to a time.
NEVER = 2**59
#: Trailing revenue covers so many windows (360 days).
MONTHS_KEPT = 12
#: Waits are counted in powers of two of a minute.
WAIT_BUCKETS = 24
RULE_NUMBERS = 4
#: So many rules of one strategy may hold for a time after a trigger.
TRIGGER_SLOTS = 8

COMPONENT_COUNT = len(Component)
KIND_COUNT = len(EventKind)
STAGE_COUNT = len(Stage)
TIER_COUNT = len(Tier)
CAUSE_COUNT = len(Cause)


class Clock(IntEnum):
    """The clocks that run in a customer at the same time; whichever rings first, happens."""

    PURCHASE = 0
    NEED = 1
    GRIEVANCE = 2
    NEGLECT = 3
    COMPETITOR = 4
    REFERRAL = 5
    INQUIRY = 6
    EXIT = 7
    BACK_OFFICE = 8


CLOCKS = len(Clock)


class Trigger(IntEnum):
    """What can set off a rule: things that happen to a customer and that a firm may act upon."""

    ACQUIRED = 0
    FIRST_PURCHASE = 1
    PURCHASE = 2
    PROBLEM = 3
    COMPLAINT = 4
    RESOLVED = 5
    TIER_UP = 6
    TIER_DOWN = 7
    DECLINE_SIGNAL = 8
    LAPSED = 9
    REWARD_EARNED = 10
    LOW_SURVEY = 11


class SurveyCount(IntEnum):
    """What is counted of surveys in a window."""

    ASKED = 0
    ANSWERED = 1
    SCORES = 2
    PROMOTERS = 3
    DETRACTORS = 4


_TRAITS = [
    ("purchase_rate", "f8"),  # per year, at baseline share of wallet
    ("dropout", "f8"),  # natural dropout probability per experience
    ("need_rate", "f8"),  # per year
    ("mean_spend", "f8"),  # currency per purchase, or the fee
    ("price_sensitivity", "f8"),  # mean 1
    ("barrier", "f8"),
    ("responsiveness", "f8"),  # mean 1
    ("complains", "f8"),  # probability of complaining
    ("fit", "f8"),  # added to quality
    ("initial_expectation", "f8"),
    ("inquiry_rate", "f8"),  # per year
    ("credit_risk", "f8"),  # probability of not paying for a purchase
    ("consents", "i1"),  # 1 for who agreed to be contacted
    ("segment", "i1"),  # 1 to 4, a label that goes with the purchase rate
    ("industry", "i1"),  # 1 to 4, a label that goes with the fit
    ("digital", "i1"),  # 1 for who prefers the digital channel
    ("split", "i1"),  # 1 for whose record is kept twice
]
_STATE = [
    ("status", "i1"),
    ("cause", "i1"),
    ("declining", "i1"),
    ("decline_cause", "i1"),
    ("stage", "i1"),  # the truth
    ("observed_stage", "i1"),  # what the firm reads from its records
    ("tier", "i1"),
    ("n", "i4"),  # purchases so far
    ("categories", "i4"),  # further categories
    ("expectation", "f8"),
    ("decider_expectation", "f8"),  # of who decides, where somebody else uses
    ("programme_expectation", "f8", (PROGRAMMES,)),
    ("satisfaction", "f8"),  # running mean of signed disconfirmation
    ("ratio", "f8"),  # running mean of c = b / a
    ("attitude", "f8"),
    ("trust", "f8"),
    ("habit", "f8"),
    ("partnership", "f8"),
    ("tie", "f8"),  # to the account manager
    ("managers_lost", "i4"),
    ("grievance", "f8"),
    ("recovery_expected", "f8"),
    ("wait_expected", "f8"),  # days
    ("wallet", "f8"),
    ("wallet_max", "f8"),
    ("contacts", "i4"),
    ("complaints", "i4"),
    ("referrals", "i4"),
    ("referrals_settled", "i4"),
    ("resolved", "i4"),  # complaints answered
    ("missed", "i4"),  # periods without a purchase, one after the other
    ("unpaid", "i4"),
    ("points", "f8"),  # currency of list value that counts toward the next reward
    ("rewards", "i4"),
    ("returns", "i4"),  # times won back
    ("returning", "i1"),  # 1 between coming back and the first period of the contract
    ("win_backs", "i4"),  # times asked to come back
    ("stated_cause", "i1"),  # what the firm was told at the end; 0 = unknown
    ("reviews_in_red", "i4"),  # tier reviews in a row at which the trailing net contribution was negative
    ("triggers", "i4"),  # bit mask of what happened and was not yet answered
    ("surveys", "i4"),
    ("survey_score", "i1"),  # last answer, 1 to 5; 0 before the first
    ("survey_nps", "i1"),  # last answer, 0 to 10; -1 before the first
    ("survey_index", "f8"),  # last answer, 0 to 100; nan before the first
    ("servqual_perceived", "f8", (DIMENSIONS,)),
    ("servqual_expected", "f8", (DIMENSIONS,)),
    ("problem_severity", "f8"),  # of the last problem
    ("problem_repeated", "i1"),
    ("cases", "i4"),  # complaints that the back office has not settled
    ("case_ordinal", "i4"),  # of the last of them
    ("case_severity", "f8"),  # of the worst
    ("case_repeated", "i1"),
    ("case_waited", "f8"),  # days, for the desk
]
_TIMES = [
    ("entry", "i8"),  # when the prospect arrives
    ("entered", "i8"),  # first purchase; NEVER before it
    ("left", "i8"),  # end of the relationship; NEVER before it and after a return
    ("first_left", "i8"),
    ("away", "i8"),  # seconds between leaving and coming back, all together
    ("updated", "i8"),
    ("first_purchase", "i8"),
    ("last_purchase", "i8"),
    ("last_contact", "i8"),
    ("last_problem", "i8"),
    ("case_opened", "i8"),
    ("renewal", "i8"),
    ("due", "i8"),
]
_CLOCKS = [
    ("next_clock", "i1"),
    ("budget", "f8", (CLOCKS,)),  # unit exponentials still to burn
    ("rate", "f8", (CLOCKS,)),  # per day
    ("rings", "i4", (CLOCKS,)),
]
_TREATMENT = [
    ("treated", "i1"),  # 1 where anything below is in force until the end of the window
    ("programme", "f8", (PROGRAMMES,)),  # intensity in force
    ("quality_raised", "f8"),
    ("price_cut", "f8"),
    ("desk_class", "i1"),
    ("recovery_boost", "f8"),
    ("compensation", "f8"),  # share of mean spend per complaint
    ("complaint_boost", "f8"),
    ("service_cut", "f8"),  # share of the cost to serve
    ("offer", "f8"),  # felt strength of a save offer
    ("offer_until", "i8"),
    ("offers", "i4"),
    ("spend_cost", "f8"),  # share of list value that programmes cost
    ("points_threshold", "f8"),  # currency; 0 = no points
    ("points_value", "f8"),  # currency per reward
    ("points_gradient", "f8"),
    ("referral_push", "f8"),  # multiplier of the rate of recommending
    ("referral_bonus", "f8"),  # currency per customer brought
    ("disclosed", "f8"),  # how much faster trust grows
    ("managed", "i1"),  # 1 while there is an account manager
    ("team", "f8"),  # share of the tie that colleagues and records hold
    ("invested", "f8"),  # what the firm puts into the partnership, 0 to 1
    ("custom_mode", "i1"),
    ("custom_depth", "f8"),
    ("integrated", "f8"),  # share of the handover between channels saved
    ("unified", "i1"),  # 1 while the two records of a customer are seen as one
    ("explained", "f8"),  # share of the firm's effort that the customer was shown
    ("held_until", "i8", (TRIGGER_SLOTS,)),
]
_MONEY = [
    ("value", "f8", (COMPONENT_COUNT,)),  # discounted to the customer's own entry
    ("total", "f8", (COMPONENT_COUNT,)),  # undiscounted
    ("window", "f8", (COMPONENT_COUNT,)),  # undiscounted, in the window under way
    ("discounted", "i8"),  # time of the last booking
    ("discount", "f8"),  # present value of 1 then
    ("won_cost", "f8"),  # currency, the share of calls and advertising that winning the customer took
    ("cash", "f8"),  # undiscounted cash flow, added up independently of the components
    ("revenue_months", "f8", (MONTHS_KEPT,)),
    ("net_months", "f8", (MONTHS_KEPT,)),
]

_WHO = [("key", "u8"), ("number", "i4"), ("parent", "i4"), ("generation", "i1")]
_FIELDS = [*_WHO, *_TRAITS, *_STATE, *_TIMES, *_CLOCKS, *_TREATMENT, *_MONEY]
#: What every pass over the customers reads or writes, in the order in which it does. It lies together in
#: memory: a million records are fetched line by line, and a line that nobody asks for costs as much.
_READ_MOST = (
    *("due", "updated", "entered", "left", "last_purchase", "first_purchase", "last_contact", "renewal"),
    *("number", "n", "referrals", "referrals_settled", "triggers"),
    *("status", "next_clock", "tier", "stage"),
    *("observed_stage", "declining", "treated", "managed", "generation"),
    *("budget", "rate", "attitude", "habit", "grievance", "window", "revenue_months", "net_months"),
    # As far as here for the books; what follows is for planning,
    *("trust", "satisfaction", "ratio", "wallet", "wallet_max", "barrier", "partnership", "offer"),
    *("offer_until", "purchase_rate", "need_rate", "inquiry_rate", "price_sensitivity", "price_cut"),
    *("referral_push", "points", "points_threshold", "points_gradient", "discount", "discounted"),
    *("cash", "value", "total", "cases"),
    # and from here on for experiences.
    *("rings", "key", "expectation", "fit", "dropout", "mean_spend", "responsiveness"),
    *("programme", "programme_expectation", "servqual_perceived", "servqual_expected", "contacts"),
    *("problem_severity", "problem_repeated", "desk_class", "categories", "last_problem", "complains"),
    *("complaint_boost", "spend_cost", "quality_raised", "tie", "service_cut", "credit_risk", "disclosed"),
    *("custom_depth", "custom_mode", "consents", "digital", "invested", "complaints"),
    # The desk wants most of the above, and this.
    *("resolved", "wait_expected", "recovery_expected", "recovery_boost", "compensation", "integrated"),
)


def _laid_out(fields: list[tuple], first: tuple[str, ...]) -> np.dtype:
    """Return a record type of these fields in the order in which they are to lie, padded to whole lines."""
    place = {name: at for at, name in enumerate(first)}
    ordered = np.dtype(sorted(fields, key=lambda field: place.get(field[0], len(place))), align=True)
    names = list(ordered.names)
    formats, offsets = zip(*(ordered.fields[name][:2] for name in names), strict=True)
    size = -(-ordered.itemsize // LINE) * LINE
    return np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": size}, align=True)


#: One customer. ``key`` is the address of the customer's luck, ``number`` the place in the table.
CUSTOMER = np.dtype((np.record, _laid_out(_FIELDS, _READ_MOST)))
#: So many bytes of a customer are worked on when books are closed, when plans are made, in an event, and
#: in a call.
BOOKS_BYTES, PLANS_BYTES, EVENT_BYTES, CALL_BYTES = (
    CUSTOMER.fields[name][1] for name in ("trust", "rings", "resolved", "parent")
)

#: One run: what customers share. Within a window they only add to whole numbers here, so the order
#: in which they do cannot matter.
RUN = np.dtype(
    (
        np.record,
        [
            ("horizon", "i8"),
            ("window_start", "i8"),
            ("window_end", "i8"),
            ("logging", "i8"),
            ("rows", "i8"),
            ("pool", "i8"),
            ("referred", "i8"),
            ("budgeted", "i8"),  # 1 where rules draw on a shared budget
            ("triggered", "i8"),  # 1 where rules wait for triggers
            ("wins_back", "i8"),  # 1 where somebody who left may become a customer again
            ("reputation", "f8"),
            ("answered", "f8"),  # share of what is said in public that the firm takes up in the window
            ("unshared", "f8"),  # currency: calls and advertising that nobody won has yet paid for
            ("refused", "f8"),  # currency: what rules asked for and the budget of the year did not pay
            ("handling_days", "f8"),
            ("recommendations", "i8"),
            ("losses", "i8", (CAUSE_COUNT,)),
            ("events", "i8", (KIND_COUNT, TIER_COUNT)),
            ("wait_seconds", "i8", (TIER_COUNT,)),
            ("waits", "i8", (TIER_COUNT, WAIT_BUCKETS)),
            ("survey", "i8", (len(SurveyCount),)),  # in the window under way
        ],
    )
)

#: One ledger row; the columns of :class:`crmsim.ledger.Ledger` come from here.
ROW = np.dtype(
    (
        np.record,
        [
            ("time", "i8"),
            ("amount", "f8"),
            ("customer", "i4"),
            ("detail", "i4"),
            ("kind", "i1"),
            ("component", "i1"),
            ("tier", "i1"),
            ("stage", "i1"),
            ("true_stage", "i1"),
        ],
    )
)
