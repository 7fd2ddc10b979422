# %% [markdown] lang="en"
# # 10. Churn, its causes, win-back, the four-step retention decision
#
# **Question.** Customers leave every year. How much should a firm spend to keep them, and whom should it ask to come back?

# %% [markdown] lang="zh"
# # 10. 客户流失：原因、赢回与客户保持决策四步法
#
# **问题。** 每年都有客户离开。为了留住他们，企业应当花多少钱？已经离开的，又该请谁回来？

# %%
LANG = "en"

# %%
import pandas as pd
from IPython.display import Image

from crmsim import find_lesson, run_lesson
from crmsim.comparison import mean_interval
from crmsim.dashboards.churn_panel import ChurnPanel, ChurnState
from crmsim.plots.style import to_png
from crmsim.teaching.figures import in_figures, plain
from crmsim.teaching.prediction import Choice, Prediction, Range
from crmsim.text import say

# %% [markdown] lang="en"
# ## Predict
#
# A retailer serves its customers and does nothing to keep them.

# %% [markdown] lang="zh"
# ## 先预测
#
# 一家零售商只提供正常服务，不采取任何保留举措。

# %%
able = Prediction("churn_preventable", LANG, Range(0, 100))
able

# %%
asked = Prediction("churn_win_back", LANG, Choice("more_per_unit", "less_per_unit", "undecided"))
asked

# %% [markdown] lang="en"
# ## Run
#
# Kotler's four steps, on a market in which the true cause of every loss is known. Amounts are in CU, the currency unit of the simulated firm. The very first run on a computer takes about 40 seconds.

# %% [markdown] lang="zh"
# ## 运行
#
# 下面是科特勒的四个步骤，所用的市场中每次流失的真实原因都是已知的。金额单位为CU，即模拟企业的货币单位。在一台电脑上第一次运行约需40秒。

# %%
churn = ChurnPanel(ChurnState(lang=LANG))
churn

# %% [markdown] lang="en"
# ## How to read it
#
# - **Step 1** is in the table: the share of customers kept, in the first year and later.
# - **Step 2**, upper left: of 100 losses, how many had which cause. Coloured causes are those that a firm can do something about; nobody brings back a need that is over. The hatched bars are what the firm was told: many say nothing. (Here those who speak tell the truth. In life many say "the price", because it ends the conversation.)
# - **Step 3**, upper right: the profit that went with them, valued as the remaining CLV of similar customers who stayed. The most frequent cause need not be the dearest.
# - **Step 4**, lower left: *L* is the profit lost by all preventable causes. The course's criterion is to spend as long as the cost *C* is below it. But no measure prevents every loss, so the honest comparison is with *R*, what this measure brings back: it is measured on the same customers with the same luck.
# - **Win-back**, lower right: everybody who left, or only those whose last year was worth it.
#
# **Try:** compare *save offers by risk* with *by value and lift*. Choose *price cut*: what does the book of costs say, and what does the net say? Move the threshold of win-back.

# %% [markdown] lang="zh"
# ## 怎样读图
#
# - **步骤1**见表格：第一年和以后各年留住的客户比例。
# - **步骤2**，左上图：每100位流失中各原因占多少。彩色的是企业可以有所作为的原因；消失的需求，谁也带不回来。斜线条是企业听到的原因：许多人什么也没说。（这里开口的人说的都是真话；现实中许多人会说“价格”，因为这样谈话就结束了。）
# - **步骤3**，右上图：随之损失的利润，按同类留存客户的剩余终生价值估算。最常见的原因未必损失最大。
# - **步骤4**，左下图：*L*是所有可避免的原因造成的利润损失。课程的判据是：只要成本*C*小于它就投入。但没有哪项举措能避免所有流失，所以应当与*R*比较，即这项举措实际挽回的价值：它是在同一批客户、同样的运气下测得的。
# - **赢回**，右下图：请所有流失客户回来，还是只请近一年有足够贡献的客户。
#
# **试一试**：比较*按风险挽留*与*按价值与增益挽留*。选择*降价*：成本账上是多少？净收益又是多少？再移动赢回门槛。

# %%
found = ChurnState(lang=LANG, customers=1000, populations=8).run()
lost = pd.DataFrame([life.alone.heard["lost"] for life in found.lives])
preventable = lost[found.causes.index[found.causes["preventable"]]].sum(axis="columns")
share = mean_interval(100 * preventable / lost.sum(axis="columns"))
first, dearest = (say(f"cause.{table['mean'].idxmax()}", LANG) for table in (found.causes, found.profit))
blanks = {"first": first, "dearest": dearest, "n": len(found.lives)}
able.reveal(say("notebook.churn.preventable", LANG, **blanks, **in_figures(share)), share.mean)

# %%
won = found.won_back.set_index(["arm", "figure"])
units = {arm: plain(won.loc[(arm, "per_unit"), "mean"], 1) for arm in ("all", "value")}
nets = {f"net_{arm}": plain(won.loc[(arm, "net"), "mean"]) for arm in ("all", "value")}
less = {f"net_{end}": words for end, words in in_figures(won.loc[("less", "net")], 1).items()}
unit_less = in_figures(won.loc[("less", "per_unit")], 1)
said = say("notebook.churn.win_back", LANG, currency=found.currency, **units, **nets, **less, **unit_less)
asked.reveal(said, found.more_per_unit)

