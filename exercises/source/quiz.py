# %% [markdown] lang="en"
# # The quiz
#
# All questions of the course, with feedback that says why. Run all cells (menu *Run*), write your name or number, choose a kind of quiz and begin.
#
# - **By topic**: new questions first. **Review**: what is due again, at intervals that grow with what you know. **Weaknesses**: what you do not know yet. **Exam**: with a limit of time; right and wrong are told at the end.
# - Everything works by the keyboard: *Tab* goes on, *Shift+Tab* back, the space bar chooses and ticks, *Enter* presses a button. The space bar also opens a list; arrow keys and *Enter* choose in it. The two buttons on the right switch the language at any time; what you have answered stays.
# - Calculations have numbers of your own: they depend on your name and the seed.
# - Every answer is kept at once, on this computer only. *My progress* shows what you know, what is due, and what to read.

# %% [markdown] lang="zh"
# # 测验
#
# 课程的全部题目，每题都会说明对错的原因。请运行全部单元格（“运行”菜单），填写姓名或学号，选择测验方式后开始。
#
# - **按专题**：先出新题。**复习**：到期的题，掌握得越好，间隔越长。**薄弱环节**：尚未掌握的题。**考试**：限时，最后才公布对错。
# - 全部可用键盘操作：*Tab* 前进，*Shift+Tab* 后退，空格键选择或勾选，*Enter* 按下按钮。空格键还可展开列表，再用方向键和 *Enter* 选择。右侧的两个按钮可随时切换语言，已作的答案保持不变。
# - 计算题的数据因人而异，由姓名与种子决定。
# - 每个答案立即保存，只存在这台电脑上。“我的进度”显示已掌握的内容、待复习的题和建议阅读。

# %%
LANG = "en"

# %%
from crmsim.dashboards.quiz_panel import QuizPanel

quiz = QuizPanel(LANG)
quiz
