# %% [markdown] lang="en"
# # Lab 4. CLV by hand and by machine
#
# **From practice.** Two consultants value the same customer. One says 900 yuan, the other 1,400, and both have used "the" formula. Every CLV needs its horizon, its discounting and its timing; here you see how much each of them moves, and then how close a formula comes to what a population really brings.
#
# Write your own number behind `SEED`: it decides the customer in tasks 1 to 4 and the population in task 5.

# %% [markdown] lang="zh"
# # 实验4 客户终生价值：手算与机算
#
# **来自实践。** 两位顾问为同一位客户估值，一位说900元，另一位说1400元，而两人用的都是“那个”公式。任何客户终生价值都要说明期限、贴现和付款时点；在这里您将看到它们各自的影响有多大，以及公式与一群客户实际带来的价值相差多少。
#
# 请在 `SEED` 后写上您自己的数字：它决定任务1到4的客户，以及任务5的客户群。

# %%
LANG = "en"

# %%
SEED = 1

# %%
from crmsim import simulate
from crmsim.metrics.clv import customer_values
from crmsim.strategies import DO_NOTHING
from crmsim.teaching.labs import clv_by_hand as lab

margin, retention, discount = lab.your_case(SEED)
lab.your_case(SEED)

# %% [markdown] lang="en"
# This customer brings `margin` yuan a year (contribution, cost of serving deducted), renews with probability `retention` a year, and money costs `discount` a year.
#
# ## Task 1: the margin multiple (1 point)
#
# A payment falls at the end of every year, the first one in a year, and each only if the customer has renewed. What is the value today, without end? Round to whole yuan at the earliest (two decimals are better).

# %% [markdown] lang="zh"
# 这位客户每年带来 `margin` 元（贡献，已扣除服务成本），每年以概率 `retention` 续约，资金的年贴现率为 `discount`。
#
# ## 任务1：毛利乘数（1分）
#
# 每年年末付款一次，第一次在一年之后，且每次都以客户已续约为前提。不限期限，今天的价值是多少？最多取整到元（保留两位小数更好）。

# %% solution="year"
clv_year = None
### BEGIN SOLUTION
clv_year = margin * retention / (1 + discount - retention)
### END SOLUTION

# %% test="check_year" points=1
lab.check_year(globals(), LANG)

# %% [markdown] lang="en"
# ## Task 2: month by month (2 points)
#
# Now the same customer pays a twelfth of the margin at the end of every month, each time only if still there, and may leave in any month. Retention and discounting over twelve months are the same as before (the rates are effective ones). What is the value today?

# %% [markdown] lang="zh"
# ## 任务2：按月计算（2分）
#
# 现在同一位客户在每月月末支付年毛利的十二分之一，每次都以客户仍在为前提，并可能在任何一个月离开。十二个月合计的保留与贴现和前面相同（都是有效利率）。今天的价值是多少？

# %% solution="month"
clv_month = None
### BEGIN SOLUTION
kept, rate = retention ** (1 / 12), (1 + discount) ** (1 / 12) - 1
clv_month = margin / 12 * kept / (1 + rate - kept)
### END SOLUTION

# %% test="check_month" points=2
lab.check_month(globals(), LANG)

# %% [markdown] lang="en"
# ## Task 3: a horizon (2 points)
#
# Write a function for `n` yearly payments of which the first is certain and falls today, and each further one a year later if the customer has renewed: the sum of $m\,(r/(1+d))^k$ for $k = 0, \dots, n-1$.

# %% [markdown] lang="zh"
# ## 任务3：有限期限（2分）
#
# 请写一个函数：共 `n` 次年度付款，第一次确定且在今天，以后每次相隔一年并以续约为前提，即对 $k = 0, \dots, n-1$ 求 $m\,(r/(1+d))^k$ 之和。


# %% solution="finite"
def clv_finite(margin, r, d, n):
    ### BEGIN SOLUTION
    return sum(margin * (r / (1 + d)) ** k for k in range(n))
    ### END SOLUTION


# %% test="check_finite" points=2
lab.check_finite(globals(), LANG)
### BEGIN HIDDEN TESTS
lab.check_finite(globals(), LANG, seed=SEED + 1000)
### END HIDDEN TESTS

