"""What is known of one customer, of one run, and of one ledger row: the records behaviour works on.

Think of the index card that a shop keeps of each customer, with a hidden half that only the
simulator can read. Records are NumPy rows, so that compiled and plain Python code share them.
Times are whole seconds since the start of the run; a length of time inside an equation is in days.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from crmsim.events import Component, EventKind
from crmsim.model.programmes import PROGRAMMES
from crmsim.model.servqual import DIMENSIONS
from crmsim.stages import Cause, Stage
from crmsim.tiers import Tier

__all__ = [
    "CAUSE_COUNT",
    "CLOCKS",
    "COMPONENT_COUNT",
    "CUSTOMER",
    "DAY",
    "KIND_COUNT",
    "MONTHS_KEPT",
    "NEVER",
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
    ("consents", "i8"),  # 1 for who agreed to be contacted
    ("segment", "i8"),  # 1 to 4, a label that goes with the purchase rate
    ("industry", "i8"),  # 1 to 4, a label that goes with the fit
    ("digital", "i8"),  # 1 for who prefers the digital channel
    ("split", "i8"),  # 1 for whose record is kept twice
]
_STATE = [
    ("status", "i8"),
    ("cause", "i8"),
    ("declining", "i8"),
    ("decline_cause", "i8"),
    ("stage", "i8"),  # the truth
    ("observed_stage", "i8"),  # what the firm reads from its records
    ("tier", "i8"),
    ("n", "i8"),  # purchases so far
    ("categories", "i8"),  # further categories
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
    ("managers_lost", "i8"),
    ("grievance", "f8"),
    ("recovery_expected", "f8"),
    ("wait_expected", "f8"),  # days
    ("wallet", "f8"),
    ("wallet_max", "f8"),
    ("contacts", "i8"),
    ("complaints", "i8"),
    ("referrals", "i8"),
    ("referrals_settled", "i8"),
    ("resolved", "i8"),  # complaints answered
    ("missed", "i8"),  # periods without a purchase, one after the other
    ("unpaid", "i8"),
    ("points", "f8"),  # currency of list value that counts toward the next reward
    ("rewards", "i8"),
    ("returns", "i8"),  # times won back
    ("returning", "i8"),  # 1 between coming back and the first period of the contract
    ("win_backs", "i8"),  # times asked to come back
    ("stated_cause", "i8"),  # what the firm was told at the end; 0 = unknown
    ("reviews_in_red", "i8"),  # tier reviews in a row at which the trailing net contribution was negative
    ("triggers", "i8"),  # bit mask of what happened and was not yet answered
    ("surveys", "i8"),
    ("survey_score", "i8"),  # last answer, 1 to 5; 0 before the first
    ("survey_nps", "i8"),  # last answer, 0 to 10; -1 before the first
    ("survey_index", "f8"),  # last answer, 0 to 100; nan before the first
    ("servqual_perceived", "f8", (DIMENSIONS,)),
    ("servqual_expected", "f8", (DIMENSIONS,)),
    ("problem_severity", "f8"),  # of the last problem
    ("problem_repeated", "i8"),
    ("cases", "i8"),  # complaints that the back office has not settled
    ("case_ordinal", "i8"),  # of the last of them
    ("case_severity", "f8"),  # of the worst
    ("case_repeated", "i8"),
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
    ("next_clock", "i8"),
    ("budget", "f8", (CLOCKS,)),  # unit exponentials still to burn
    ("rate", "f8", (CLOCKS,)),  # per day
    ("rings", "i8", (CLOCKS,)),
]
_TREATMENT = [
    ("programme", "f8", (PROGRAMMES,)),  # intensity in force
    ("quality_raised", "f8"),
    ("price_cut", "f8"),
    ("desk_class", "i8"),
    ("recovery_boost", "f8"),
    ("compensation", "f8"),  # share of mean spend per complaint
    ("complaint_boost", "f8"),
    ("service_cut", "f8"),  # share of the cost to serve
    ("offer", "f8"),  # felt strength of a save offer
    ("offer_until", "i8"),
    ("offers", "i8"),
    ("spend_cost", "f8"),  # share of list value that programmes cost
    ("points_threshold", "f8"),  # currency; 0 = no points
    ("points_value", "f8"),  # currency per reward
    ("points_gradient", "f8"),
    ("referral_push", "f8"),  # multiplier of the rate of recommending
    ("referral_bonus", "f8"),  # currency per customer brought
    ("disclosed", "f8"),  # how much faster trust grows
    ("managed", "i8"),  # 1 while there is an account manager
    ("team", "f8"),  # share of the tie that colleagues and records hold
    ("invested", "f8"),  # what the firm puts into the partnership, 0 to 1
    ("custom_mode", "i8"),
    ("custom_depth", "f8"),
    ("integrated", "f8"),  # share of the handover between channels saved
    ("unified", "i8"),  # 1 while the two records of a customer are seen as one
    ("explained", "f8"),  # share of the firm's effort that the customer was shown
    ("held_until", "i8", (TRIGGER_SLOTS,)),
]
_MONEY = [
    ("value", "f8", (COMPONENT_COUNT,)),  # discounted to the customer's own entry
    ("total", "f8", (COMPONENT_COUNT,)),  # undiscounted
    ("window", "f8", (COMPONENT_COUNT,)),  # undiscounted, in the window under way
    ("won_cost", "f8"),  # currency, the share of calls and advertising that winning the customer took
    ("cash", "f8"),  # undiscounted cash flow, added up independently of the components
    ("revenue_months", "f8", (MONTHS_KEPT,)),
    ("net_months", "f8", (MONTHS_KEPT,)),
]

_WHO = [("key", "u8"), ("number", "i8"), ("parent", "i8"), ("generation", "i8")]
#: One customer. ``key`` is the address of the customer's luck, ``number`` the place in the table.
CUSTOMER = np.dtype((np.record, [*_WHO, *_TRAITS, *_STATE, *_TIMES, *_CLOCKS, *_TREATMENT, *_MONEY]))

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
            ("reputation", "f8"),
            ("answered", "f8"),  # share of what is said in public that the firm takes up in the window
            ("unshared", "f8"),  # currency: calls and advertising that nobody won has yet paid for
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
