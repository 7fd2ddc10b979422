# %% [markdown] lang="en"
# # Lab 3. Repair a mismatched programme
#
# **From practice.** A retailer spends 1.20 yuan per customer and month on a programme for each stage of the relationship, and has less in the end than a shop that does nothing. Nobody asked what customers long for at which stage. You have its rules. Change them until the programme beats doing nothing, with an interval above 0, at no more than 50 yuan per customer over the whole run.
#
# Money is in yuan (CNY), the currency of the simulated firm, at its prices of 1 January 2026; CLV is discounted to each customer's first purchase. (Notebooks show the same firm in CU, a currency unit without a name.) Write your own number behind `SEED`: it decides which customers you meet, and which mistakes were made.

# %% [markdown] lang="zh"
# # 实验3 修复错配的激励计划
#
# **来自实践。** 一家零售商在关系的每个阶段都为每位客户每月花1.2元做激励，结果却不如什么都不做的商店。没有人问过客户在哪个阶段期望什么。规则在您手上。请修改它们，直到该计划优于什么都不做（区间大于0），且整个运行期内每位客户的花费不超过50元。
#
# 金额单位为元（CNY），即模拟企业的货币，按2026年1月1日的价格计；客户终生价值贴现到各客户的首次购买。（笔记本里同一家企业用CU，即不指明币种的货币单位。）请在 `SEED` 后写上您自己的数字：它决定您遇到哪些客户，以及当初犯了哪些错误。

# %%
LANG = "en"

# %%
SEED = 1

# %%
from crmsim import compare, find_strategy
from crmsim.strategies import Strategy
from crmsim.teaching.labs import repair as lab

broken = lab.broken(SEED)
print(broken.to_yaml())

# %% [markdown] lang="en"
# ## Task 1: state the damage (2 points)
#
# Compare doing nothing with `broken` in `lab.SCENARIO`, with `replications=lab.REPLICATIONS` and your seed. Give the interval `(low, high)` of the difference in CLV (programme less nothing, yuan per initial customer; discounted at the scenario's yearly rate to the first purchase; cost already deducted). `compare(...).differences()` has a row per outcome.

# %% [markdown] lang="zh"
# ## 任务1：说明损失（2分）
#
# 请在 `lab.SCENARIO` 中比较什么都不做与 `broken`，使用 `replications=lab.REPLICATIONS` 和您的种子。给出客户终生价值之差的区间 `(low, high)`（有计划减什么都不做；单位为元／初始客户；按情景年贴现率贴现到首次购买；成本已扣除）。`compare(...).differences()` 每个结果指标有一行。

# %% solution="loss"
loss = None


### BEGIN SOLUTION
def differences(strategy):
    both = [find_strategy("do_nothing"), strategy]
    found = compare(lab.SCENARIO, both, replications=lab.REPLICATIONS, seed=SEED)
    return found.differences().set_index("outcome")


row = differences(broken).loc["clv"]
loss = (row["low"], row["high"])
### END SOLUTION

# %% test="check_loss" points=2
lab.check_loss(globals(), LANG)

# %% [markdown] lang="en"
# ## Task 2: find out what is longed for (2 points)
#
# `lab.SCENARIO.programmes.needs` says how strongly customers long for each programme at each stage, in the order of `lab.PROGRAMMES`. Give a dictionary from each stage (`lab.STAGES`) to the programme that is longed for most.

# %% [markdown] lang="zh"
# ## 任务2：找出客户的期望（2分）
#
# `lab.SCENARIO.programmes.needs` 给出客户在各阶段对各项激励的期望程度，顺序与 `lab.PROGRAMMES` 相同。请给出字典：从每个阶段（`lab.STAGES`）到最受期望的激励。

# %% solution="longing"
longing = None
### BEGIN SOLUTION
needs = lab.SCENARIO.programmes.needs
longing = {stage: max(zip(getattr(needs, stage), lab.PROGRAMMES, strict=True))[1] for stage in lab.STAGES}
### END SOLUTION

