"""Reasoning is a channel of its own; usage adds up."""

import pytest

from assay.core.answer import Usage, split_reasoning


@pytest.mark.parametrize(
    ("written", "answer", "thought", "closed"),
    [
        ("42", "42", None, True),
        ("<think>6 * 7</think>\n\n42", "42", "6 * 7", True),
        ("<think>6 * 7", "", "6 * 7", False),
        ("6 * 7</think>42", "42", "6 * 7", True),
        ("<think></think>42", "42", "", True),
        ("<think>a</think>b<think>c</think>42", "42", "a</think>b<think>c", True),
        ("The tag <think> opens a thought.", "The tag <think> opens a thought.", None, True),
        ("<think>六乘七</think>答案：42", "答案：42", "六乘七", True),
        ("", "", None, True),
        ("<think>a</think>42<think>b", "42", "a\n\nb", False),
        ("<think>a</think>\n<think>b", "", "a\n\nb", False),
        ("<think>a</think>The tag <think> opens a thought.", "The tag <think> opens a thought.", "a", True),
        ("◁think▷6 * 7◁/think▷42", "42", "6 * 7", True),
        ("[THINK]6 * 7[/THINK]42", "42", "6 * 7", True),
        ("<seed:think>6 * 7</seed:think>42", "42", "6 * 7", True),
        ("<thinking>6 * 7</thinking>\n42", "42", "6 * 7", True),
        ("<|begin_of_thought|>6 * 7<|end_of_thought|>\n<|begin_of_solution|>42<|end_of_solution|>", "42", "6 * 7", True),
        (
            "<|channel|>analysis<|message|>6 * 7<|end|><|start|>assistant<|channel|>final<|message|>42<|return|>",
            "42",
            "6 * 7",
            True,
        ),
        ("<|start|>assistant<|channel|>analysis<|message|>6 *", "", "6 *", False),
        ("<|channel|>final <|constrain|>json<|message|>42", "42", None, True),
        ("analysisWe need 6 * 7.assistantfinal42", "42", "We need 6 * 7.", True),
        ("An analysis of the channel <|channel|> tag.", "An analysis of the channel <|channel|> tag.", None, True),
    ],
)
def test_a_thought_is_told_from_the_answer(written: str, answer: str, thought: str | None, closed: bool) -> None:
    assert split_reasoning(written) == (answer, thought, closed)


def test_usage_adds_up_and_an_unknown_cost_stays_unknown() -> None:
    assert (Usage(input_tokens=1) + Usage(output_tokens=2)).cost is None
    assert Usage(cost=0.5) + Usage(input_tokens=3) == Usage(input_tokens=3, cost=0.5)
