"""choice: what picks and what denies, whole numbers and signs in option texts, sets of letters, several questions in one answer.

The cases of `SET_ASIDE` were set aside while the rules were written.
"""

import pytest

from assay import scorers
from assay.core.answer import Answer
from assay.core.errors import ScorerError, UsageError
from assay.core.sample import Sample
from assay.core.score import Score

# target (N: nothing is picked) | answer, of the options Paris, London, Rome, Madrid
READ = r"""
B | Ｂ
B | 答案是Ｂ
B | 故选Ｂ
B | 答：B
B | 回答：B
B | [答案]B
B | 应该是B
B | 综上所述：B
B | 因此B选项符合题意
B | 所以答案是伦敦（B）
B | The answer is 'B'.
B | The answer is ‘B’
B | The answer is (B
B | I think it's B.
B | It's B
B | So B.
B | This leaves B.
B | Select B.
B | The answer here is B
B | The choice is B
B | The answer that best fits is B.
B | Final: B
B | Response: B
B | Output: B
B | Prediction: B
B | Label: B
B | [[B]]
B | So option (b) is correct.
B | A) Incorrect.\nB) Correct.\nC) Incorrect.
B | La réponse est B.
B | Die richtige Antwort ist B.
B | La respuesta correcta es B.
B | Правильный ответ: B
B | 答えはBです。
B | B\n\nExplanation: A is Paris in another country.
B | **B**\n\nA) is wrong, D) is too
B | (B)\n(A) is wrong because it is cold.
B | A: B
B | A、错误。B、正确。所以B。
B | The answer is B. If it rained, the answer would be A.
B | The answer is B.\n\nQuestion: Which?\nAnswer: A
N | The answer is not Paris
N | Paris is incorrect.
N | A is wrong
N | 选项A是错的
N | 不选A
N | A不正确
N | I would not choose A
N | A. is not the answer
N | The answer is not A.
B | Not A. It's B.
""".strip().splitlines()

SET_ASIDE = r"""
B | 选Ｂ。
B | 答案为（Ｂ）
B | 答: B
B | 正确的是B
B | 因此，B正确
B | 所以选项B符合题意。
B | 综上，选B
B | 因此答案为罗马（B）。
B | The answer is "B".
B | The answer is [B
B | I believe it is B.
B | That would be B.
B | Therefore, B.
B | That leaves B
B | Choose B.
B | The correct one here is B.
B | My choice is B.
B | The option that fits best is B.
B | Final answer - B
B | Selection: B
B | Prediction: (B)
B | My final verdict is: [[B]]
B | Therefore option (b) is the correct one.
B | A. False\nB. True\nC. False
B | La bonne réponse est B
B | Antwort: B
B | Respuesta: B
B | Ответ — B
B | 正解はB
B | La risposta corretta è B
B | A resposta correta é B.
B | (B)\n\nWhy: C is colder than A.
B | Option B\n\nA is wrong.
B | B.\n\nA is too far and C too cold.
B | The answer is B. Had it been cold, the answer would be C.
B | B\n\nQ: Which one?\nA: C
B | C is wrong. A is wrong. So it must be B.
B | A不对，C不对，选B
B | A is incorrect, so the answer is B.
N | It is not Rome.
N | Rome is wrong.
N | C isn't right
N | C项错误
N | 不应选C
N | C是不对的
N | I wouldn't pick C.
N | C is not correct.
N | (C) cannot be the answer
""".strip().splitlines()

NUMBERS = ("5", "10", "15", "20")
CITIES = ("Paris", "Rome", "Berlin", "Madrid")


def score(text: str, target: str | tuple[str, ...] = "A", choices: tuple[str, ...] | None = None, **fields: object) -> Score:
    return scorers.choice(**fields)(Sample(id="s", input="", target=target, choices=choices), Answer(text=text))[0]  # type: ignore[arg-type]


@pytest.mark.parametrize("line", [*READ, *SET_ASIDE])
def test_what_is_picked(line: str) -> None:
    target, text = line.split(" | ", 1)
    given = score(text.replace("\\n", "\n"), "B", ("Paris", "London", "Rome", "Madrid"))
    assert given.extracted == (None if target == "N" else target), given


@pytest.mark.parametrize(
    ("text", "picked"),
    [
        ("A is incorrect. B is incorrect. C is correct. D is incorrect.", "C"),
        ("The answer cannot be A or B. Therefore the answer is C.", "C"),
        ("Option A seems plausible, but option C is better.", "C"),
        ("I would choose neither A nor B.", None),
        ("The incorrect answer is A.", None),
        ("The answer is either A or C.", None),
        ("The answer is C) Rome, because it is the capital of Italy. A) Paris is the capital of France.", "C"),
        ("The answer is (C) since (A) is false.", "C"),
        ("It's A, no wait, it's C.", "C"),
        ("The answer is not B but C.", "C"),
        ("I choose C over A.", "C"),
        ("A and D are both wrong. C is right.", "C"),
        ("Rome, not Paris.", "C"),
        ("A、B、D均错误，C正确", "C"),
        ("A选项不符合题意，C选项符合题意。", "C"),
        ("A lot of people live in Rome and in Paris.", None),
    ],
)
def test_what_is_denied_or_only_compared_is_not_picked(text: str, picked: str | None) -> None:
    assert score(text, choices=("Paris", "London", "Rome", "Madrid")).extracted == picked


@pytest.mark.parametrize(
    "text",
    ["0.5", "12.5", "3/5", "x^5", "5,000", "\\boxed{0.5}", "The answer is 0.5", "5x", "-5", "$5.50", "2.5 and nothing else", "5:30", "25"],
)
def test_a_part_of_another_number_is_no_option(text: str) -> None:
    assert score(text, choices=NUMBERS).extracted is None


