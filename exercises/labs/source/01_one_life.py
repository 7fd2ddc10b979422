# %% [markdown] lang="en"
# # Lab 1. One customer's life and payback
#
# **From practice.** "We spent a lot to win this customer. When did we get it back?" asks the head of sales. Bookkeeping knows revenue by month; the answer stands in the ledger of one relationship. You read it, and then ask what the firm could have known.
#
# Write your own number behind `SEED` (your instructor may give you one): it decides which customers you meet. Fill in the cells with three dots; the cell below each of them checks your answer. Money is in yuan (CNY), the currency of the simulated firm, at its prices of 1 January 2026, as it was booked and not discounted; time is in days. (Notebooks show the same firm in CU, a currency unit without a name.)

# %% [markdown] lang="zh"
# # 实验1 一位客户的一生与回本
#
# **来自实践。** “为了赢得这位客户，我们花了不少钱。什么时候收回来的？”销售主管问。会计只知道每月收入，答案在这段关系的流水账里。请您先读账，再想一想企业当时能知道什么。
#
# 请在 `SEED` 后写上您自己的数字（教师可能会指定）：它决定您遇到哪些客户。把三个点换成您的答案；其下的单元格会检查答案。金额单位为元（CNY），即模拟企业的货币，按2026年1月1日的价格入账，不贴现；时间单位为天。（笔记本里同一家企业用CU，即不指明币种的货币单位。）

# %%
LANG = "en"

# %%
SEED = 1

# %%
from crmsim import find_strategy, simulate
from crmsim.metrics.lives import life_events, purchases_to_pay_back, stage_spells
from crmsim.teaching.labs import one_life as lab

ledger = simulate(lab.SCENARIO, find_strategy("do_nothing"), seed=SEED)
customer = lab.payer(ledger)
life = life_events(ledger, customer)
life[["tenure", "kind", "component", "amount", "stage", "true_stage"]].head(12)

# %% [markdown] lang="en"
# One row is one booking or event, in the order in which they happened; `tenure` counts days from the first purchase. `component` says what an amount counts as. The components in `lab.COUNTED` add up to what the customer is worth; `revenue` is only a memo, because its contribution is booked in rows of its own (`clv1` to `clv6`).
#
# ## Task 1: the price of winning the customer (1 point)
#
# How much did the firm pay to acquire this customer? Give a positive number.

# %% [markdown] lang="zh"
# 一行是一笔账或一个事件，按发生的先后排列；`tenure` 是自首次购买起的天数。`component` 说明金额计入哪一项。`lab.COUNTED` 中的各项相加就是客户的价值；`revenue` 只是备查，因为它的贡献另有各行记账（`clv1` 到 `clv6`）。
#
# ## 任务1：赢得客户的代价（1分）
#
# 企业为获得这位客户付出了多少？请给出正数。

# %% solution="cost"
acquisition_cost = None
### BEGIN SOLUTION
acquisition_cost = -life.loc[life["kind"] == "acquired", "amount"].sum()
### END SOLUTION

# %% test="check_cost" points=1
lab.check_cost(globals(), LANG)

# %% [markdown] lang="en"
# ## Task 2: the purchase that pays it back (3 points)
#
# Write a function that takes such a table and returns the number of the purchase (the first one is 1) by which the running sum of all counted amounts has first reached 0, or `float("inf")` if it never does. More exactly: the number of purchases made up to the first row, from the first purchase on, at which the sum is 0 or more. It is tried on 60 lives.

# %% [markdown] lang="zh"
# ## 任务2：哪次购买收回成本（3分）
#
# 请写一个函数：输入这样的表，返回计入价值的各笔金额累计首次达到0时是第几次购买（首次购买为1）；若始终未达到，返回 `float("inf")`。确切地说：自首次购买起，在累计首次不小于0的那一行之前（含该行）已有的购买次数。函数会在60位客户上检验。


# %% solution="payback"
def payback_purchase(life):
    ### BEGIN SOLUTION
    worth = life["amount"].where(life["component"].isin(lab.COUNTED), 0.0)
    purchases = (life["kind"] == "purchase").cumsum()
    paid = (worth.cumsum() >= 0) & (purchases > 0)
    return purchases[paid].min() if paid.any() else float("inf")
    ### END SOLUTION


