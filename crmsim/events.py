"""Words for what can happen, and for what a sum of money counts as.

The two tables at the end, :data:`KINDS` and :data:`COMPONENTS`, are the documentation of the
ledger's columns ``kind`` and ``component``; ``crmsim/ledger.md`` is printed from them.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

__all__ = ["COMPONENTS", "KINDS", "Component", "ComponentInfo", "EventKind", "KindInfo"]


class EventKind(IntEnum):
    """Kind of one ledger row. Codes are stored in files: never renumber, only add."""

    ACQUIRED = 0
    PURCHASE = 1
    VALUE = 2
    CROSS_BUY = 3
    PROBLEM = 4
    COMPLAINT = 5
    INQUIRY = 6
    CONTACT_START = 7
    CONTACT_END = 8
    RECOVERY = 9
    COMPETITOR_OFFER = 10
    REFERRAL = 11
    REFERRED = 12
    ACCOUNT_COST = 13
    TREATMENT = 14
    PROMOTION = 15
    DEMOTION = 16
    STAGE_CHANGE = 17
    DECLINE_SIGNAL = 18
    DISENGAGED = 19
    RE_ENGAGED = 20
    CHURN = 21
    REWARD = 22
    SURVEY = 23
    WIN_BACK_OFFER = 24
    REACTIVATED = 25
    NEGATIVE_WORD = 26
    UNPAID = 27


class Component(IntEnum):
    """What an amount of money counts as: one of the six CLV components, or a relationship cost."""

    NONE = 0
    REVENUE = 1
    CLV1 = 2
    CLV2 = 3
    CLV3 = 4
    CLV4 = 5
    CLV5 = 6
    CLV6 = 7
    ACCOUNT = 8
    CONTACT = 9
    PROGRAMME = 10
    RECOVERY = 11
    OFFER = 12
    QUALITY = 13
    CREDIT = 14


class KindInfo(NamedTuple):
    """What a row of a kind means.

    ``detail`` says what the column of that name holds, ``amount`` the same for money, and
    ``seen`` whether a firm would know of the event (the rest is truth that only a simulator has).
    """

    meaning: str
    detail: str
    amount: str
    seen: bool


KINDS: dict[EventKind, KindInfo] = {
    EventKind.ACQUIRED: KindInfo(
        "the prospect becomes a customer",
        "generation of referral",
        "acquisition cost, calls and advertising (negative)",
        True,
    ),
    EventKind.PURCHASE: KindInfo(
        "a purchase, or a paid period of a contract", "ordinal, from 0", "revenue received", True
    ),
    EventKind.VALUE: KindInfo(
        "the share of a purchase that one value component gets",
        "ordinal of the purchase",
        "contribution (may be negative)",
        True,
    ),
    EventKind.CROSS_BUY: KindInfo("a further product category is added", "categories after it", "none", True),
    EventKind.PROBLEM: KindInfo(
        "something went wrong in the experience", "severity in thousandths", "none", False
    ),
    EventKind.COMPLAINT: KindInfo(
        "the customer complains to the desk", "ordinal of the contact", "none", True
    ),
    EventKind.INQUIRY: KindInfo("a routine call to the desk", "ordinal of the contact", "none", True),
    EventKind.CONTACT_START: KindInfo(
        "an agent takes the call", "seconds waited", "cost of the contact (negative)", True
    ),
    EventKind.CONTACT_END: KindInfo("the call ends", "seconds of handling", "none", True),
    EventKind.RECOVERY: KindInfo(
        "a complaint is resolved", "quality of the recovery in thousandths", "compensation (negative)", True
    ),
    EventKind.COMPETITOR_OFFER: KindInfo("a competitor makes an offer", "1 if accepted", "none", False),
    EventKind.REFERRAL: KindInfo("the customer recommends the firm", "ordinal", "none", False),
    EventKind.REFERRED: KindInfo(
        "a recommendation brought a customer", "number of the new customer", "acquisition cost saved", True
    ),
    EventKind.ACCOUNT_COST: KindInfo(
        "keeping the account for the coming window", "window", "cost (negative)", True
    ),
    EventKind.TREATMENT: KindInfo(
        "a rule of the strategy is applied", "number of the rule, from 0", "cost (negative)", True
    ),
    EventKind.PROMOTION: KindInfo("a review moved the customer up", "tier before", "none", True),
    EventKind.DEMOTION: KindInfo("a review moved the customer down", "tier before", "none", True),
    EventKind.STAGE_CHANGE: KindInfo("the true stage changes", "true stage before", "none", False),
    EventKind.DECLINE_SIGNAL: KindInfo(
        "the firm's own rule says decline", "observed stage before", "none", True
    ),
    EventKind.DISENGAGED: KindInfo("the customer has decided to go", "cause", "none", False),
    EventKind.RE_ENGAGED: KindInfo(
        "a declining customer changes their mind", "cause that was overcome", "none", False
    ),
    EventKind.CHURN: KindInfo("the relationship ends", "cause", "none", False),
    EventKind.REWARD: KindInfo(
        "points reach the threshold and are turned into a reward",
        "rewards so far",
        "its value (negative)",
        True,
    ),
    EventKind.SURVEY: KindInfo(
        "the customer is asked how satisfied they are",
        "10 x recommendation (0 to 10) + score (1 to 5); 0 = no answer",
        "none",
        True,
    ),
    EventKind.WIN_BACK_OFFER: KindInfo(
        "a lost customer is asked to come back",
        "number of the rule, from 0",
        "cost of the attempt (negative)",
        True,
    ),
    EventKind.REACTIVATED: KindInfo(
        "a lost customer comes back", "times come back", "cost of the offer accepted (negative)", True
    ),
    EventKind.NEGATIVE_WORD: KindInfo(
        "somebody who left tells others why", "weight in tenths", "none", False
    ),
    EventKind.UNPAID: KindInfo(
        "a purchase is never paid", "ordinal of the purchase", "revenue lost (negative)", True
    ),
}


class ComponentInfo(NamedTuple):
    """Meaning of a component and whether it is part of the customer's value (revenue is a memo)."""

    meaning: str
    counts: bool


COMPONENTS: dict[Component, ComponentInfo] = {
    Component.NONE: ComponentInfo("no money", False),
    Component.REVENUE: ComponentInfo("revenue received; a memo, its contribution is booked below", False),
    Component.CLV1: ComponentInfo("first purchase: contribution less acquisition cost", True),
    Component.CLV2: ComponentInfo("repeat purchases and share of wallet", True),
    Component.CLV3: ComponentInfo("cross-selling", True),
    Component.CLV4: ComponentInfo("cooperation: lower cost to serve, joint value", True),
    Component.CLV5: ComponentInfo("referral: acquisition cost saved", True),
    Component.CLV6: ComponentInfo("price insensitivity: fewer purchases on deal", True),
    Component.ACCOUNT: ComponentInfo("cost of keeping the account", True),
    Component.CONTACT: ComponentInfo("cost of service contacts", True),
    Component.PROGRAMME: ComponentInfo("cost of programmes", True),
    Component.RECOVERY: ComponentInfo("compensation after complaints", True),
    Component.OFFER: ComponentInfo("cost of retention offers", True),
    Component.QUALITY: ComponentInfo("cost of raised quality", True),
    Component.CREDIT: ComponentInfo("purchases that were never paid", True),
}
