# %% [markdown] lang="en"
# # Lab 6. The retention budget
#
# **From practice.** Marketing wants 6,400 yuan a year for save offers, finance wants to give 200. "Which budget earns most, and how sure is that?" You try both and what lies between, on the same 300 customers with the same luck, and then decide.
#
# Write your own number behind `SEED`. Fill in the cells with three dots; the cell below each of them checks your answer. Money is in yuan (CNY) as of each customer's first purchase; CLV runs over three years of 360 days, discounted at the scenario's yearly rate, with the cost of the offers taken off.

# %% [markdown] lang="zh"
# # 实验6 客户保留的预算
#
# **来自实践。** 市场部每年要6,400元做挽留优惠，财务部只肯给200元。“哪个预算赚得最多？有多大把握？”请在同样的300位客户、同样的运气下，把两者以及其间的预算都试一遍，再作决定。
#
# 请在 `SEED` 后写上您自己的数字。把三个点换成您的答案；其下的单元格会检查答案。金额单位为元（CNY），贴现到每位客户的首次购买；客户终生价值按三年（每年360天）计算，按情景中的年贴现率贴现，并已扣除优惠成本。

# %%
LANG = "en"

# %%
SEED = 1

# %%
from crmsim import budget_curve
from crmsim.comparison import paired_interval
from crmsim.teaching.labs import best_budget as lab

trials = {"replications": lab.RUNS, "holdout": lab.RUNS, "seed": SEED, "workers": 1}
curve = budget_curve(lab.SCENARIO, lab.OFFER, lab.BUDGETS, **trials)
curve.table()[["mean", "low", "high", "spent"]].round(2)

# %% [markdown] lang="en"
# Each row is a yearly budget for the whole firm. `mean` is what it adds to CLV per customer compared with no budget, `low` and `high` are the interval of that, `spent` what was really spent per customer and year. Offers go first to those where they are expected to bring most.
#
# ## Task 1: the best of those tried (1 point)
#
# Which budget has the highest mean gain? Give yuan per year for the whole firm.

# %% [markdown] lang="zh"
# 每一行是整个企业的一个年度预算。`mean` 是与零预算相比每位客户的客户终生价值增量，`low` 与 `high` 是其区间，`spent` 是每位客户每年实际花费。优惠先给预期收益最大的客户。
#
# ## 任务1：试过的预算中哪个最好（1分）
#
# 哪个预算的平均收益最高？请给出整个企业每年的金额（元）。

# %% solution="best"
best_budget = None
### BEGIN SOLUTION
best_budget = curve.table()["mean"].idxmax()
### END SOLUTION

# %% test="check_best" points=1
lab.check_best(globals(), LANG)

# %% [markdown] lang="en"
# ## Task 2: what to promise (2 points)
#
# You will be held to it: how many yuan per customer does this budget add to doing nothing? Give the 95 % interval as `(low, high)`, from replications that had no say in choosing the budget.

# %% [markdown] lang="zh"
# ## 任务2：能承诺多少（2分）
#
# 您要为此负责：与不作为相比，这个预算使每位客户多带来多少元？请用没有参与挑选预算的重复，给出95%区间 `(low, high)`。

# %% solution="gain"
gain = None
### BEGIN SOLUTION
expected = curve.expected()
gain = (expected.low, expected.high)
### END SOLUTION

# %% test="check_gain" points=2
lab.check_gain(globals(), LANG)

# %% [markdown] lang="en"
# ## Task 3: the plateau (3 points)
#
# `curve.value` has the CLV of each level (in the order of `curve.budgets`) in each replication. Which budgets of `lab.BUDGETS` cannot be told from the best one? A budget belongs to the plateau if the 95 % interval of the paired difference, best less this one, is not wholly above 0. Give a list.

# %% [markdown] lang="zh"
# ## 任务3：平台（3分）
#
# `curve.value` 给出每个水平（按 `curve.budgets` 的顺序）在每次重复中的客户终生价值。`lab.BUDGETS` 中哪些预算与最佳预算无法区分？若“最佳减去该预算”的配对差的95%区间没有完全高于0，该预算就属于平台。请给出列表。

# %% solution="plateau"
plateau = None
### BEGIN SOLUTION
top = curve.value.mean(axis=1).argmax()
plateau = [
    budget
    for place, budget in enumerate(curve.budgets)
    if budget in lab.BUDGETS and paired_interval(curve.value[place], curve.value[top]).low <= 0
]
### END SOLUTION

# %% test="check_plateau" points=3
lab.check_plateau(globals(), LANG)

# %% [markdown] lang="en"
# ## Task 4: what the next yuan brings (2 points)
#
# Write a function that takes the mean gain and the mean spending of levels in rising order, and returns for each step from one level to the next what each further yuan spent adds (one number fewer than levels). The gain is after the cost of the offers.

# %% [markdown] lang="zh"
# ## 任务4：下一元带来什么（2分）
#
# 请写一个函数：输入各水平（由低到高）的平均收益与平均花费，对从一个水平到下一个水平的每一步，返回每多花一元所增加的收益（比水平数少一个）。收益已扣除优惠成本。


# %% solution="extra"
def extra_per_yuan(gain, spent):
    ### BEGIN SOLUTION
    return (gain[1:] - gain[:-1]) / (spent[1:] - spent[:-1])
    ### END SOLUTION


# %% test="check_extra" points=2
lab.check_extra(globals(), LANG)
### BEGIN HIDDEN TESTS
lab.check_extra(globals(), LANG, seed=SEED + 1000)
### END HIDDEN TESTS

# %% [markdown] lang="en"
# ## Task 5: your decision (2 points)
#
# Set the budget, any number of yuan a year. It is judged on 24 replications that nobody has seen: it passes if no budget of the table is surely better. Say to your neighbour in one sentence why you did not take the largest.

# %% [markdown] lang="zh"
# ## 任务5：您的决定（2分）
#
# 请确定预算：每年任意金额（元）。它将在24次从未用过的重复上接受检验：只要表中没有一个预算确定更好，就算通过。请用一句话告诉同伴，您为什么没有选最大的预算。

# %% solution="own"
your_budget = None
### BEGIN SOLUTION
your_budget = best_budget
### END SOLUTION

# %% test="check_own" points=2
lab.check_own(globals(), LANG)
### BEGIN HIDDEN TESTS
lab.check_own(globals(), LANG, seed=SEED + 1000)
### END HIDDEN TESTS

# %% [markdown] lang="en"
# ## What to remember
#
# 1. Profit has its top where the next yuan adds nothing, which is usually neither where retention is highest nor where the return per yuan is.
# 2. Near the top profit hardly changes. Say the plateau, not only the best number.
# 3. What was chosen as the best was also lucky: promise what it does on customers that did not choose it.
#
# **Read on:** notebook [Retention strategies by stage](../../../notebooks/en/07_retention_by_stage.ipynb); the command `crmsim decide six_strategies` sets a budget for you.

# %% [markdown] lang="zh"
# ## 要点
#
# 1. 利润的顶点在“下一元不再增加收益”之处，通常既不是保留率最高之处，也不是每元回报最高之处。
# 2. 顶点附近利润几乎不变。应报告整个平台，而不只是最好的那个数。
# 3. 被选为最好的也有运气成分：应承诺它在没有参与挑选的客户身上的表现。
#
# **延伸阅读**：笔记本[各阶段的客户保持策略](../../../notebooks/zh/07_retention_by_stage.ipynb)；命令 `crmsim decide six_strategies --lang zh` 会替您确定预算。
