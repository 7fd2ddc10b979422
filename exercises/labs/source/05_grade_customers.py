# %% [markdown] lang="en"
# # Lab 5. Grade these customers
#
# **From practice.** A retailer has two years of purchases and money for personal care of one customer in five. Sales wants ABC, marketing swears by RFM, finance by profit, and the consultant brings a weighted score. You make all four, and then open the envelope: what these customers bought in the third year.
#
# Write your own number behind `SEED`: it decides which 400 of the 614 customers of the data set `retail` are yours. Money is in yuan (CNY, prices of 2024-01-01), undiscounted.

# %% [markdown] lang="zh"
# # 实验5 为这些客户分级
#
# **来自实践。** 一家零售商有两年的购买记录，而资金只够对五分之一的客户提供专人关怀。销售部要ABC分类，市场部推崇RFM，财务部看利润，顾问则带来加权评分。请您四种都做，然后打开信封：这些客户第三年买了什么。
#
# 请在 `SEED` 后写上您自己的数字：它决定数据集 `retail` 的614位客户中哪400位属于您。金额单位为元（CNY，2024-01-01价格），不贴现。

# %%
LANG = "en"

# %%
SEED = 1

# %%
import pandas as pd

from crmsim.audit.classes import abc_classes
from crmsim.audit.grading import weighted_score
from crmsim.audit.hits import top_share
from crmsim.audit.pyramid import customer_pyramid
from crmsim.audit.rfm_scores import rfm_scores
from crmsim.teaching.labs import grading as lab

log = lab.transactions(SEED)
log.head()

# %% [markdown] lang="en"
# ## Task 1: ABC (2 points)
#
# Sum up the revenue of each customer. Sorted from the largest, those who together bring the first 70 per cent of revenue are A, those up to 90 per cent B, the rest C (who crosses a border is still in). Write a function from a log to a Series of classes, indexed by customer. `abc_classes` does the last step.

# %% [markdown] lang="zh"
# ## 任务1：ABC分类（2分）
#
# 请汇总每位客户的收入。从大到小排列，合计带来前70%收入的为A，到90%为止的为B，其余为C（跨越界限者仍算在内）。请写一个函数：输入购买记录，返回以客户为索引的类别 Series。最后一步可用 `abc_classes`。


# %% solution="abc"
def abc(log):
    ### BEGIN SOLUTION
    revenue = log.groupby("customer")["amount"].sum()
    return pd.Series(abc_classes(revenue), revenue.index)
    ### END SOLUTION


# %% test="check_abc" points=2
lab.check_abc(globals(), LANG)
### BEGIN HIDDEN TESTS
lab.check_abc(globals(), LANG, seed=SEED + 1000)
### END HIDDEN TESTS

# %% [markdown] lang="en"
# ## Task 2: RFM (2 points)
#
# Recency is the days from the last purchase to `lab.END`, frequency the number of purchases, monetary value the revenue. Cut each by itself into quintiles, 5 for the best. Give a Series `cells` with the three digits as text, such as `"543"`. `rfm_scores(recency, frequency, monetary)` has a column `cell`.

# %% [markdown] lang="zh"
# ## 任务2：RFM（2分）
#
# 近度是最近一次购买到 `lab.END` 的天数，频度是购买次数，值度是收入。三者各自按五分位切分，最好的为5。请给出 Series `cells`，内容为三位数字的文本，如 `"543"`。`rfm_scores(recency, frequency, monetary)` 有一列 `cell`。

# %% solution="rfm"
cells = None
### BEGIN SOLUTION
groups = log.groupby("customer")
recency = (lab.END - groups["date"].max()).dt.days
scores = rfm_scores(recency, groups.size(), groups["amount"].sum())
cells = scores["cell"]
### END SOLUTION

# %% test="check_rfm" points=2
lab.check_rfm(globals(), LANG)

# %% [markdown] lang="en"
# ## Task 3: the pyramid (2 points)
#
# The pyramid goes by profit: `lab.MARGIN` of revenue, less `lab.COST` for winning and keeping the account. Platinum brings the first half of all profit, platinum and gold together four fifths, iron the rest; who brings nothing or costs money is lead. Give a Series `tier` with these words. `customer_pyramid` knows the cuts.

# %% [markdown] lang="zh"
# ## 任务3：客户金字塔（2分）
#
# 金字塔按利润划分：收入乘以 `lab.MARGIN`，再减去赢得和维持账户的成本 `lab.COST`。铂金层（platinum）带来全部利润的前一半，铂金与黄金层（gold）合计五分之四，其余为钢铁层（iron）；不带来利润或亏损者为铅层（lead）。请用这些英文词给出 Series `tier`。`customer_pyramid` 已含这些界限。

