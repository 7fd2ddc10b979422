# %% [markdown] lang="en"
# # Lab 8. Whom to target?
#
# **From practice.** A telecom firm has money for a fifth of its customers. "To those who are about to leave, of course", says sales. You have a campaign with a control group, three scores, and afterwards what no firm ever has: the true effect on each customer.
#
# Write your own number behind `SEED`: it decides which customers you have. Fill in the cells with three dots; the cell below each of them checks your answer. Money is in yuan (CNY) as of the day of the campaign, over the 360 days after it, discounted at the scenario's yearly rate.

# %% [markdown] lang="zh"
# # 实验8 选择谁？
#
# **来自实践。** 一家电信企业的钱只够给五分之一的客户优惠。“当然给快要流失的”，销售部说。您手里有一次带对照组的活动、三个评分，最后还有任何企业都没有的东西：对每位客户的真实效果。
#
# 请在 `SEED` 后写上您自己的数字：它决定您有哪些客户。把三个点换成您的答案；其下的单元格会检查答案。金额单位为元（CNY），按活动当天计，包括其后360天，按情景中的年贴现率贴现。

# %%
LANG = "en"

# %%
SEED = 1

# %%
from crmsim.teaching.labs import whom_to_target as lab
from crmsim.uplift import qini_auc

known, campaign = lab.known(SEED), lab.campaign(SEED)
known.join(campaign)[["tier", "revenue_12m", *lab.SCORES, "treated", "stayed"]].head()

# %% [markdown] lang="en"
# `risk` is the churn score, `lift` how much the offer is thought to lower it, `value_lift` the same weighed by the customer's value. Half of the customers, drawn by lot, were treated.
#
# ## Task 1: did it work? (2 points)
#
# By how much (share, 0 to 1) did the offer raise the share of customers who stayed? Give the 95 % interval `(low, high)`: difference of the two shares, 1.96 standard errors on either side.

# %% [markdown] lang="zh"
# `risk` 是流失评分，`lift` 是预计优惠能降低多少流失，`value_lift` 是再按客户价值加权。客户中有一半由抽签决定得到优惠（处理组）。
#
# ## 任务1：有效果吗？（2分）
#
# 优惠使留下的客户比例提高了多少（0到1）？请给出95%区间 `(low, high)`：两个比例之差，两侧各1.96个标准误。

# %% solution="effect"
effect = None
### BEGIN SOLUTION
groups = campaign["stayed"].astype(float).groupby(campaign["treated"])
mean, error = groups.mean(), (groups.var() / groups.size()).sum() ** 0.5
difference = mean[True] - mean[False]
effect = (difference - 1.96 * error, difference + 1.96 * error)
### END SOLUTION

# %% test="check_effect" points=2
lab.check_effect(globals(), LANG)

# %% [markdown] lang="en"
# ## Task 2: three scores in the campaign (2 points)
#
# Give the Qini coefficient of each of `lab.SCORES` as a dictionary. `qini_auc(outcome, score, treated)` computes it.

# %% [markdown] lang="zh"
# ## 任务2：活动中的三个评分（2分）
#
# 请用字典给出 `lab.SCORES` 中每个评分的Qini系数。`qini_auc(outcome, score, treated)` 可以计算。

# %% solution="qini"
qini = None
### BEGIN SOLUTION
qini = {score: qini_auc(campaign["stayed"], known[score], campaign["treated"]) for score in lab.SCORES}
### END SOLUTION

# %% test="check_qini" points=2
lab.check_qini(globals(), LANG)

# %% [markdown] lang="en"
# ## Task 3: the truth (2 points)
#
# Now you may look: `true` has the true effect of the offer on staying (`uplift`) and on value (`value_uplift`, cost of the offer taken off). For each score: what does an offer truly bring, on average, in the fifth of the customers (rounded up) with the highest score? Give a dictionary in yuan per offer.

# %% [markdown] lang="zh"
# ## 任务3：真相（2分）
#
# 现在可以看了：`true` 给出优惠对去留（`uplift`）与价值（`value_uplift`，已扣除优惠成本）的真实效果。对每个评分：在评分最高的五分之一客户（人数向上取整）中，一份优惠平均真正带来多少？请用字典给出（元/份）。

# %%
true = lab.truth(SEED)
true.describe().round(3)

# %% solution="truth"
true_gain = None
### BEGIN SOLUTION
n = -(-len(known) // 5)
true_gain = {score: true.loc[known[score].nlargest(n).index, "value_uplift"].mean() for score in lab.SCORES}
### END SOLUTION

# %% test="check_truth" points=2
lab.check_truth(globals(), LANG)

# %% [markdown] lang="en"
# ## Task 4: your choice (3 points)
#
# Write a function that takes what the firm knows (a table like `known`) and a number, and returns so many customers (entries of its index) who are to get the offer. It is judged by what the offers truly bring.

# %% [markdown] lang="zh"
# ## 任务4：您的选择（3分）
#
# 请写一个函数：输入企业所知（如 `known` 的表）和人数，返回应得到优惠的客户（索引中的项）。评判标准是优惠真正带来的价值。


# %% solution="choice"
def choose(known, n):
    ### BEGIN SOLUTION
    return known["value_lift"].nlargest(n).index
    ### END SOLUTION


# %% test="check_choice" points=3
lab.check_choice(globals(), LANG)
### BEGIN HIDDEN TESTS
lab.check_choice(globals(), LANG, seed=SEED + 1000)
### END HIDDEN TESTS

# %% [markdown] lang="en"
# ## Task 5: what may it cost? (2 points)
#
# An offer costs `lab.offer_cost()` yuan now. Up to which cost would offers to the best fifth by `value_lift` pay, on average?

# %% [markdown] lang="zh"
# ## 任务5：最多能花多少？（2分）
#
# 现在一份优惠的成本是 `lab.offer_cost()` 元。若给按 `value_lift` 选出的前五分之一，平均而言成本最高为多少时仍然划算？

# %% solution="price"
highest_cost = None
### BEGIN SOLUTION
highest_cost = lab.offer_cost() + true_gain["value_lift"]
### END SOLUTION

# %% test="check_price" points=2
lab.check_price(globals(), LANG)

# %% [markdown] lang="en"
# ## What to remember
#
# 1. Without a control group nobody knows what an offer did: most who got it would have stayed.
# 2. The riskiest need not be the best targets. Ask whom the offer changes, and what that customer is worth.
# 3. One campaign is noisy: scores that differ in truth may look alike, or the other way round.
#
# **Read on:** notebook [Whom to target](../../../notebooks/en/09_whom_to_target.ipynb); the data set `campaign` in [the data sets](../../../datasets/README.md) has a larger campaign with its hidden truth.

# %% [markdown] lang="zh"
# ## 要点
#
# 1. 没有对照组，谁也不知道优惠起了什么作用：得到优惠的人大多本来就会留下。
# 2. 风险最高的未必是最佳对象。要问优惠能改变谁，以及这位客户值多少。
# 3. 单次活动噪声很大：真相不同的评分可能看起来差不多，也可能正好相反。
#
# **延伸阅读**：笔记本[选择谁](../../../notebooks/zh/09_whom_to_target.ipynb)；[数据集](../../../datasets/README.md)中的 `campaign` 是一次更大的活动，附有隐藏的真相。
