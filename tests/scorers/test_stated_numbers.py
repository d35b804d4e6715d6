"""number: what an answer says of its number: signs in LaTeX, powers of units, equations, corrections, further questions, mentions in passing.

The cases of the second half were set aside while the rules were written.
"""

import pytest

from assay import scorers
from assay.core.answer import Answer
from assay.core.sample import Sample

READ = r"""
-3/2 | \boxed{-\frac{3}{2}}
-1/2 | The answer is $-\dfrac{1}{2}$.
-1/2 | $-\tfrac12$
-7 | \boxed{- 7}
-7 | \boxed{-\,7}
-7 | The answer is -\,7
10 | 10 cm^2
10 | 10 cm²
42 | 42m²
3.14 | ≈3.14 m²
42 | 答：42cm²
10 | $20 - $10 = $10
42 | $40 + $2 = $42
42 | 60% of 70 = 42
120 | 5! = 120
160 | 160 minutes (or 2 hours and 40 minutes)
1000000 | 1.0*10**6
3000000 | 3M
0.5 | one half
7.5 | seven and a half
0.5 | half
0.8 | 八折
42 | forty-two apples
42 | The answer to this 3-part question is 42
64 | He needs to pay $64 for the 16 glasses.
18 | The answer is 18.\n\nQ: How many? A: The answer is 3.
42 | The answer is 40.\n\nWait, let me check. Actually it's 42.
57 | \boxed{12} is the first part. So finally the answer is 57
18 | 18\n\nQuestion: what is 2+2?\nAnswer: 4
42 | ANSWER:\n\[\n\boxed{42}\n\]
42 | The final answer is\n$$\n42\n$$
20 | He has $30 - $10 = $20 left.
9 | f(3) = 9
5 | The answer is 5, because 2 + 1 = 3.
18 | The answer is 18 (= 3 * 6).
7 | So 7 of the 12 remain.
12 | The total for the 3 boxes is 12.
40 | If we add 2, the answer would be 42. The answer is 40.
40 | Wait, that is 3 per day. So the answer is 40.
42 | La réponse est 42.
42 | Die Antwort lautet 42.
42 | La respuesta es 42.
42 | Ответ: 42
42 | 答えは42です。
7 | The result:\n- 7 apples
1.5 | one and a half
3.5 | 3 and a half hours
500 | He will have saved $500 after 10 weeks.
7 | She has 12 - 5 = 7 left for 3 days
18 | The answer is 18. To check: 9 * 2 = 18.
6 | half a dozen
160 minutes | 2 hours and 40 minutes
""".strip().splitlines()

SET_ASIDE = r"""
-3/4 | \boxed{-\dfrac34}
-5/6 | $x = -\frac{5}{6}$
-2/3 | Answer: $-\frac23$
-12 | $\boxed{-12}$
-9 | \boxed{-~9}
25 | 25 ft^2
25 | 25 km²
100 | The area is 100 m^3.
36 | \boxed{36\text{ cm}^2}
36 | \boxed{36 \text{ cm}^{2}}
36 | 36 square feet
5 | $12 - $7 = $5
19 | $12 + $7 = $19
20 | 25% of 80 = 20
15 | 3/4 of 20 = 15
24 | 4! = 24
90 | 90 minutes (1 hour and 30 minutes)
4000000000 | 4B
2/3 | two thirds
3/4 | three quarters
2.5 | two and a half
0.65 | 六五折
100 | one hundred dollars
7 | The answer to this 2-step problem is 7
48 | She must pay $48 for the 12 tickets.
30 | So he has 30 left of the 45 cards.
9 | The answer is 9.\n\nQuestion: A man has 3 cows.\nAnswer: The answer is 5.
12 | The answer is 10. Hmm, wait. It should be 12.
15 | The answer is 13.\nCorrection: the total is 15.
8 | #### 8\n\nQ: next\nA: #### 4
72 | Final answer:\n\[72\]
72 | The answer is:\n```\n72\n```
-4 | x = - 4
6 | C(4,2) = 6
0.85 | 打八五折
""".strip().splitlines()

NOT_READ = r"""
5 | \boxed{5 \text{ or } 7}
7 | \boxed{5 \text{ or } 7}
5.7 | [5,7]
6 | 1.0*10**6
3 | 3M
3/2 | \boxed{-\frac{3}{2}}
5 | \boxed{5 \text{ and } 7}
2.3 | (2,3)
4 | 2.0*10**4
4 | 4! = 24
3/4 | \boxed{-\dfrac34}
70 | 60% of 70
1.2 | {1,2}
10 m^2 | 10 cm^2
0.5 | \boxed{5 or 7}
5 | ANSWER: 5 (or 6)
3 | one third
-3 | x = 5 or x = -3
5 | 5 -\frac12
""".strip().splitlines()


def value(line: str) -> float | None:
    target, text = line.split(" | ", 1)
    return scorers.number()(Sample(id="s", input="", target=target), Answer(text=text.replace("\\n", "\n")))[0].value


@pytest.mark.parametrize("line", [*READ, *SET_ASIDE])
def test_what_is_read(line: str) -> None:
    assert value(line) == 1.0


@pytest.mark.parametrize("line", NOT_READ)
def test_what_is_not_read(line: str) -> None:
    assert value(line) == 0.0


@pytest.mark.parametrize("marker", ["ANSWER:", "A:"])
def test_a_question_behind_the_marked_answer_is_not_its_own(marker: str) -> None:
    asked = Sample(id="s", input="", target="18")
    assert scorers.number(after=marker)(asked, Answer(text=f"so\n{marker} 18\n\nQ: How many?\n{marker} 3"))[0].value == 1.0
    assert scorers.number(after=marker)(asked, Answer(text=f"Question: How many?\n{marker} 18"))[0].value == 1.0
