"""math: as people write it, against the target in LaTeX: roots, powers, units, labels, repeating decimals, intervals, displays."""

import pytest

from assay import scorers
from assay.core.answer import Answer
from assay.core.sample import Sample

SAME = r"""
3 | A: 3
3 | Answer 3
42 | Total: 42
2\sqrt{3} | 2√3
\frac{\sqrt{3}}{2} | √3/2
3\pi | 3*pi
\left( 3, \frac{\pi}{2} \right) | (3, pi/2)
x^3 | x³
\ln 2 | ln 2
\log 2 | \log 2
\log 2 | log 2
90 | 90°
90^\circ | 90°
5 | 答案是5个
\frac{1}{3} | 0.\overline{3}
\emptyset | \varnothing
(2,\infty) | k > 2
[-2,7] | -2 \le x \le 7
[-2,7] | $-2 \leq x \leq 7$
42 | 42~\text{cm}
42 | \text{\$}42
42 | \boxed{\text{\$}42}
42 | \boxed{\text{The answer is } 42}
16 | There are $16$ ways to seat $4$ people.
42 | The final answer is\n$$\n42\n$$
42 | So\n\[\nx = 42\n\]
1,2,3 | 3, 2, 1
x=5 | 5
\frac{14}{3} | 14/3
52_8 | 52_8
\text{east} | \text{East}
\text{Evelyn} | The answer is Evelyn.
6 - 5i | 6-5i
70 \sqrt{2} | 70√2
1 \pm \sqrt{19} | 1 ± √19
(3,4] | 3 < x ≤ 4
-\frac{\pi}{6} | -π/6
11\sqrt2 | 11*sqrt(2)
x^5 - x^4 + x^3 - x^2 + x - 1 | x⁵ - x⁴ + x³ - x² + x - 1
\frac{43}{90} | 0.4\overline{7}
42 | 42 cm
42 | 42 square meters
12 | Answer: 12 cm^2
[5,\infty) | x \ge 5
(-\infty,3) | x < 3
\cot x | \cot x
\frac{1}{2} | ½
10\% | 10%
3, 5, 7 | 3,5,7
\{1,2\} | {1,2}
(6,31,-1) | (6, 31, -1)
2k+2 | 2k + 2
1:3 | 1 : 3
4 | $4$ people
8 | The result is 8 meters.
""".strip().splitlines()

DIFFERENT = r"""
1,2,3 | (1,2,3)
\frac{1}{3} | 10:30
[-2,7] | -2 < x < 7
(2,\infty) | k \ge 2
5 | 5x
42 | 42x
2\sqrt{3} | 2√5
x^3 | x²
1,2 | 1
3\pi | 3
\log 2 | \ln 2
4 | There are $16$ ways to seat $4$ people.
""".strip().splitlines()


def value(line: str) -> float | None:
    target, text = line.split(" | ", 1)
    for broken in ("\\n\\", "\\n$", "\\n4", "\\nx"):
        text = text.replace(broken, "\n" + broken[2:])
    return scorers.math()(Sample(id="s", input="", target=target), Answer(text=text), None)[0].value


@pytest.mark.parametrize("line", SAME)
def test_the_same(line: str) -> None:
    assert value(line) == 1.0


@pytest.mark.parametrize("line", DIFFERENT)
def test_not_the_same(line: str) -> None:
    assert value(line) == 0.0
