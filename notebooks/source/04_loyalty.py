# %% [markdown] lang="en"
# # 4. Loyalty: attitude and behaviour
#
# **Question.** Two customers buy from us again and again. On the day on which it becomes easy to leave, one of them is gone. Which one, and could our records have told us?

# %% [markdown] lang="zh"
# # 4. 客户忠诚：态度与行为
#
# **问题。** 两位客户都一再向我们购买。等到离开变得容易的那一天，其中一位走了。是哪一位？我们的记录能事先看出来吗？

# %%
LANG = "en"

# %%
import pandas as pd
from IPython.display import Image

from crmsim import find_lesson, run_lesson
from crmsim.audit.agreement import share_agreed
from crmsim.comparison import mean_interval, verdict
from crmsim.dashboards.loyalty_panel import LoyaltyPanel, LoyaltyState
from crmsim.metrics.typologies import confusion
from crmsim.plots.style import new_figure, to_png
from crmsim.plots.views import plot_types
from crmsim.teaching.figures import in_figures
from crmsim.teaching.prediction import Choice, Prediction, Range
from crmsim.text import say

# %% [markdown] lang="en"
# Loyalty has two sides: liking the firm (attitude) and buying from it (behaviour). Who has both is **truly loyal**; who buys without liking is **spuriously loyal**; who likes without buying is **latently loyal**.
#
# ## Predict

# %% [markdown] lang="zh"
# 忠诚有两面：喜欢这家企业（态度）和向它购买（行为）。两者兼备是**真正忠诚**；购买却不喜欢，是**虚假忠诚**；喜欢却不购买，是**潜在忠诚**。
#
# ## 先预测

# %%
liking = Prediction("loyalty_liking", LANG, Range(0, 100))
liking

# %%
seen = Prediction("loyalty_seen", LANG, Range(0, 100))
seen

# %%
freed = Prediction("loyalty_freed", LANG, Choice("higher", "lower", "undecided"))
freed

# %% [markdown] lang="en"
# ## Run
#
# The customers of a supplier after three years, each a point. For now their switching barriers stay as they are.

# %% [markdown] lang="zh"
# ## 运行
#
# 一家供应商三年后的客户，每个点是一位客户。转换壁垒暂时保持不变。

# %%
screen = LoyaltyPanel(LoyaltyState(lang=LANG, barriers=100))
screen

# %% [markdown] lang="en"
# ## How to read it
#
# - **Left:** to the right is who likes the firm, at the top is who buys most of what they need from it. Rings are customers who leave within the time watched.
# - **Right:** who was lost, by type. The interval is of the difference between barriers that fall and barriers that stay, on the same people with the same luck.
#
# **Try:** choose another *scheme* and watch the same points change their names. The *diamond* cuts by attitude and number of brands; the *phases* deepen from knowing through liking to acting (Oliver's order is cognitive, affective, conative, action; the course calls the conative phase impulsive and means people who are easily drawn away, so here it comes first); the *ladder* asks what a customer does for the firm, up to bringing others. With *vertical axis: habit* you see what the phase of action adds. Then set *convenience* to 40: a rival next door takes some four fifths of what customers need, their attitude hardly changes, and latent loyalty appears.

# %% [markdown] lang="zh"
# ## 怎样读图
#
# - **左图**：越靠右越喜欢这家企业，越靠上，所需的东西越多向它购买。圆环是在观察期内离开的客户。
# - **右图**：各类客户的流失。区间是“壁垒下降”与“壁垒仍在”之差的区间，两种情形是同样的人、同样的运气。
#
# **试一试**：换一种“分类方法”，看同一批点怎样改名。*钻石模型*按态度与购买品牌数划分；*四个层次*由认知、喜爱到行动逐步加深（奥利弗的次序是认知、情感、意向、行为；课程把意向型称作冲动型，指容易被吸走的客户，所以这里排在最前）；*关系梯度*看客户为企业做了什么，直到带来新客户。把“纵轴”设为“习惯”，可以看到行为型多了什么。再把“购买便利度”设为40：客户所需的约五分之四被隔壁的对手拿走，态度几乎没变，潜在忠诚却出现了。

# %%
result = LoyaltyState(lang=LANG).run()
counts = pd.DataFrame([table["customers"] for table in result.losses])
share = mean_interval(100 * counts["true"] / (counts["true"] + counts["spurious"]))
liking.reveal(say("notebook.loyalty.liking", LANG, n=result.done, **in_figures(share)), share.mean)

# %% [markdown] lang="en"
# And what do the records say? Below, all these populations together: each column is what customers are, and its colours are what the firm takes them for, from purchases, answers to surveys, complaints and recommendations. Framed tiles are right guesses.

