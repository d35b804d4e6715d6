"""Few-shot examples: drawn by seed, never the sample itself."""

import pytest

from assay import datasets
from assay.core.errors import DatasetError, UsageError

TRAIN = [{"id": f"t{n}", "q": f"Example {n}", "a": f"worked {n}"} for n in range(30)]
TEST = [{"id": f"q{n}", "q": f"Question {n}", "a": n} for n in range(20)]


def pool(rows=TRAIN):
    return datasets.from_rows(rows, input="q", target="a")


def made(count=3, **fields):
    return datasets.few_shot(pool(TEST), from_=pool(), **{"count": count, "seed": 1, **fields})


def test_examples_stand_above_the_question():
    for sample in made().samples():
        *shots, question = sample.prompt.split("\n\n")
        assert question == f"Question {sample.id[1:]}"
        assert len(set(shots)) == 3
        for shot in shots:
            number = shot.split("\n")[0].split()[-1]
            assert shot == f"Example {number}\nworked {number}"


def test_each_sample_has_its_own_whatever_is_read_and_fixed_ones_are_shared():
    whole = list(made().samples())
    assert list(made().samples([5, 2])) == [whole[5], whole[2]]
    assert len({each.prompt.rsplit("\n\n", 1)[0] for each in whole}) > 15
    assert len({each.prompt.rsplit("\n\n", 1)[0] for each in made(fixed=True).samples()}) == 1
    assert [each.prompt for each in made(seed=2).samples()] != [each.prompt for each in whole]


def test_fixed_examples_are_the_first_and_by_a_field_those_of_the_same():
    shots = next(made(fixed=True).samples()).prompt.split("\n\n")[:-1]
    assert shots == [f"Example {n}\nworked {n}" for n in range(3)]
    train = [{**row, "s": "odd" if n % 2 else "even"} for n, row in enumerate(TRAIN)]
    test = [{**row, "s": "odd" if n < 5 else "even"} for n, row in enumerate(TEST)]
    source, asked = (datasets.from_rows(rows, input="q", target="a", metadata=("s",)) for rows in (train, test))
    for fixed in (True, False):
        for sample in datasets.few_shot(asked, from_=source, count=3, by="s", fixed=fixed).samples():
            numbers = [int(shot.split()[1]) for shot in sample.prompt.split("\n\n")[:-1]]
            assert {number % 2 for number in numbers} == {sample.metadata["s"] == "odd"} and len(set(numbers)) == 3
            assert not fixed or numbers == [first + (sample.metadata["s"] == "odd") for first in (0, 2, 4)]
    with pytest.raises(DatasetError, match="16 examples for 'q0' cannot be drawn from 15 samples whose s is 'odd'"):
        next(datasets.few_shot(asked, from_=source, count=16, by="s").samples())


def test_a_subset_keeps_its_examples():
    part = datasets.few_shot(datasets.subset(pool(TEST), 4, 9), from_=pool(), count=3, seed=1)
    by_id = {each.id: each for each in made().samples()}
    assert all(by_id[each.id] == each for each in part.samples())


@pytest.mark.parametrize("fixed", [False, True])
def test_never_the_sample_itself_nor_its_twin(fixed):
    rows = [*TEST, {"id": "twin", "q": "Question 3", "a": 3}]
    for sample in datasets.few_shot(pool(rows), from_=pool(rows), count=19, fixed=fixed).samples():
        *shots, question = sample.prompt.split("\n\n")
        assert all(shot.split("\n")[0] != question for shot in shots)


def test_turns_of_a_conversation_go_behind_the_system_message():
    rows = [{"q": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": f"Question {n}"}], "a": n} for n in range(4)]
    sample = next(datasets.few_shot(pool(rows), from_=pool(rows), count=2, style="turns").samples())
    assert [each.role for each in sample.messages] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert sample.messages[-1].text == "Question 0"
    text = next(datasets.few_shot(pool(rows), from_=pool(), count=2).samples())
    assert [each.role for each in text.messages] == ["system", "user", "user"]


def test_another_rendering():
    sample = next(made(1, render=lambda shot: f"Q: {shot.prompt} A: {shot.target}").samples())
    assert sample.prompt.startswith("Q: Example ")


def test_fingerprints_know_everything():
    variants = [made(), made(2), made(seed=2), made(fixed=True), made(by="id"), made(style="turns"), made(render=lambda shot: shot.prompt)]
    variants.append(datasets.few_shot(pool(TEST), from_=pool(TRAIN[:-1]), count=3, seed=1))
    assert len({each.fingerprint for each in variants}) == len(variants)
    assert made().fingerprint == made().fingerprint
    assert made(0).fingerprint == pool(TEST).fingerprint


def test_too_many_or_too_few_and_no_target():
    with pytest.raises(DatasetError, match="31 examples for 'q0' cannot be drawn from 30"):
        next(made(31).samples())
    with pytest.raises(UsageError, match="-1 examples"):
        made(-1)
    bare = datasets.from_rows(TRAIN, input="q")
    with pytest.raises(DatasetError, match="has no target"):
        next(datasets.few_shot(pool(TEST), from_=bare, count=1).samples())


def test_shuffled_choices_under_examples_change_the_question_alone():
    rows = [{"id": n, "q": f"Question {n}", "c": ["p", "q", "r", "s"], "a": "B"} for n in range(12)]
    table = datasets.from_rows(rows, input="{q}\n{choices}", target="a", choices="c")
    shown = datasets.few_shot(table, from_=table, count=2)
    for before, after in zip(shown.samples(), datasets.shuffle_choices(shown, 5).samples(), strict=True):
        assert after.prompt.split("\n\n")[:2] == before.prompt.split("\n\n")[:2]
        assert after.prompt.endswith(datasets.lettered(after.choices))