# %% solution="pyramid"
tier = None
### BEGIN SOLUTION
profit = lab.MARGIN * log.groupby("customer")["amount"].sum() - lab.COST
tier = pd.Series(customer_pyramid(profit), profit.index)
### END SOLUTION

# %% test="check_pyramid" points=2
lab.check_pyramid(globals(), LANG)

# %% [markdown] lang="en"
# ## Task 4: a weighted score (2 points)
#
# Bring `revenue`, `purchases`, `recency` (less is better) and `categories` (the largest number in the log) to a scale from 0 (worst of your customers) to 1 (best), and add them up with `lab.WEIGHTS`. Give a Series `score`.

# %% [markdown] lang="zh"
# ## 任务4：加权评分（2分）
#
# 请把 `revenue`（收入）、`purchases`（购买次数）、`recency`（近度，越小越好）和 `categories`（品类数，取记录中的最大值）换算到0（您的客户中最差）到1（最好），再按 `lab.WEIGHTS` 加权求和。请给出 Series `score`。

# %% solution="graded"
score = None
### BEGIN SOLUTION
groups = log.groupby("customer")
table = pd.DataFrame({"revenue": groups["amount"].sum(), "purchases": groups.size()})
table["recency"] = (lab.END - groups["date"].max()).dt.days
table["categories"] = groups["categories"].max()
points = weighted_score(table, lab.WEIGHTS, lower_is_better=["recency"])
score = pd.Series(points, table.index)
### END SOLUTION

# %% test="check_graded" points=2
lab.check_graded(globals(), LANG)

# %% [markdown] lang="en"
# ## Task 5: open the envelope (3 points)
#
# `lab.next_year(SEED)` is what each customer brought in the third year. If personal care goes to the top fifth (`lab.TOP`) by past revenue, by the sum of the three RFM digits, or by your weighted score: which share (0 to 1) of the third year's revenue comes from those picked? Give a dictionary `captured` with the keys `lab.METHODS`. `top_share(ranking, lab.TOP)` says for each customer whether they are picked (a part of one where equals share a place).

# %% [markdown] lang="zh"
# ## 任务5：打开信封（3分）
#
# `lab.next_year(SEED)` 是每位客户第三年带来的收入。如果专人关怀给予前五分之一（`lab.TOP`）的客户，分别按过去的收入、RFM三位数字之和、您的加权评分来选：入选者占第三年收入的多大比例（0到1）？请给出以 `lab.METHODS` 为键的字典 `captured`。`top_share(ranking, lab.TOP)` 给出每位客户是否入选（并列者分享名额时为小数）。

# %% solution="captured"
captured = None
### BEGIN SOLUTION
coming = lab.next_year(SEED)
rankings = {"revenue": table["revenue"], "rfm": scores["score"], "weighted": score}
captured = {
    method: (top_share(ranking, lab.TOP) * coming).sum() / coming.sum()
    for method, ranking in rankings.items()
}
### END SOLUTION

# %% test="check_captured" points=3
lab.check_captured(globals(), LANG)

# %% [markdown] lang="en"
# ## What to remember
#
# 1. Gradings answer different questions: who brought most (ABC), who is warm (RFM), who pays for being served (pyramid).
# 2. A grade is about the past. What counts is the future, and even who knew it would not find all revenue in one customer out of five.
# 3. One data set is one draw. Your neighbour's customers may put the methods in another order; which method is better, and how surely, takes many populations.
#
# **Read on:** notebook [Grading](../../../notebooks/en/06_grading.ipynb); [the data sets](../../../datasets/README.md); `crmsim confront retail` compares such methods over many populations, with intervals.

# %% [markdown] lang="zh"
# ## 要点
#
# 1. 各种分级回答不同的问题：谁带来最多（ABC）、谁还活跃（RFM）、谁值得服务的成本（金字塔）。
# 2. 等级说的是过去。重要的是将来，而即使预知将来，五分之一的客户也不会带来全部收入。
# 3. 一个数据集只是一次抽样。您邻座的客户可能使各方法排出另一种顺序；哪种方法更好、有多大把握，需要许多客户群才能判断。
#
# **延伸阅读**：笔记本[客户分级](../../../notebooks/zh/06_grading.ipynb)；[数据集](../../../datasets/README.md)；`crmsim confront retail --lang zh` 在许多客户群上比较这些方法，并附区间。
