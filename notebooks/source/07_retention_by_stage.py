# %% [markdown] lang="en"
# # 7. Retention strategies by stage, matched and mismatched
#
# **Question.** Four programmes at the same price: rewards, personal contact, special treatment, a community. Does it matter who gets which one when, or is any attention better than none?

# %% [markdown] lang="zh"
# # 7. 各阶段的客户保持策略：匹配与错配
#
# **问题。** 四种激励，价格相同：常客回报、情感联系、特殊待遇、社群归属。谁在什么时候得到哪一种，有关系吗？还是说，只要有所表示，总比什么都不做好？

# %%
LANG = "en"

# %%
from IPython.display import Image

from crmsim import find_lesson, find_strategy, preset, run_lesson, strategy_returns
from crmsim.dashboards.comparison_panel import ComparisonPanel, ComparisonState
from crmsim.dashboards.tier_flow_panel import TierFlowPanel, TierFlowState
from crmsim.plots.style import to_png
from crmsim.teaching.figures import in_figures, plain
from crmsim.teaching.prediction import Choice, Number, Prediction
from crmsim.text import say

# %% [markdown] lang="en"
# ## Predict
#
# | stage that the firm observes | matched | mismatched |
# |---|---|---|
# | exploration | rewards | community |
# | formation | special treatment | rewards |
# | stability | community | rewards |
# | decline | personal contact | community |
#
# Each costs 1.2 CU a month and customer (CU: the currency unit of the simulated firm). A third firm does nothing and saves the money.

# %% [markdown] lang="zh"
# ## 先预测
#
# | 企业观察到的阶段 | 匹配 | 错配 |
# |---|---|---|
# | 考察期 | 常客回报 | 社群归属 |
# | 形成期 | 特殊待遇 | 常客回报 |
# | 稳定期 | 社群归属 | 常客回报 |
# | 退化期 | 情感联系 | 社群归属 |
#
# 每种激励都是每位客户每月1.2 CU（CU：模拟企业的货币单位）。第三家企业什么都不做，把钱省下。

# %%
worst = Prediction("matching_worst", LANG, Choice("do_nothing", "stage_matched", "stage_mismatched"))
worst

# %%
paid = Prediction("matching_paid", LANG, Number(0, 50))
paid

# %%
single = Prediction("matching_single", LANG, Choice("matched", "single", "undecided"))
single

# %% [markdown] lang="en"
# ## Run
#
# The mismatched programme on the left, the matched one on the right: the same customers with the same luck. The very first run on a computer takes about 40 seconds, because the model is translated into machine code; after that everything is quick.

# %% [markdown] lang="zh"
# ## 运行
#
# 左侧是错配的激励，右侧是匹配的激励：客户相同，运气也相同。在一台电脑上第一次运行约需40秒，因为要先把模型编译为机器码；之后就很快了。

# %%
both = ComparisonPanel(ComparisonState(left="stage_mismatched", right="stage_matched", lang=LANG))
both

# %% [markdown] lang="en"
# ## How to read it
#
# - **Upper left, where the value comes from:** the part below zero is what the firm pays. The programmes' part is nearly as long on both sides. If the matched one costs more in all, though a month costs the same, it is because its customers stay longer.
# - **Below, by tier:** does every tier gain, or is it the best customers only?
# - **Table:** the last two columns decide. If the interval of an outcome contains 0, these runs do not decide it, however different the bars look.
#
# **Try:** put *do nothing* on the left and *stage-mismatched programme* on the right: is some attention better than none? Then *telecom contracts*.
#
# Your predictions, beside eight runs of 1000 customers. All seven arms have the same customers: nothing, matched, mismatched, and each single programme for everybody.