# %% test="check_payback" points=3
lab.check_payback(globals(), LANG)
### BEGIN HIDDEN TESTS
lab.check_payback(globals(), LANG, seed=SEED + 1000)
lab.check_payback(globals(), LANG, seed=SEED + 2000)
### END HIDDEN TESTS

# %% [markdown] lang="en"
# ## Task 3: the true stages (2 points)
#
# How many days did this customer spend in each *true* stage? Give a dictionary from stage to days. `stage_spells(ledger, customer)` lists the spells; a stage may come more than once.

# %% [markdown] lang="zh"
# ## 任务3：真实的阶段（2分）
#
# 这位客户在每个*真实*阶段各停留了多少天？请给出从阶段到天数的字典。`stage_spells(ledger, customer)` 列出各段经历；同一阶段可能出现不止一次。

# %% solution="stages"
stage_days = None
### BEGIN SOLUTION
spells = stage_spells(ledger, customer)
stage_days = (spells["end"] - spells["start"]).groupby(spells["stage"]).sum().to_dict()
### END SOLUTION

# %% test="check_stages" points=2
lab.check_stages(globals(), LANG)

# %% [markdown] lang="en"
# ## Task 4: what the firm never hears (2 points)
#
# Now all customers. `ledger.truth` has everything that happened, `ledger.firm_view()` what a firm could have noted. Which share (0 to 1) of all problems was never complained about? (Each complaint belongs to one problem.)

# %% [markdown] lang="zh"
# ## 任务4：企业听不到的（2分）
#
# 现在看全部客户。`ledger.truth` 记录发生的一切，`ledger.firm_view()` 只有企业能记下的部分。在所有问题中，从未被投诉过的占多大比例（0到1）？（每次投诉对应一个问题。）

# %% solution="unheard"
unheard = None
### BEGIN SOLUTION
kinds = ledger.truth["kind"].value_counts()
unheard = 1 - kinds["complaint"] / kinds["problem"]
### END SOLUTION

# %% test="check_unheard" points=2
lab.check_unheard(globals(), LANG)

# %% [markdown] lang="en"
# ## Task 5: one life is a story (2 points)
#
# Use your function on everybody of the initial cohort who bought (`purchases_to_pay_back(ledger).index` lists them). What is the median number of purchases until payback, with those who never pay back counted as infinite? And which share (0 to 1) never pays back within the four years?

# %% [markdown] lang="zh"
# ## 任务5：一位客户只是一个故事（2分）
#
# 请把您的函数用于初始客户中所有买过的人（`purchases_to_pay_back(ledger).index` 列出他们）。把始终未回本者记为无穷大，回本所需购买次数的中位数是多少？四年内始终未回本的占多大比例（0到1）？

# %% solution="half"
median_purchases = None
never_share = None
### BEGIN SOLUTION
everybody = purchases_to_pay_back(ledger).index
needed = everybody.to_series().map(lambda one: payback_purchase(life_events(ledger, one)))
median_purchases = needed.median()
never_share = (needed == float("inf")).mean()
### END SOLUTION

# %% test="check_half" points=2
lab.check_half(globals(), LANG)

# %% [markdown] lang="en"
# ## What to remember
#
# 1. A customer is an investment: acquisition is paid at once, and returned by contribution, never by revenue.
# 2. Who only looks at customers who paid back sees a business that is better than the real one.
# 3. Many problems are never complained about: a quiet desk is no proof of happy customers.
#
# **Read on:** notebook [One customer's life](../../../notebooks/en/01_one_customers_life.ipynb) shows the same life as a picture; [the ledger](../../../crmsim/ledger.md) explains every column.

# %% [markdown] lang="zh"
# ## 要点
#
# 1. 客户是一项投资：获取成本一次付出，靠贡献收回，而不是靠收入。
# 2. 只看已经回本的客户，会把生意看得比实际好。
# 3. 许多问题从未有人投诉：服务台安静，不等于客户满意。
#
# **延伸阅读**：笔记本[一位客户的一生](../../../notebooks/zh/01_one_customers_life.ipynb)用图展示同样的一生；[流水账说明](../../../crmsim/ledger.md)解释每一列。
