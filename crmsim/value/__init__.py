"""Customer value in closed form: from a few rates and amounts, without a log and without a simulator.

Rates and money are typed (``rates``, ``money``), and every value carries currency, date, horizon,
discount rate and timing (``valuation``). Then one module an idea:

- ``discounting`` for dated payments, historic and future value; ``broad_and_narrow`` CLV;
- ``constant_retention`` with the margin multiple and its timings, ``varying_retention``, ``lifetime``;
- ``berger_nasr`` for sales cycles, ``customer_migration`` for cohorts that skip periods (Dwyer);
- ``components`` (the six), ``accounts`` (contribution, profitability, delivered value);
- ``migration`` for Markov chains, ``relationship_policy`` for the best thing to do in each state;
- ``customer_equity``, ``brand_switching``, ``acquisition_retention``, ``retention_decision``.
"""

from crmsim.value.accounts import CustomerAccount, DeliveredValue
from crmsim.value.acquisition_retention import ResponseCurve, SpendPlan, optimal_spend, prospect_value
from crmsim.value.berger_nasr import ProfitCurve, continuous_clv, sales_cycle_clv
from crmsim.value.brand_switching import BrandSwitching, brand_switching_clv
from crmsim.value.broad_and_narrow import broad_and_narrow
from crmsim.value.components import SIX_COMPONENTS, six_component_clv
from crmsim.value.constant_retention import (
    TIMINGS,
    Elasticities,
    clv_elasticities,
    constant_retention_clv,
    margin_multiple,
    retention_point_value,
)
from crmsim.value.customer_equity import cohort_equity, customer_equity
from crmsim.value.customer_migration import CohortMigration, customer_migration
from crmsim.value.discounting import CashFlows, SplitValue, present_value, value_at
from crmsim.value.lifetime import (
    PlugIn,
    annuity,
    expected_lifetime,
    gone_before_mean,
    mean_lifetime,
    plug_in_clv,
)
from crmsim.value.migration import (
    migration_clv,
    recency_chain,
    recency_rewards,
    state_shares,
    transitions_after,
)
from crmsim.value.money import Flow, Money
from crmsim.value.rates import ChurnRate, DiscountRate, Frequency, GrowthRate, Rate, RetentionRate
from crmsim.value.relationship_policy import Action, Policy, optimal_policy, policy_value, recency_actions
from crmsim.value.retention_decision import RetentionDecision, decide_retention
from crmsim.value.valuation import Valuation, ValueParts
from crmsim.value.varying_retention import expected_cash_flows, survival, varying_clv, wallet_margin

__all__ = [
    "SIX_COMPONENTS",
    "TIMINGS",
    "Action",
    "BrandSwitching",
    "CashFlows",
    "ChurnRate",
    "CohortMigration",
    "CustomerAccount",
    "DeliveredValue",
    "DiscountRate",
    "Elasticities",
    "Flow",
    "Frequency",
    "GrowthRate",
    "Money",
    "PlugIn",
    "Policy",
    "ProfitCurve",
    "Rate",
    "ResponseCurve",
    "RetentionDecision",
    "RetentionRate",
    "SpendPlan",
    "SplitValue",
    "Valuation",
    "ValueParts",
    "annuity",
    "brand_switching_clv",
    "broad_and_narrow",
    "clv_elasticities",
    "cohort_equity",
    "constant_retention_clv",
    "continuous_clv",
    "customer_equity",
    "customer_migration",
    "decide_retention",
    "expected_cash_flows",
    "expected_lifetime",
    "gone_before_mean",
    "margin_multiple",
    "mean_lifetime",
    "migration_clv",
    "optimal_policy",
    "optimal_spend",
    "plug_in_clv",
    "policy_value",
    "present_value",
    "prospect_value",
    "recency_actions",
    "recency_chain",
    "recency_rewards",
    "retention_point_value",
    "sales_cycle_clv",
    "six_component_clv",
    "state_shares",
    "survival",
    "transitions_after",
    "value_at",
    "varying_clv",
    "wallet_margin",
]
