# %% [markdown] lang="en"
# # 2. Lifecycle stages and the input-output curve
#
# **Question.** A firm spends most on a customer before that customer has brought anything. In which stage does the relationship pay it back, and how many customers ever get that far?

# %% [markdown] lang="zh"
# # 2. 生命周期阶段与投入产出曲线
#
# **问题。** 企业在一位客户身上的投入，大部分发生在客户带来任何收益之前。这段关系在哪个阶段才收回投入？又有多少客户能走到那一步？

# %%
LANG = "en"

# %%
from IPython.display import Image

from crmsim import find_lesson, run_lesson
from crmsim.comparison import mean_interval
from crmsim.dashboards.river_panel import RiverPanel, RiverState
from crmsim.plots.style import to_png
from crmsim.teaching.figures import in_figures
from crmsim.teaching.prediction import Choice, Number, Prediction, Range
from crmsim.text import say

# %% [markdown] lang="en"
# ## Predict
#
# A retailer wins customers at 100 CU each (CU: the currency unit of the simulated firm) and then simply serves them. Nothing in this notebook is discounted. A customer is first *explored* (both sides try each other), then the relationship *forms*, becomes *stable*, and may *decline*.

# %% [markdown] lang="zh"
# ## 先预测
#
# 一家零售商以每位100 CU的成本（CU：模拟企业的货币单位）赢得客户，此后只提供正常服务。本笔记本的金额均未贴现。关系先经历*考察期*（双方互相试探），然后*形成*，走向*稳定*，也可能*退化*。

# %%
best = Prediction("stages_best", LANG, Choice("exploration", "formation", "stability", "decline"))
best

# %%
even = Prediction("stages_even", LANG, Number(1, 60))
even

# %%
steady = Prediction("stages_steady", LANG, Range(0, 100))
steady

# %% [markdown] lang="en"
# ## Run
#
# Some 600 customers, each followed for five years from the first purchase on. The very first run on a computer takes about 40 seconds, because the model is translated into machine code; after that everything is quick.

# %% [markdown] lang="zh"
# ## 运行
#
# 约600位客户，每位都从首次购买起跟踪五年。在一台电脑上第一次运行约需40秒，因为要先把模型编译为机器码；之后就很快了。

# %%
river = RiverPanel(RiverState(scheme="four_stage", lang=LANG))
river

# %% [markdown] lang="en"
# ## How to read it
#
# - **Upper left, the river:** everybody enters on the left with the first purchase; a band is as wide as there are customers in the stage. It is the *true* stage. A firm never sees it and has to guess it from purchases.
# - **Lower left, input and output:** most of the input is spent in the first month, to win the customer. The solid line, output per customer of the whole cohort, sinks year by year. The dotted one says why: a customer *who is still there* brings about as much as ever. The firm's income dries up because customers leave. That steady average hides two movements, because those who are left are *others*: whoever buys often has many occasions to leave. In their first year, those who would still be there after four had brought a fifth *less* a month than all customers did; in the fourth they bring some two fifths *more* than they themselves did at first.
# - **Right, the same money by stage:** how long an average customer is in each stage, and what is left each month. The months of those who never got there count as 0.
#
# **Try:** tell the same lives in other words (*stages as in*). With six stages the cost of winning has a place of its own, before the relationship. With three stages decline has no name: it lies in "none of the three", together with those who left and with that cost. Then choose *telecom contracts*: why does a month in each stage bring nearly the same there?
#
# Now what you predicted, with eight runs of 600 other customers each.

# %% [markdown] lang="zh"
# ## 怎样读图
#
# - **左上图（河流）**：每位客户随首次购买从左侧进入，色带的宽度就是该阶段的客户数。这是*真实*的阶段：企业看不到，只能从购买行为去猜。
# - **左下图（投入与产出）**：投入大部分花在第一个月，用来赢得客户。实线是按全部客户平均的产出，逐年下降；虚点线说明了原因：*仍在的*客户平均带来的与从前相差不多。企业的收入变少，是因为客户走了。这个平稳的平均数掩盖了两个方向相反的变化，因为留下的是*另一些人*：买得勤的客户，离开的机会也多。四年后仍在的客户，第一年每月带来的比全体客户*少*五分之一；到第四年，他们每月带来的比自己当初*多*约五分之二。
# - **右图（同样的钱，按阶段划分）**：平均每位客户在各阶段停留多久，每月留下多少净额。从未到达某阶段的客户，其月数按0计。
#
# **试一试**：换一套说法来讲同样的经历（*阶段划分*）。六阶段划分给获取成本一个单独的位置，在关系开始之前。三阶段划分中，退化期没有名字：它与已流失者和获取成本一起落在“三阶段之外”。再选*电信合约*：为什么那里各阶段每月带来的几乎一样？
#
# 现在看您的预测：另做八次运行，每次约600位不同的客户。

# %%
flows = [RiverState(seed=seed).run().flow for seed in range(2, 10)]
net = sum(flow.by_stage["net"] for flow in flows) / len(flows)
stage = net.idxmax()
most = mean_interval([flow.by_stage.loc[stage, "net"] for flow in flows])
words = {"stage": say(f"stage.{stage}", LANG), "currency": RiverState().scenario.currency}
told = say("notebook.stages.best", LANG, **words, **in_figures(most))
best.reveal(told, stage)

