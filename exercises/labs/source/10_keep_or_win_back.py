# %% [markdown] lang="en"
# # Lab 10. Keep, or win back?
#
# **From practice.** A retailer loses customers and asks in the order of the textbook: how many stay, why do the others go, what went with them, and does it pay to do something? And those who are gone: all of them, none, or some?
#
# Write your own number behind `SEED`: it decides which customers you have. Fill in the cells with three dots; the cell below each of them checks your answer. Money is in yuan (CNY) over four years of 360 days, discounted at the scenario's yearly rate to each customer's first purchase (what was lost: to the day of the loss).

# %% [markdown] lang="zh"
# # 实验10 保留，还是赢回？
#
# **来自实践。** 一家零售商在流失客户，于是按教科书的顺序提问：留下多少？其他人为何离开？带走了多少利润？做点什么划算吗？已经走的人，是全部挽回、一个不挽回，还是挑一些？
#
# 请在 `SEED` 后写上您自己的数字：它决定您有哪些客户。把三个点换成您的答案；其下的单元格会检查答案。金额单位为元（CNY），共四年（每年360天），按情景中的年贴现率贴现到每位客户的首次购买（损失的利润贴现到流失当天）。

# %%
LANG = "en"

# %%
SEED = 1

# %%
import numpy as np

from crmsim import find_strategy, simulate
from crmsim.comparison import mean_interval
from crmsim.metrics import retention_decision
from crmsim.teaching.labs import keep_or_win_back as lab

ledger = simulate(lab.SCENARIO, find_strategy("do_nothing"), seed=SEED)
table = lab.tenures(ledger)
table.head()

# %% [markdown] lang="en"
# ## Task 1: measure (2 points)
#
# `days` is how long each customer was watched from the first purchase, `left` whether that ended because the customer left. The first year is special; after day 365, which share (0 to 1) of customers stays from one year to the next? Take losses k and customer-years y after day 365; exp(-k / y) stay. And how long is then the expected lifetime, in years, by the course's formula?

# %% [markdown] lang="zh"
# ## 任务1：测定（2分）
#
# `days` 是从首次购买起观察了多少天，`left` 表示是否因客户离开而结束。第一年比较特殊；第365天之后，每年留下的客户比例（0到1）是多少？设第365天之后的流失数为k、客户年数为y，则留下的比例为 exp(-k / y)。按课程公式，期望生命周期是多少年？

# %% solution="keep"
retention = None
lifetime = None
### BEGIN SOLUTION
later = table[table["days"] >= 365]
retention = float(np.exp(-later["left"].sum() / ((later["days"] - 365).sum() / 365)))
lifetime = 1 / (1 - retention)
### END SOLUTION

# %% test="check_keep" points=2
lab.check_keep(globals(), LANG)

# %% [markdown] lang="en"
# ## Tasks 2 and 3: causes, and what went (3 points)
#
# The table has departures and lost profit by cause. Which share (0 to 1) of all departures could have been prevented? And how much profit went with those, in yuan?

# %% [markdown] lang="zh"
# ## 任务2与3：原因与损失（3分）
#
# 下表按原因列出流失人数与损失的利润。全部流失中本可避免的占多大比例（0到1）？随之失去的利润是多少元？

# %%
losses = retention_decision.lost_profit(ledger)
losses.round(0)

# %% solution="lost"
preventable_share = None
lost_profit = None
### BEGIN SOLUTION
avoidable = losses[losses["preventable"]]
preventable_share = avoidable["lost"].sum() / losses["lost"].sum()
lost_profit = avoidable["profit"].sum()
### END SOLUTION

# %% test="check_lost" points=3
lab.check_lost(globals(), LANG)

# %% [markdown] lang="en"
# ## Task 4: decide (3 points)
#
# `lab.cost_and_return("recovery", SEED)` says for `lab.RUNS` replications what a measure costs and what it brings back, all customers together. Which of `lab.MEASURES` would you take? Give its name, and the 95 % interval `(low, high)` of what it leaves after its cost.

# %% [markdown] lang="zh"
# ## 任务4：决策（3分）
#
# `lab.cost_and_return("recovery", SEED)` 对 `lab.RUNS` 次重复给出某项措施的成本与挽回的利润（全部客户合计）。在 `lab.MEASURES` 中您选哪一项？请给出名称，以及扣除成本后剩余的95%区间 `(low, high)`。