@pytest.mark.parametrize("text", ["5", "The answer is 5.", "\\boxed{5}", "x = 5", "$5", "It is 5 dollars", "**5**", "5 km"])
def test_a_number_in_every_dress_is_its_option(text: str) -> None:
    assert score(text, choices=NUMBERS).extracted == "A"


@pytest.mark.parametrize(
    ("choices", "text", "picked"),
    [
        (("vitamin A", "vitamin D", "vitamin C"), "Vitamin A, not vitamin D", "A"),
        (("Vitamin A", "Vitamin D", "Vitamin C"), "The answer is Vitamin D, not vitamin A", "B"),
        (("x > 2", "x < 2"), "x < 2", "B"),
        (("x > 2", "x < 2"), "The answer is x > 2.", "A"),
        (("x > 2", "x = 5"), "x < 2", None),
        (("x + 1", "x - 1"), "x - 1", "B"),
        (("a cat", "the dog"), "cat", "A"),
        (("entailment", "neutral", "contradiction"), "not entailment", None),
        (("entailment", "not entailment"), "not entailment", "B"),
        (("entailment", "not_entailment"), "not_entailment", "B"),
        (("Output (a)", "Output (b)"), "Output (a) is better.", "A"),
        (("Output (a)", "Output (b)"), "Output (a) lacks detail. Therefore, Output (b) is better.", "B"),
        (("yes", "no"), "No, it is not.", "B"),
        (("London", "Paris"), "Not London but Paris", "B"),
        (("50%", "5%"), "5%", "B"),
        (("True", "False"), "It is not true", None),
        (("True", "False"), "A. True\nB. False", None),
        (("$5.50", "$5"), "$5.50", "A"),
        (("-3", "3"), "-3", "A"),
        (("$618", "$216"), "5618 - 5000 = 618.", "A"),
        (("1,800", "1,875"), "the price is Rs. 1,800/-", "A"),
    ],
)
def test_by_the_options_own_words(choices: tuple[str, ...], text: str, picked: str | None) -> None:
    assert score(text, choices=choices).extracted == picked


@pytest.mark.parametrize(
    "text",
    [
        "(A), (C) and (D)",
        "选ACD",
        "ＡＣＤ",
        "正确选项有A、C、D",
        "The correct options are (A), (C), (D).",
        "A, C, D are correct",
        "[A, C, D]",
        '{"answer": ["A","C","D"]}',
        "A\nC\nD",
        "- A\n- C\n- D",
        "1. A\n2. C\n3. D",
        "The answer is A. Paris, C. Berlin, D. Madrid",
        "A) Paris\nC) Berlin\nD) Madrid",
        "Options A, C and D are correct.",
        "A，C，D正确",
        "\\boxed{A, C, D}",
        "【答案】AC D",
        "A: correct\nB: incorrect\nC: correct\nD: correct",
    ],
)
def test_sets_of_letters(text: str) -> None:
    assert score(text, "ACD", CITIES, multiple=True).value == 1.0
    assert score(text, ("A", "C", "D"), CITIES, multiple=True).value == 1.0


@pytest.mark.parametrize(
    "text",
    [
        "1. B 2. B 3. C",
        "(1)B (2)B (3)C",
        "BBC",
        "B, B, C",
        "B\nB\nC",
        "（1）B（2）B（3）C",
        "1) The answer is B.\n2) The answer is B.\n3) The answer is C.",
        "答案：BBC",
        '["B", "B", "C"]',
        "21. B\n22. B\n23. C",
        "1-B, 2-B, 3-C",
        "Q1: B\nQ2: B\nQ3: C",
        "**1.** B\n**2.** B\n**3.** C",
        "第1题：B\n第2题：B\n第3题：C",
        "（1）【解析】A项错误。\n【答案】B\n（2）【答案】B\n（3）【答案】C",
    ],
)
def test_several_questions_in_order(text: str) -> None:
    for target in (("B", "B", "C"), "BBC", "B, B, C"):
        given = score(text, target, each=True)
        assert (given.value, given.extracted) == (1.0, "BBC"), given
    assert score(text, ("B", "A", "C"), each=True).value == pytest.approx(2 / 3)


@pytest.mark.parametrize("text", ["", "B", "BB", "BBCD", "1. B 2. B", "1. B\n3. C"])
def test_another_number_of_answers_is_not_assigned_by_guess(text: str) -> None:
    assert score(text, ("B", "B", "C"), each=True).reason == "nothing to extract"


def test_a_numbered_answer_may_be_left_out() -> None:
    given = score("1. B\n2. The passage does not say.\n3. C", ("B", "B", "C"), each=True)
    assert (given.value, given.extracted, given.detail) == (pytest.approx(2 / 3), "B-C", {"right": [True, False, True]})


def test_several_targets_are_unscored_until_somebody_says_what_they_mean() -> None:
    for targets in (("B", "C"), ("B", "B", "C"), ("B", "B")):
        with pytest.raises(ScorerError, match=r"multiple=true .* each=true .* any_of=true") as caught:
            score("B", targets)
        assert caught.value.kind == "several_targets"
    assert [score(text, ("B", "C"), any_of=True).value for text in "ABC"] == [0.0, 1.0, 1.0]
    assert score("A", ("A", "Paris"), CITIES).value == 1.0
    with pytest.raises(UsageError, match="several meanings"):
        scorers.choice(each=True, multiple=True)