# %%
months = sorted(flow.break_even for flow in flows)
half = (months[3] + months[4]) / 2
words = {"half": f"{half:g}", "first": f"{months[0]:g}", "last": f"{months[-1]:g}"}
even.reveal(say("notebook.stages.even", LANG, **words), half)

# %%
shares = mean_interval([100 * flow.stages.loc[24, "stability"] / flow.customers for flow in flows])
steady.reveal(say("notebook.stages.steady", LANG, **in_figures(shares)), shares.mean)

# %% [markdown] lang="en"
# ## One more: is it the stage, or is it the people?
#
# Whoever reaches stability may have been a better customer from the beginning. Then the picture on the right would compare *people*, not stages. The claim of the course must therefore be tested within the same customers: what they brought per month in exploration, in formation and in stability; and what those who declined had brought before. Here it is, with eight runs and intervals.

# %% [markdown] lang="zh"
# ## 再进一步：是阶段的作用，还是人的不同？
#
# 能走到稳定期的客户，也许从一开始就是更好的客户。那么右图比较的是*人*，而不是阶段。因此，课程中的论断必须在同一批客户内部检验：他们在考察期、形成期、稳定期每月各带来多少；后来退化的客户，此前又带来多少。下面是八次运行的结果与区间。

# %%
lesson = find_lesson("lifecycle_input_output")
found = run_lesson(lesson)
Image(to_png(found.draw(lang=LANG)), alt=f"{lesson.claim(LANG)} {say(f'verdict.{found.verdict}', LANG)}")

# %% [markdown] lang="en"
# Green is where the claim wants the value to be. The fourth row is worth a second look: by the end of exploration, winning the customer has *not* been paid back. How does that go with break-even after a few months? Some are in formation and stability by then, and they pay for those who left early.
#
# A claim is worth more if one knows when it fails. Suppose that trust did not raise the share of wallet (the part of their need that customers buy here), nothing were sold besides, and serving a regular cost as much as serving a newcomer:

# %% [markdown] lang="zh"
# 绿色区域是论断要求数值所在的范围。第四行值得再看一眼：到考察期结束时，获取成本*尚未*收回。这与几个月就收支平衡怎么会同时成立？因为那时有些客户已进入形成期和稳定期，是他们替早早离开的人付了账。
#
# 知道一个论断何时不成立，它才更有价值。假设信任不会扩大钱包份额（客户的需要中在本企业购买的部分），没有交叉购买，服务老客户与服务新客户的成本一样：

# %%
broken = Prediction("stages_broken", LANG, Choice("yes", "no"))
broken

# %%
flat = run_lesson(lesson, lesson.broken(found.scenario)["nothing_grows"])
held, parts = int((flat.table["verdict"] == "holds").sum()), len(flat.table)
verdict = say(f"verdict.{flat.verdict}", LANG)
told = say("notebook.stages.broken", LANG, verdict=verdict, held=held, parts=parts)
broken.reveal(told, "yes" if flat.verdict == "holds" else "no")

# %% [markdown] lang="en"
# ## What to remember
#
# 1. The firm pays first: the cost of winning comes before any contribution, and here exploration alone does not earn it back.
# 2. The contribution per month grows with the relationship only where something grows: share of wallet, further categories, cheaper service, recommendations (Reichheld & Sasser 1990). Under a fixed fee it hardly does. A long life alone makes nobody profitable (Reinartz & Kumar 2000).
# 3. At this retailer the largest part of the value comes from stability, although only a minority of the customers is in it at any time. That is why its length matters so much.
# 4. The average of a cohort mixes three things: how customers change, how many are left, and who these are. Look at all of them.
# 5. Three, four, five or six stages are words for one path. What a scheme has no word for, nobody will manage.
#
# ## Exercise
#
# 1. Read off the right picture what one more month of stability would be worth to an average customer, and what you would pay at most for a programme that brings it. Then choose *stage-matched programme* as the strategy: by how many months does stability grow, and does that fit?
# 2. `crmsim lesson lifecycle_input_output --preset telecom --break` runs the same claim for contracts. Which contrasts are smaller than at the retailer, which one is larger, and why?
# 3. `crmsim quiz --topic lifecycle` asks the questions of the exam.

# %% [markdown] lang="zh"
# ## 要点
#
# 1. 企业先付钱：获取成本在任何贡献之前；在这里，单靠考察期收不回来。
# 2. 每月贡献随关系增长，前提是确有东西在增长：钱包份额、交叉购买、更低的服务成本、推荐（Reichheld & Sasser 1990）。收固定费用时几乎不增长。关系长久本身并不使客户盈利（Reinartz & Kumar 2000）。
# 3. 在这家零售商，价值的最大部分来自稳定期，尽管任何时候处于其中的客户都只是少数。所以稳定期的长短如此重要。
# 4. 一批客户的平均数混合了三件事：客户如何变化、还剩多少客户、剩下的是哪些人。三者都要看。
# 5. 三、四、五、六个阶段，都是同一条道路的不同说法。一套划分里没有名字的东西，就没有人去管理。
#
# ## 练习
#
# 1. 从右图读出：对平均每位客户而言，稳定期延长一个月值多少？您最多愿意为能做到这一点的激励付多少？再把策略换成*按阶段匹配的激励*：稳定期延长了几个月？与您的答案相符吗？
# 2. 运行 `crmsim lesson lifecycle_input_output --preset telecom --break --lang zh`，对电信合约检验同一论断。哪几项对比比零售商小？哪一项更大？为什么？
# 3. 运行 `crmsim quiz --topic lifecycle --lang zh`，做相关的考题。