# %% solution="decide"
measure = None
net = None
### BEGIN SOLUTION
left_over = {}
for name in lab.MEASURES:
    money = lab.cost_and_return(name, SEED)
    left_over[name] = mean_interval((money["regained"] - money["cost"]).to_numpy())
measure = max(left_over, key=lambda name: left_over[name].mean)
net = (left_over[measure].low, left_over[measure].high)
### END SOLUTION

# %% test="check_decide" points=3
lab.check_decide(globals(), LANG)

# %% [markdown] lang="en"
# ## Task 5: who is worth asking? (2 points)
#
# Write a function: `value` is what a customer would still bring, if back; `chance` that the customer comes back if asked; `ask` is paid for everybody who is asked, `accept` only for those who accept. Return `True` if asking pays.

# %% [markdown] lang="zh"
# ## 任务5：谁值得挽回？（2分）
#
# 请写一个函数：`value` 是客户回来后还能带来的价值，`chance` 是联系后回来的概率；`ask` 是联系每个人都要付的成本，`accept` 只在接受时支付。若联系划算，返回 `True`。


# %% solution="rule"
def worth_asking(value, chance, ask, accept):
    ### BEGIN SOLUTION
    return chance * (value - accept) > ask
    ### END SOLUTION


# %% test="check_rule" points=2
lab.check_rule(globals(), LANG)
### BEGIN HIDDEN TESTS
lab.check_rule(globals(), LANG, seed=SEED + 1000)
### END HIDDEN TESTS

# %% [markdown] lang="en"
# ## Task 6: how choosy? (3 points)
#
# `lab.asking_back(least)` asks those who brought at least `least` times the cost of winning back in their last year; pass it to `lab.cost_and_return`. For each of `lab.THRESHOLDS`: what does a yuan return after cost (means over replications)? And at which threshold is most left over? It passes if no other is surely better.

# %% [markdown] lang="zh"
# ## 任务6：挑到什么程度？（3分）
#
# `lab.asking_back(least)` 只联系近一年净贡献不低于 `least` 倍赢回成本的人；请把它传给 `lab.cost_and_return`。对 `lab.THRESHOLDS` 的每一项：一元钱扣除成本后带来多少（各次重复的平均）？哪个门槛剩余最多？只要没有其他门槛确定更好，就算通过。

# %% solution="threshold"
per_yuan = None
threshold = None
### BEGIN SOLUTION
means = [lab.cost_and_return(lab.asking_back(least), SEED).mean() for least in lab.THRESHOLDS]
per_yuan = [(m["regained"] - m["cost"]) / m["cost"] for m in means]
left_over = [m["regained"] - m["cost"] for m in means]
threshold = lab.THRESHOLDS[left_over.index(max(left_over))]
### END SOLUTION

# %% test="check_threshold" points=3
lab.check_threshold(globals(), LANG)

# %% [markdown] lang="en"
# ## What to remember
#
# 1. Four steps: measure, sort by cause, put a price on the avoidable, spend while it costs less than it brings back.
# 2. The avoidable loss is a ceiling. What counts is what a measure regains of it.
# 3. Not every defector is worth winning back, and not none: ask as long as chance times value exceeds cost.
#
# **Read on:** notebook [Churn and win-back](../../../notebooks/en/10_churn_and_win_back.ipynb); the claims `crmsim lesson keeping_or_winning` and `crmsim lesson win_back_selectivity`.

# %% [markdown] lang="zh"
# ## 要点
#
# 1. 四个步骤：测定保留率、按原因分类、为可避免的损失定价、只要成本低于挽回就投入。
# 2. 可避免的损失只是上限，关键是措施能挽回其中多少。
# 3. 并非所有流失客户都值得挽回，也并非都不值得：只要概率乘以价值高于成本，就去联系。
#
# **延伸阅读**：笔记本[客户流失与赢回](../../../notebooks/zh/10_churn_and_win_back.ipynb)；论断 `crmsim lesson keeping_or_winning --lang zh` 与 `crmsim lesson win_back_selectivity --lang zh`。