# %% [markdown] lang="zh"
# ## 怎样读图
#
# - **左上图（价值从何而来）**：零以下的部分是企业的支出。两边的激励支出差不多长。每月的价格相同，若匹配的一侧总额更高，那是因为它的客户留得更久。
# - **下方（按等级）**：各等级都受益，还是只有最好的客户受益？
# - **表格**：起决定作用的是最后两列。某个指标的区间若包含0，这些运行就不能判定它，不管柱子看上去相差多大。
#
# **试一试**：左侧选*不采取策略*，右侧选*与阶段错配的激励*：有所表示就比什么都不做好吗？然后换成*电信合约*。
#
# 现在看您的预测，旁边是八次运行、每次1000位客户的结果。七个方案面对的是同样的客户：什么都不做、匹配、错配，以及对所有人一律使用某一种激励。

# %%
lesson = find_lesson("stage_matching")
found = run_lesson(lesson)
currency, contrasts = found.scenario.currency, found.table.set_index("contrast")
levels = found.levels.query("measure == 'clv'").set_index("arm")["mean"]
three = levels[["do_nothing", "stage_matched", "stage_mismatched"]]
values = {name: plain(value) for name, value in three.items()}
gap = in_figures(contrasts.loc["mismatched"])
told = say("notebook.matching.worst", LANG, currency=currency, **values, **gap)
worst.reveal(told, three.idxmin())

# %%
town = preset("retail").with_values(customers=1000)
back = {
    name: strategy_returns(town, find_strategy(name), replications=8).returns().loc["price_possible"]
    for name in ("stage_matched", "stage_mismatched")
}
matched, mismatched = (in_figures(row, 1) for row in back.values())
told = say("notebook.matching.paid", LANG, **matched, mismatched=mismatched["mean"])
paid.reveal(told, back["stage_matched"]["mean"])

# %%
row = contrasts.loc["over_best_single"]
told = say("notebook.matching.single", LANG, currency=currency, **in_figures(row))
winner = {"holds": "matched", "does_not_hold": "single", "not_decided": "undecided"}[row["verdict"]]
single.reveal(told, winner)

# %%
Image(to_png(found.draw(lang=LANG)), alt=f"{lesson.claim(LANG)} {say(f'verdict.{found.verdict}', LANG)}")

# %% [markdown] lang="en"
# ## One more: whom does it keep?
#
# Twice a year the firm ranks its customers by what they spent in the last twelve months: the top 5 % are VIP, the next 15 % important, the next 30 % ordinary. The bands follow the customers of one review through the following years; the tables count every move of every run.

# %% [markdown] lang="zh"
# ## 再进一步：留住了谁？
#
# 企业每半年按最近十二个月的消费给客户排名：前5%是VIP，接下来的15%是重要客户，再往下30%是普通客户。流带跟踪某次评级时的客户此后几年的去向；表格统计全部运行中的每一次变动。

# %%
kept = Prediction("matching_kept", LANG, Choice("lower", "higher", "undecided"))
kept

# %%
tiers = TierFlowPanel(TierFlowState(left="stage_mismatched", right="stage_matched", lang=LANG))
tiers

# %%
lost = TierFlowState(left="stage_mismatched", right="stage_matched").run().table.loc["lost"]
sides = {side: plain(100 * lost[side], 1) for side in ("left", "right")}
told = say("notebook.matching.kept", LANG, **sides, **in_figures(lost, 1, scale=100))
kept.reveal(told, lost["verdict"])

# %% [markdown] lang="en"
# Read the table before you praise a strategy for its *promotions*. A tier is a rank: so many in a hundred are VIP, whatever the firm does. Somebody rises whenever others leave, so many promotions can be a sign that the base is crumbling. What a strategy changes is who is lost, and how much those in a tier are worth.
#
# Look at the last column of the two tables in the picture, too: at this retailer, a *greater* share of the VIP customers than of the small ones is lost from one review to the next. Here every purchase is an occasion to be disappointed or to look elsewhere, and who buys often has many. Choose *supplier with key accounts*: is it so there?
#
# ### When does it turn?
#
# That different stages long for different things is put into the model, not found by it: it is the assumption of the course (after Dwyer, Schurr & Oh 1987), written down as a table of needs. What the runs find out is how much it is worth to a firm that does not see the stage but guesses it, and whether it pays. So take the assumption away and let every stage long for the same:

# %% [markdown] lang="zh"
# 在因为*升级人数*而称赞一个策略之前，请先读表格。等级是名次：无论企业怎么做，每百人中VIP的人数都是固定的。别人离开，就有人升级，所以升级很多可能正说明客户基础在流失。策略改变的是谁会流失，以及各等级的客户值多少。
#
# 也请看图中两张表格的最后一列：在这家零售商，从一次评级到下一次，VIP客户的流失比例*高于*小客户。因为在这里，每次购买都是一次失望或另寻他家的机会，而买得勤的人机会就多。换成*大客户供应商*，还是这样吗？
#
# ### 什么时候会反过来？
#
# 不同阶段有不同的渴望，这是写进模型的，而不是模型发现的：它是课程的假设（源自Dwyer, Schurr & Oh 1987），写成一张需求表。运行所能发现的是：企业看不到阶段、只能猜，这时匹配值多少钱，是否合算。那么，取消这个假设，让每个阶段的渴望都相同：

# %%
alike = Prediction("matching_alike", LANG, Choice("holds", "does_not_hold"))
alike

# %%
same = run_lesson(lesson, lesson.broken(found.scenario)["needs_alike"])
gap = in_figures(same.table.set_index("contrast").loc["over_mismatched"], 1)
words = {"verdict": say(f"verdict.{same.verdict}", LANG), "currency": currency}
told = say("notebook.matching.alike", LANG, **words, **gap)
alike.reveal(told, "holds" if same.verdict == "holds" else "does_not_hold")

# %% [markdown] lang="en"
# ## What to remember
#
# 1. Money spent on the wrong stage hardly comes back: at this retailer mismatched programmes were worth less than doing nothing, although each of them works at another stage.
# 2. Here the best single programme for everybody is better than mismatching and worse than matching: beginners and regulars long for different things.
# 3. To match, a firm must know the stage, and it sees purchases only. The programme is as good as the guess.
# 4. Whether loyalty programmes change what customers do has long been doubted (Dowling & Uncles 1997). So judge one by value after its cost, against the same customers without it; not by its members, points or promotions.
# 5. That needs change with the stage is an assumption with evidence for it (Jap & Anderson 2007), not a law. Where it fails, there is nothing to match.
#
# ## Exercise
#
# 1. [Exercise 1, claim A](../../exercises/01_first_comparison.md): the same claim with words of your own, and for contracts.
# 2. Copy `crmsim show stage_matched` into a file and change one programme. Which change costs most? `crmsim compare retail --strategies do_nothing,mine.yaml,stage_matched --out compared` tells.
# 3. `crmsim quiz --topic retention` asks the questions of the exam.

# %% [markdown] lang="zh"
# ## 要点
#
# 1. 钱花错了阶段就很难收回：在这家零售商，错配的激励还不如什么都不做，尽管每一种放在别的阶段都有效。
# 2. 在这里，对所有人只用最好的一种激励，好于错配，不如匹配：新客户与老客户的渴望不同。
# 3. 要匹配，企业就得知道阶段，而它只看得到购买。判断有多准，激励就有多有效。
# 4. 忠诚计划能否改变客户行为，早有人质疑（Dowling & Uncles 1997）。因此评价它要看扣除成本之后的价值，并与没有计划时的同一批客户相比；而不是看会员数、积分或升级人数。
# 5. 需求随阶段变化，是有证据支持的假设（Jap & Anderson 2007），而不是定律。它不成立时，也就无从匹配。
#
# ## 练习
#
# 1. [练习1的论断A](../../exercises/01_first_comparison.md)：用自己的话检验同一论断，再用于电信合约。
# 2. 把 `crmsim show stage_matched` 的内容存成文件，只改其中一种激励。哪一处改动损失最大？用 `crmsim compare retail --strategies do_nothing,mine.yaml,stage_matched --out compared --lang zh` 查看。
# 3. 运行 `crmsim quiz --topic retention --lang zh`，做相关的考题。