# %% [markdown] lang="en"
# ## One more: below the loss, and still not worth it?
#
# A supplier with a few large customers loses some of them after failures of service. Better recovery would cost less than the profit that goes with all preventable losses (look at *C* and *L* below). By the course's criterion: spend.

# %% [markdown] lang="zh"
# ## 再进一步：成本低于损失，就一定值得吗？
#
# 一家大客户供应商因服务失误而失去了一些客户。改进服务补救的成本，低于所有可避免的流失带走的利润（见下面的*C*与*L*）。按课程的判据：应当投入。

# %%
pays = Prediction("churn_recovery", LANG, Choice("higher", "lower", "undecided"))
pays

# %%
supplier = ChurnState(lang=LANG, preset="b2b", measure="recovery", customers=1000, populations=8).run()
amounts = {name: plain(row["mean"]) for name, row in supplier.amounts.drop("net").iterrows()}
net = in_figures(supplier.amounts.loc["net"])
said = say("notebook.churn.recovery", LANG, currency=supplier.currency, **amounts, **net)
pays.reveal(said, supplier.verdict)

# %% [markdown] lang="en"
# The criterion is a first sieve: a measure that costs more than everything that could be saved can hardly pay by keeping customers. Whether one that passes really pays depends on how many losses *it* prevents: $C < s \times L$, where $s$ is the share of all preventable losses, by value, that the measure prevents. (Not to be mixed up with $p_{save}$ of [notebook 9](09_whom_to_target.py), a probability for one customer.)
#
# And those who are gone already? Here is the claim of the course on win-back.

# %% [markdown] lang="zh"
# 这个判据是第一道筛子：如果一项举措的成本高于所有可挽回的价值，就很难靠留住客户回本。通过筛子的举措是否真的划算，取决于*它*能避免多少流失：$C < s \times L$，其中$s$是这项举措所避免的流失占全部可避免流失的比例（按价值计）。（不要与[笔记本9](09_whom_to_target.py)的$p_{save}$混淆，那是针对一位客户的概率。）
#
# 那么，已经离开的客户呢？下面是课程中关于赢回的论断。

# %%
lesson = find_lesson("win_back_selectivity")
claim = run_lesson(lesson, lesson.scenario(customers=1000))
print(lesson.claim(LANG))
Image(to_png(claim.draw(lang=LANG)), alt=say(f"verdict.{claim.verdict}", LANG))

# %% [markdown] lang="en"
# ## What to remember
#
# 1. Churn cannot be avoided completely: some needs simply end. Separate what can be prevented from what cannot.
# 2. The four steps: measure retention; find the causes and the share of each; estimate the profit lost; spend as long as it costs less (Kotler).
# 3. What counts in the fourth step is not all that is lost but what the measure brings back. A price cut has no line in the book of costs and is paid for by everybody who would have stayed.
# 4. A firm hears the reason of some of those who leave; the rest it has to find out.
# 5. Do not give up all who left, and do not chase all: at this retailer selective win-back earns more for each unit of money. Where asking is cheap, the others can still be worth it in total.
#
# ## Exercise
#
# 1. Which two measures have the highest net for the telecom? (Raise the populations to 10.) Intervals that overlap do not say which is better: compare the two as a pair, for instance `crmsim compare telecom --strategies save_value_lift,save_lift --out compared` (`crmsim show` lists the names).
# 2. A gym has 1,000 members and loses 150 a year because machines are broken and 100 who move house. A member's remaining CLV is 300 yuan, repairs cost 12,000 yuan a year and would prevent 40 % of the first losses. Go through the four steps. (`crmsim.value.retention_decision.decide_retention` does it with you.)
# 3. Run `crmsim lesson win_back_selectivity --break`. When does selectivity stop paying?
# 4. `crmsim quiz --topic retention` asks the questions of the exam.

# %% [markdown] lang="zh"
# ## 要点
#
# 1. 流失不可能完全避免：有些需求就是消失了。要把可避免的与不可避免的分开。
# 2. 四个步骤：测定保留率；识别流失原因及比率；估算利润损失；成本小于损失则投入（科特勒）。
# 3. 第四步的关键不是损失的总额，而是这项举措能挽回多少。降价在成本账上没有一行，却由所有本来就会留下的客户身上的利润来支付。
# 4. 企业只能从一部分流失者那里听到原因，其余的要自己去查。
# 5. 对流失客户，既不应一概放弃，也不必全部追回：在这家零售商，有选择的赢回，单位投入的回报更高。如果联系成本很低，其余的人合计起来也可能值得。
#
# ## 练习
#
# 1. 对电信合约，哪两项举措的净收益最高？（把客户群数增加到10。）区间重叠时看不出谁更好，请把两者配对比较，例如 `crmsim compare telecom --strategies save_value_lift,save_lift --out compared --lang zh`（用 `crmsim show` 查名称）。
# 2. 一家健身房有1000名会员，每年因器械损坏流失150人，因搬家流失100人。每位会员的剩余终生价值为300元，维修每年花费12000元，可避免前一类流失的40%。请走一遍四个步骤。（可用 `crmsim.value.retention_decision.decide_retention` 核对。）
# 3. 运行 `crmsim lesson win_back_selectivity --break --lang zh`。在什么情况下，有选择的赢回不再划算？
# 4. 用 `crmsim quiz --topic retention --lang zh` 做本专题的考题。
