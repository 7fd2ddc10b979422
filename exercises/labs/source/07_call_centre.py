# %% [markdown] lang="en"
# # Lab 7. The call centre: how many agents?
#
# **From practice.** "Eighty per cent in twenty seconds, and VIPs first", says the board; finance asks what that is worth. A formula (Erlang C) says how long callers wait, a simulation what waiting does to them.
#
# Write your own number behind `SEED`: you get a call centre of your own. Fill in the cells with three dots; the cell below each of them checks your answer. Money is in yuan (CNY).

# %% [markdown] lang="zh"
# # 实验7 呼叫中心：需要多少座席？
#
# **来自实践。** “80%的来电20秒内接通，VIP优先”，董事会说；财务部问这值多少钱。公式（Erlang C）告诉我们来电要等多久，模拟告诉我们等待对客户有什么影响。
#
# 请在 `SEED` 后写上您自己的数字：您会得到自己的呼叫中心。把三个点换成您的答案；其下的单元格会检查答案。金额单位为元（CNY）。

# %%
LANG = "en"

# %%
SEED = 1

# %%
from crmsim import find_strategy
from crmsim.queueing import agents_needed, mean_wait, priority_waits
from crmsim.teaching.labs import call_centre as lab

own = lab.desk(SEED)
own

# %% [markdown] lang="en"
# ## Task 1: the load (2 points)
#
# How many erlangs is that: how many agents are kept busy on average? And what is the fewest whole number of agents with whom the queue does not grow without end?

# %% [markdown] lang="zh"
# ## 任务1：负荷（2分）
#
# 这是多少Erlang，即平均占用多少名座席？至少要多少名座席（整数），队列才不会无限增长？

# %% solution="load"
offered_load = None
fewest_agents = None
### BEGIN SOLUTION
offered_load = own.calls_per_hour * own.minutes / 60
fewest_agents = int(offered_load) + 1
### END SOLUTION

# %% test="check_load" points=2
lab.check_load(globals(), LANG)

# %% [markdown] lang="en"
# ## Task 2: eighty per cent in twenty seconds (2 points)
#
# Write a function: from calls per hour and minutes per call to the fewest agents with whom 80 % of callers wait no longer than 20 seconds. Mind the units: `agents_needed(arrival_rate, service_rate, within=..., target=...)` takes all of them in one unit of time.

# %% [markdown] lang="zh"
# ## 任务2：80%的来电20秒内接通（2分）
#
# 请写一个函数：输入每小时来电数与每通分钟数，返回使80%的来电等待不超过20秒所需的最少座席数。注意单位：`agents_needed(arrival_rate, service_rate, within=..., target=...)` 的各参数须用同一时间单位。


# %% solution="agents"
def agents_for_80_20(calls_per_hour, minutes):
    ### BEGIN SOLUTION
    return agents_needed(calls_per_hour / 60, 1 / minutes, within=20 / 60, target=0.8)
    ### END SOLUTION


# %% test="check_agents" points=2
lab.check_agents(globals(), LANG)
### BEGIN HIDDEN TESTS
lab.check_agents(globals(), LANG, seed=SEED + 1000)
### END HIDDEN TESTS

# %% [markdown] lang="en"
# ## Task 3: VIPs first (2 points)
#
# With that number of agents, `own.vip_share` of the calls go first. How many *seconds* does each class wait on average before an agent answers? Give a dictionary with the keys `"vip"` and `"others"`.

# %% [markdown] lang="zh"
# ## 任务3：VIP优先（2分）
#
# 座席数同上，占 `own.vip_share` 的来电优先。两类客户在座席接起之前平均各等多少*秒*？请给出字典，键为 `"vip"` 与 `"others"`。

# %% solution="priority"
waits = None
### BEGIN SOLUTION
agents = agents_for_80_20(own.calls_per_hour, own.minutes)
rate = own.calls_per_hour / 60
first, later = 60 * priority_waits(
    [own.vip_share * rate, (1 - own.vip_share) * rate], 1 / own.minutes, agents
)
waits = {"vip": first, "others": later}
### END SOLUTION