# %% [markdown] lang="zh"
# 那么企业的记录怎么说？下图汇总了这些客户群：每一列是客户的真实类型，颜色是企业根据购买、调查回答、投诉与推荐所做的判断。带框的是判断正确的部分。

# %%
tables = [confusion(then, "attitude_behaviour") for then, _, _ in result.lives]
figure, ax = new_figure(8.5, 4.2)
plot_types(sum(tables), "attitude_behaviour", ax, lang=LANG)
right = mean_interval([100 * share_agreed(table) for table in tables])
alike = mean_interval([100 * table.sum(axis="columns").max() / table.to_numpy().sum() for table in tables])
blanks = {"n": result.done, "alike": f"{alike.mean:.0f}"}
sentence = say("notebook.loyalty.seen", LANG, **blanks, **in_figures(right))
Image(to_png(figure), alt=sentence)

# %%
seen.reveal(sentence, right.mean)

# %% [markdown] lang="en"
# ## One more: a barrier falls
#
# A telecom firm: everybody has a contract, so everybody's behaviour is the same, and the map shows the switching barrier instead. On the day of the map the lock-in ends (a law lets people take their number along). Crosses are those who leave *because* it ended.

# %% [markdown] lang="zh"
# ## 再进一步：壁垒消失
#
# 一家电信企业：人人都有合约，行为都一样，所以地图改用转换壁垒作纵轴。地图当天，锁定取消了（法律允许携号转网）。叉号是*因此*而离开的客户。

# %%
door = LoyaltyPanel(LoyaltyState(lang=LANG, preset="telecom", height="barrier"))
door

# %%
opened = LoyaltyState(lang=LANG, preset="telecom", height="barrier", replications=12).run().freed
more = mean_interval((opened["spurious"] - opened["true"]).to_numpy())
numbers = {name: f"{100 * value:.1f}" for name, value in opened[["spurious", "true"]].mean().items()}
told = say("notebook.loyalty.freed", LANG, **numbers, **in_figures(more, 1, scale=100))
freed.reveal(told, verdict(more))

# %% [markdown] lang="en"
# Move *barriers left* step by step from 100 to 0, and *days watched* from 30 to 720: people do not leave on the day on which they may, but when the next offer or the next annoyance comes.
#
# The exam's claim has two halves: the spuriously loyal leave when the barrier falls, and the truly loyal do not (at most 3 points more of them). Look which half holds.

# %% [markdown] lang="zh"
# 把“剩余壁垒”从100逐步降到0，再把“观察天数”从30增加到720：客户不是在可以离开的那天就走，而是等到别家的下一个报价或下一次不快才走。
#
# 考试中的论断有两半：壁垒消失后虚假忠诚者离开；真正忠诚者不会（最多多流失3个百分点）。看看哪一半成立。

# %%
lesson = find_lesson("spurious_loyalty")
claim = run_lesson(lesson, lesson.scenario("telecom", customers=1000), replications=8)
Image(to_png(claim.draw(lang=LANG)), alt=say(f"verdict.{claim.verdict}", LANG))

# %% [markdown] lang="en"
# ## What to remember
#
# 1. Buying again is not loyalty: attitude and behaviour are two things, and records show one of them.
# 2. Spurious loyalty (held by contract, habit, distance or price) looks like true loyalty until the barrier falls.
# 3. Attitude protects, but it makes nobody immune: some of the truly loyal leave as well.
# 4. Latent loyalty: liking is there already, so look for what stands between liking and buying (here, the rival next door).
# 5. Diamond, phases and ladder are names for the same people. Choose the one whose question you have.
#
# ## Exercise
#
# Answer the questions of the topic: `crmsim quiz --topic loyalty`. Then take the strategy *community* in the map of the telecom firm: how many are truly loyal now, and what does that do to the crosses?

# %% [markdown] lang="zh"
# ## 要点
#
# 1. 重复购买不等于忠诚：态度与行为是两回事，而记录只显示其中之一。
# 2. 虚假忠诚（靠合约、习惯、距离或价格维系）看上去与真正忠诚一样，直到壁垒消失。
# 3. 态度能保护关系，但不能使人免疫：真正忠诚者也会流失一部分。
# 4. 潜在忠诚者已有好感，要找的是喜欢与购买之间隔着什么（在这里是隔壁的对手）。
# 5. 钻石模型、四个层次与关系梯度是同一批人的不同名称，请按您要回答的问题来选择。
#
# ## 练习
#
# 做本专题的题目：`crmsim quiz --topic loyalty --lang zh`。然后在电信企业的地图中选用“社群”策略：真正忠诚者现在有多少？叉号因此有何变化？