# %% test="check_longing" points=2
lab.check_longing(globals(), LANG)

# %% [markdown] lang="en"
# ## Task 3: repair it (4 points)
#
# Give the repaired programme as a list of rules, or as a `Strategy`. A rule looks like `{"who": {"stage": "decline"}, "do": {"programme": "reward"}, "cost": {"per_month": 1.0, "in": "programme"}}`; `do` may also have an `intensity`, and then `per_month` has to be at least as high. Only programmes are allowed, without an oracle or a budget. It is tried on your customers, and when it is graded on others.

# %% [markdown] lang="zh"
# ## 任务3：修复（4分）
#
# 请把修复后的计划写成规则列表，或写成 `Strategy`。一条规则形如 `{"who": {"stage": "decline"}, "do": {"programme": "reward"}, "cost": {"per_month": 1.0, "in": "programme"}}`；`do` 中也可以有 `intensity`（强度），这时 `per_month` 不得低于它。只允许使用激励，不得使用 oracle 或 budget。计划会在您的客户上检验，评分时还会用其他客户。

# %% solution="repair"
repaired = None
### BEGIN SOLUTION
cost = {"per_month": 1.0, "in": "programme"}
repaired = [
    {"who": {"stage": stage}, "do": {"programme": programme}, "cost": cost}
    for stage, programme in longing.items()
]
### END SOLUTION

# %% test="check_repair" points=4
lab.check_repair(globals(), LANG)
### BEGIN HIDDEN TESTS
lab.check_repair(globals(), LANG, seed=SEED + 1000)
### END HIDDEN TESTS

# %% [markdown] lang="en"
# ## Task 4: what it brings (2 points)
#
# For your repaired programme: the mean gain in CLV over doing nothing *after* its cost (`net_gain`), and *before* its cost (`gross_gain`), in yuan per initial customer. The outcome `strategy_cost` has the cost (undiscounted; take it as it is).

# %% [markdown] lang="zh"
# ## 任务4：它带来什么（2分）
#
# 对您修复后的计划：与什么都不做相比，客户终生价值的平均增益在扣除成本*之后*（`net_gain`）和*之前*（`gross_gain`）各为多少（元／初始客户）？成本见结果指标 `strategy_cost`（不贴现，直接使用）。

# %% solution="effect"
net_gain = None
gross_gain = None
### BEGIN SOLUTION
mean = differences(Strategy(name="repaired", about="repaired", rules=repaired))["mean"]
net_gain = mean["clv"]
gross_gain = mean["clv"] + mean["strategy_cost"]
### END SOLUTION

# %% test="check_effect" points=2
lab.check_effect(globals(), LANG)

# %% [markdown] lang="en"
# ## What to remember
#
# 1. An incentive works when it answers what customers long for at their stage; the same money on the wrong one is lost, or worse.
# 2. Doing nothing is the base of every comparison. Many programmes have never been compared with it.
# 3. A verdict holds for the simulated retailer: `needs` is judgement. What if all were longed for alike?
#
# **Read on:** notebook [Retention by stage](../../../notebooks/en/07_retention_by_stage.ipynb); [exercise 1](../../01_first_comparison.md) tests the same claim; `crmsim lesson stage_matching --break` says when it turns.

# %% [markdown] lang="zh"
# ## 要点
#
# 1. 激励要回应客户在其所处阶段的期望才有效；同样的钱给错了激励就白花了，甚至更糟。
# 2. 什么都不做是一切比较的基准。许多激励计划从未与它比较过。
# 3. 结论只对模拟的零售商成立：`needs` 是判断值。如果各项激励受到同样的期望，结果会怎样？
#
# **延伸阅读**：笔记本[各阶段的客户保持策略](../../../notebooks/zh/07_retention_by_stage.ipynb)；[练习1](../../01_first_comparison.md)检验同一论断；`crmsim lesson stage_matching --break --lang zh` 说明它何时不成立。