# %% test="check_priority" points=2
lab.check_priority(globals(), LANG)

# %% [markdown] lang="en"
# ## Task 4: the formula and the simulation (3 points)
#
# `lab.town(3)` is a telecom firm with three agents. `lab.town(3).service` says for how many contacts per active customer and year the desk is sized (`desk_contacts`), and which share of their time the agents would be busy if all customers were there (`desk_load`). What mean wait in days does the formula give for that? And what is the 95 % interval of the mean wait in the simulation below (outcome `wait`, in days)?

# %% [markdown] lang="zh"
# ## 任务4：公式与模拟（3分）
#
# `lab.town(3)` 是有三名座席的电信企业。`lab.town(3).service` 说明服务台按每位活跃客户每年多少次联系配置（`desk_contacts`），以及所有客户都在时座席忙碌时间的比例（`desk_load`）。按公式，平均等待多少天？下面的模拟中平均等待（结果 `wait`，单位为天）的95%区间是多少？

# %%
from crmsim.comparison import mean_interval
from crmsim.grids import run_grid

nothing = find_strategy("do_nothing")
cells = {str(n): (lab.town(n), nothing) for n in lab.AGENTS}
runs = run_grid(cells, lab.RUNS, seed=SEED, workers=1)
{n: (runs.of(n, "wait").mean().round(3), runs.of(n, "clv").mean().round(1)) for n in cells}

# %% solution="simulated"
formula_days = None
simulated_days = None
### BEGIN SOLUTION
calls = lab.town(3).service.desk_contacts * lab.CUSTOMERS / 365
formula_days = float(mean_wait(calls, calls / (3 * lab.town(3).service.desk_load), 3))
found = mean_interval(runs.of("3", "wait"))
simulated_days = (found.low, found.high)
### END SOLUTION

# %% test="check_simulated" points=3
lab.check_simulated(globals(), LANG)

# %% [markdown] lang="en"
# ## Task 5: what waiting costs (3 points)
#
# The firm is small, and an agent is somebody for a few hours a week, who costs `own.wage` yuan a year, for `lab.YEARS` years (do not discount the wages). The column with CLV is per customer, there are `lab.CUSTOMERS`. With how many of `lab.AGENTS` is profit highest? Your choice passes if no other is surely better.

# %% [markdown] lang="zh"
# ## 任务5：等待的代价（3分）
#
# 这家企业很小，一名座席每周只工作几小时，每年花费 `own.wage` 元，共 `lab.YEARS` 年（工资不贴现）。上面的客户终生价值按每位客户计，共有 `lab.CUSTOMERS` 位。在 `lab.AGENTS` 中，座席数为多少时利润最高？只要没有其他人数确定更好，您的选择就算通过。

# %% solution="pays"
best_agents = None
### BEGIN SOLUTION
profit = {n: lab.CUSTOMERS * runs.of(str(n), "clv").mean() - n * own.wage * lab.YEARS for n in lab.AGENTS}
best_agents = max(profit, key=profit.get)
### END SOLUTION

# %% test="check_pays" points=3
lab.check_pays(globals(), LANG)

# %% [markdown] lang="en"
# ## What to remember
#
# 1. Work out the load first; then add slack: waiting explodes when agents are busy all the time.
# 2. Priority moves waiting from some to others. It makes nobody quicker.
# 3. A formula is for a desk that stays as it is. Customers come and go; and only a model of customers says what their waiting costs.
#
# **Read on:** the claim `crmsim lesson priority_at_the_desk` shows what priority does to the small customers; [the ledger](../../../crmsim/ledger.md) says how waits are recorded.

# %% [markdown] lang="zh"
# ## 要点
#
# 1. 先算负荷，再留余量：座席一直忙碌时，等待会急剧增加。
# 2. 优先只是把等待从一些人转给另一些人，并没有让谁干得更快。
# 3. 公式适用于一成不变的服务台。客户来来去去；等待的代价，只有客户模型才能说明。
#
# **延伸阅读**：论断 `crmsim lesson priority_at_the_desk --lang zh` 展示优先对小客户的影响；[流水账说明](../../../crmsim/ledger.md)解释等待如何记录。
