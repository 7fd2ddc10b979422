# %% [markdown] lang="en"
# # 1. One customer's life
#
# **Question.** A customer buys from us for the first time today. How long will they stay, what will they bring us, and what decides about it?

# %% [markdown] lang="zh"
# # 1. 一位客户的一生
#
# **问题。** 今天，一位客户第一次向我们购买。这段关系能维持多久？会带来多少价值？由什么决定？

# %%
LANG = "en"

# %%
import pandas as pd

from crmsim import find_strategy, preset, simulate
from crmsim.comparison import mean_interval
from crmsim.dashboards.comparison_panel import ComparisonPanel, ComparisonState
from crmsim.dashboards.timeline_panel import LifePanel, LifeState
from crmsim.metrics.lives import lost_after_problem, purchases_to_pay_back
from crmsim.metrics.retention import losses_by_cause
from crmsim.teaching.figures import in_figures
from crmsim.teaching.prediction import Choice, Number, Prediction, Range
from crmsim.text import say

# %% [markdown] lang="en"
# ## Predict
#
# Answer before you look. What you lock in is kept beside this notebook and comes back later, next to the result.

# %% [markdown] lang="zh"
# ## 先预测
#
# 请先回答，再看结果。锁定的预测保存在本笔记本旁边，稍后与结果并列显示。

# %%
payback = Prediction("life_payback", LANG, Number(1, 100))
payback

# %%
causes = ("price", "competitor", "quality", "service_failure", "neglect", "need_ended", "natural")
ending = Prediction("life_ending", LANG, Choice(*causes))
ending

# %%
trouble = Prediction("life_problem", LANG, Range(0, 100))
trouble

# %% [markdown] lang="en"
# ## Run
#
# Below is one customer out of 200 of a retailer. Amounts are in CU, the currency unit of the simulated firm, at the prices of its scenario (1 January 2026). The very first run on a computer takes about 40 seconds, because the model is translated into machine code; after that everything is quick.

# %% [markdown] lang="zh"
# ## 运行
#
# 下面是一家零售商200位客户中的一位。金额单位为CU，即模拟企业的货币单位，按情景的价格日（2026年1月1日）计价。在一台电脑上第一次运行约需40秒，因为要先把模型编译为机器码；之后就很快了。

# %%
life = LifePanel(LifeState(lang=LANG))
life

# %% [markdown] lang="en"
# ## How to read it
#
# - **Top:** every purchase is a stem, as high as its amount. The colour behind it is the *true* stage of the relationship: exploration, formation, stability, decline.
# - **Middle:** what else happened. Compare the bar at the bottom (what the firm does) with the stage behind it: the firm only sees purchases and complaints, so it is often late.
# - **Bottom:** what the customer has been worth so far, discounted to the first purchase. It starts below zero, because winning a customer costs money.
#
# **Try:** press *next interesting customer* a few times. Then keep one customer and change only the *strategy*: it is the same person with the same luck, so every difference is the work of the strategy.
#
# One life proves nothing, though, and one thousand lives are still one run of luck. So here is the same retailer eight times, each time with 1000 other customers whom the firm simply served, beside what you predicted.

# %% [markdown] lang="zh"
# ## 怎样读图
#
# - **上图**：每次购买是一根竖线，高度为金额。背景颜色是关系的*真实*阶段：考察期、形成期、稳定期、退化期。
# - **中图**：其他事件。请把最下面的横条（企业的举措）与背景的阶段对照：企业只看得到购买和投诉，因此常常慢一步。
# - **下图**：这位客户至今的累计价值（贴现到首次购买之日）。它从零以下开始，因为赢得客户要花钱。
#
# **试一试**：多按几次“下一位有故事的客户”。然后固定一位客户，只换*策略*：人没变，运气也没变，所以全部差异都来自策略。
#
# 不过，一位客户的一生不能证明什么；一千位客户，也还只是一次运气。因此请看同一家零售商运行八次的结果（每次是另外1000位客户，企业只提供正常服务），旁边是您的预测。