# %% [markdown] lang="en"
# ## Task 4: a popular slip (2 points)
#
# "The expected lifetime is $L = 1/(1-r)$ years, so I value the customer as a certain annuity of $L$ payments, the first one today": $m \cdot (1+d) \cdot (1-(1+d)^{-L})/d$. The right value, with the same timing and without end, is $m\,(1+d)/(1+d-r)$. By how many per cent of the right value does the annuity overstate it? (Use $L$ as it is, also where it is no whole number.)

# %% [markdown] lang="zh"
# ## 任务4：常见的误算（2分）
#
# “预期寿命是 $L = 1/(1-r)$ 年，所以我把客户当作 $L$ 次付款的确定年金，第一次在今天”：$m \cdot (1+d) \cdot (1-(1+d)^{-L})/d$。在同样的付款时点、不限期限下，正确的价值是 $m\,(1+d)/(1+d-r)$。年金高估了百分之几（相对于正确的价值）？（$L$ 不是整数时也直接代入。）

# %% solution="annuity"
overstated_percent = None
### BEGIN SOLUTION
lifetime = 1 / (1 - retention)
annuity = (1 + discount) * (1 - (1 + discount) ** -lifetime) / discount
multiple = (1 + discount) / (1 + discount - retention)
overstated_percent = 100 * (annuity / multiple - 1)
### END SOLUTION

# %% test="check_annuity" points=2
lab.check_annuity(globals(), LANG)

# %% [markdown] lang="en"
# ## Task 5: the truth beside it (3 points)
#
# A telecom firm has watched its customers for a year. `lab.records(ledger)` is what it knows: margin of the first year, retention, discount rate, cost of acquisition (yuan per customer, rates per year). Value a new customer by your function for `lab.YEARS` payments, less acquisition (`formula`). The simulator has lived all six years: `customer_values(ledger)["clv"]` has what each customer was worth, discounted to their first purchase; take the mean (`truth`). By how many per cent of the truth is the formula too high (positive) or too low (negative; `error_percent`)?

# %% [markdown] lang="zh"
# ## 任务5：与真相对照（3分）
#
# 一家电信企业观察了客户一年。`lab.records(ledger)` 是它所知道的：第一年毛利、保留率、贴现率、获取成本（元／客户，比率按年）。请用您的函数按 `lab.YEARS` 次付款为一位新客户估值，并减去获取成本（`formula`）。模拟器已走完全部六年：`customer_values(ledger)["clv"]` 是每位客户的实际价值，已贴现到其首次购买；请取平均数（`truth`）。公式相对于真相高估（正）或低估（负）百分之几（`error_percent`）？

# %%
ledger = simulate(lab.SCENARIO, DO_NOTHING, seed=SEED)
lab.records(ledger)

# %% solution="truth"
formula = None
truth = None
error_percent = None
### BEGIN SOLUTION
m, r, d, cost = lab.records(ledger)
formula = clv_finite(m, r, d, lab.YEARS) - cost
truth = customer_values(ledger)["clv"].mean()
error_percent = 100 * (formula / truth - 1)
### END SOLUTION

# %% test="check_truth" points=3
lab.check_truth(globals(), LANG)

# %% [markdown] lang="en"
# ## What to remember
#
# 1. A CLV without horizon, discounting and timing is no number.
# 2. Rates have a period. A monthly margin needs monthly rates, and a monthly rate is no twelfth.
# 3. An expected lifetime is not a lifetime: a certain annuity over it overstates whenever money has a time value.
# 4. A formula with constant rates is a model. Margins and retention change with tenure, and no formula can know what the first year has not shown.
#
# **Read on:** notebook [CLV](../../../notebooks/en/05_clv.ipynb); `crmsim confront telecom` puts several methods beside the truth, with intervals.

# %% [markdown] lang="zh"
# ## 要点
#
# 1. 没有期限、贴现和时点的客户终生价值不能算一个数。
# 2. 比率都有周期。月毛利要配月比率，而月比率不是年比率的十二分之一。
# 3. 预期寿命不是寿命：只要资金有时间价值，按预期寿命计算的确定年金就会高估。
# 4. 比率不变的公式只是一个模型。毛利和保留率随关系长度而变，公式不可能知道第一年没有显示的东西。
#
# **延伸阅读**：笔记本[客户终生价值](../../../notebooks/zh/05_clv.ipynb)；`crmsim confront telecom --lang zh` 把多种方法与真相对照，并附区间。