# %%
town, nothing = preset("retail").with_values(customers=1000), find_strategy("do_nothing")
many = [simulate(town, nothing, seed=1, replication=k) for k in range(8)]
needed = [purchases_to_pay_back(run) for run in many]
medians = pd.Series([each.median() for each in needed])
ends = {"half": f"{medians.median():g}", "least": f"{medians.min():g}", "most": f"{medians.max():g}"}
never = mean_interval([(each == float("inf")).mean() for each in needed])
told = say("notebook.life.payback", LANG, n=len(many), **ends, **in_figures(never, scale=100))
payback.reveal(told, medians.median())

# %%
shares = pd.DataFrame([losses_by_cause(run) for run in many])
cause = shares.mean().idxmax()
words = {"cause": say(f"predict.life_ending.{cause}", LANG), "n": len(many)}
first = int((shares.idxmax(axis="columns") == cause).sum())
share = in_figures(mean_interval(shares[cause]), scale=100)
ending.reveal(say("notebook.life.ending", LANG, first=first, **words, **share), cause)

# %%
gone = mean_interval([100 * lost_after_problem(run) for run in many])
trouble.reveal(say("notebook.life.problem", LANG, n=len(many), **in_figures(gone)), gone.mean)

# %% [markdown] lang="en"
# ## One more: two strategies, many customers
#
# Now hundreds of customers, twice: once under the left strategy, once under the right one. Both sides have the *same* customers with the *same* luck.

# %% [markdown] lang="zh"
# ## 再进一步：两种策略，许多客户
#
# 现在把几百位客户模拟两遍：一遍用左侧策略，一遍用右侧策略。两边是*同样的*客户、*同样的*运气。

# %%
programme = Prediction("life_programme", LANG, Choice("higher", "lower", "undecided"))
programme

# %%
comparison = ComparisonPanel(ComparisonState(lang=LANG))
comparison

# %%
compared = ComparisonState(lang=LANG).run()
clv = compared.table.loc["clv"]
found = say("notebook.life.programme", LANG, currency=compared.currency, **in_figures(clv))
programme.reveal(found, clv["verdict"])

# %% [markdown] lang="en"
# The last two columns of the table are the ones to look at. A difference counts only if its interval does not contain 0. Press *new seed* and see which findings stay and which were chance. Then try *stage-mismatched programme* on the right: the same money, given to the wrong stage.

# %% [markdown] lang="zh"
# 请看表格的最后两列。只有当区间不含0时，差异才算数。按“换一个种子”，看看哪些结论还在，哪些只是偶然。然后在右侧选“与阶段错配的激励”：同样的钱，却给错了阶段。

# %% [markdown] lang="en"
# ## What to remember
#
# 1. A customer is an investment: the first purchase rarely pays for itself.
# 2. Relationships pass through stages, and what a customer longs for changes with the stage (an assumption of the course; notebook 7 takes it away).
# 3. Firms see purchases, not feelings. In this model, of 100 customers who make up their mind to leave, fewer than 10 look like declining customers by their purchases at that moment.
# 4. One life is a story; a claim needs many lives, a pair of strategies, and an interval.
#
# ## Exercise
#
# [Exercise 1: a first comparison](../../exercises/01_first_comparison.md). You test a sentence that many textbooks contain.

# %% [markdown] lang="zh"
# ## 要点
#
# 1. 客户是一项投资：第一次购买很少能收回成本。
# 2. 关系会经历不同阶段，客户渴望什么随阶段而变（这是课程的假设，笔记本7会取消它再看结果）。
# 3. 企业看到的是购买，而不是感受。在本模型中，每100位下决心离开的客户，此刻从购买记录看像是处于退化期的不到10位。
# 4. 一位客户的一生只是一个故事；要检验一个论断，需要许多客户、一对策略和一个区间。
#
# ## 练习
#
# [练习1：第一次比较](../../exercises/01_first_comparison.md)。您将检验许多教科书里的一句话。
