"""Generated datasets: determinism, splits, ids, skills, language, refusals to do the impossible."""

import random
import re
from itertools import islice

import msgspec
import pytest

from assay.core.errors import DatasetError, UnknownName, UsageError
from assay.core.protocols import Dataset
from assay.core.registry import entries, load
from assay.core.sample import Sample
from assay.core.skills import is_skill
from assay.datasets.generators.dataset import FAMILIES, Generated, training_pairs
from assay.datasets.generators.families import Count, Draft, Family, Item, Noun, Person, Who, Word, an, is_heldout

LANGUAGES = ("en", "zh")
ALL = [(family, language) for family in FAMILIES for language in LANGUAGES]


def encoded(samples: list[Sample]) -> bytes:
    return msgspec.json.encode(samples, order="deterministic")


def test_every_family_is_registered_under_its_name() -> None:
    assert set(FAMILIES) <= set(entries("generators"))
    for name in FAMILIES:
        family = load("generators", name)
        assert isinstance(family, Family) and family.name == name


@pytest.mark.parametrize(("family", "language"), ALL)
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(family: str, language: str) -> None:
    one, again, other = (list(Generated(family, count=24, seed=seed, language=language).samples()) for seed in (3, 3, 4))
    assert encoded(one) == encoded(again) != encoded(other)


@pytest.mark.parametrize(("family", "language"), ALL)
def test_a_sample_depends_on_its_place_alone(family: str, language: str) -> None:
    small, large = (Generated(family, count=count, seed=3, language=language) for count in (24, 48))
    whole = list(large.samples())
    assert encoded(list(small.samples())) == encoded(whole[:24])
    order = random.Random(5).sample(range(48), 30)
    assert encoded(list(Generated(family, count=48, seed=3, language=language).samples(order))) == encoded(
        [whole[place] for place in order]
    )


def test_several_families_and_languages_take_turns() -> None:
    dataset = Generated(("arithmetic", "logic"), count=8, language=LANGUAGES)
    turns = [(sample.metadata["family"], sample.metadata["language"]) for sample in dataset.samples()]
    assert turns == [("arithmetic", "en"), ("arithmetic", "zh"), ("logic", "en"), ("logic", "zh")] * 2
    assert isinstance(dataset, Dataset) and len(dataset) == 8


@pytest.mark.parametrize("family", FAMILIES)
def test_training_and_test_content_never_meet(family: str) -> None:
    drawn = load("generators", family)
    drafts = [drawn.draw(random.Random(seed), 1) for seed in range(12_500)]
    heldout = {draft.key for draft in drafts if draft.heldout}
    training = {draft.key for draft in drafts if not draft.heldout}
    assert heldout and training and not heldout & training
    assert 0.05 < sum(draft.heldout for draft in drafts) / len(drafts) < 0.4
    texts = [{item.input for draft in some for language in LANGUAGES for item in draft.write(language)} for some in split(drafts)]
    assert not texts[0] & texts[1]


def split(drafts: list[Draft]) -> tuple[list[Draft], list[Draft]]:
    fewer = drafts[:2_500]
    return [each for each in fewer if each.heldout], [each for each in fewer if not each.heldout]


def test_training_text_holds_no_test_sample() -> None:
    tested = {
        tuple((each.role, each.text) for each in sample.messages)
        for family in FAMILIES
        for sample in Generated(family, count=60, seed=9, language=LANGUAGES).samples()
    }
    trained = {tuple((each.role, each.text) for each in messages) for messages, _ in training_pairs(1, 10_000)}
    assert len(tested) == 60 * len(FAMILIES)
    assert not tested & trained


def test_sums_are_held_out_whichever_way_round_and_wherever_they_appear() -> None:
    choice, sums = load("generators", "choice"), load("generators", "arithmetic")
    origins = {draft.origin for draft in (choice.draw(random.Random(seed), 1) for seed in range(500))}
    keys = {sums.draw(random.Random(seed), 1).key for seed in range(3_000)}
    assert len({each for each in origins if each.startswith("sum ")} & keys) > 50
    pairs = [re.fullmatch(r"sum (\d+)\+(\d+)", key) for key in keys]
    assert all(int(match[1]) <= int(match[2]) for match in pairs if match)


@pytest.mark.parametrize(("family", "language"), ALL)
def test_ids_are_unique_and_metadata_full(family: str, language: str) -> None:
    samples = list(Generated(family, count=60, seed=2, language=language, level=2).samples())
    assert len({sample.id for sample in samples}) == len({encoded([sample]) for sample in samples}) == 60
    for sample in samples:
        assert sample.metadata["skills"] and all(is_skill(skill) for skill in sample.metadata["skills"])
        assert (sample.metadata["family"], sample.metadata["language"], sample.metadata["level"]) == (family, language, 2)
        assert sample.prompt.strip() and sample.targets[0] and sample.metadata["solution"] and sample.metadata["gold"]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("level", [1, 2, 3])
def test_chinese_items_hold_no_english_and_english_ones_no_chinese(family: str, level: int) -> None:
    for sample in Generated(family, count=60, seed=6, language="zh", level=level).samples():
        text = " ".join(
            [sample.prompt, *sample.targets[:1], sample.metadata["gold"], sample.metadata["solution"], sample.metadata["wrong"]]
        )
        text = text.removesuffix(sample.targets[0]) if family == "refusal" else text
        if family == "refusal":
            text = text.replace("decline", "").replace("answer", "")
        assert not re.search(r"[A-Za-z]{2,}|[,?!;](?!\d)", text), text
        assert re.search(r"[一-鿿]", sample.prompt)
    for sample in Generated(family, count=60, seed=6, language="en", level=level).samples():
        assert not re.search(r"[一-鿿　-〿＀-￯]", f"{sample.prompt} {sample.metadata['gold']}")
        assert (
            not re.search(r"\b1 (?:more )?\w+s (?:to|in|on)\b|\ba [aeio]\w|  (?=\S)", sample.prompt)
            or sample.metadata.get("variant") == "spacing"
        )


def test_an_exhausted_family_says_how_many_there_are() -> None:
    with pytest.raises(DatasetError, match=r"'arithmetic' has only \d{3} different items at level 1 in split 'test'.*at most"):
        list(Generated("arithmetic", count=5_000).samples())


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(UnknownName, match="arithmetic"):
        Generated("arithmetik", count=1)
    for wrong in (
        {"count": -1},
        {"count": 1, "level": 4},
        {"count": 1, "split": "dev"},
        {"count": 1, "language": "de"},
        {"count": 1, "language": ()},
    ):
        with pytest.raises(UsageError):
            Generated("arithmetic", **wrong)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="twice"):
        Generated(("logic", "logic"), count=1)
    with pytest.raises(UsageError, match="outside"):
        list(Generated("logic", count=3).samples([3]))


def test_the_fingerprint_follows_content() -> None:
    marks = {
        Generated("logic", count=5).fingerprint,
        Generated("logic", count=5, seed=1).fingerprint,
        Generated("logic", count=6).fingerprint,
        Generated("logic", count=5, level=2).fingerprint,
        Generated("logic", count=5, split="train").fingerprint,
        Generated("logic", count=5, language="zh").fingerprint,
        Generated(msgspec.structs.replace(load("generators", "logic"), version="2"), count=5).fingerprint,
    }
    assert len(marks) == 7
    assert Generated("logic", count=5).fingerprint in marks


def test_a_strangers_family_fits_in() -> None:
    def draw(rng: random.Random, level: int) -> Draft:
        number = rng.randrange(1_000)

        def write(language: str) -> tuple[Item, ...]:
            text = str(number)
            return (
                Item(
                    input=f"Say {text}.",
                    target=text,
                    solution=text,
                    wrong="no",
                    template="say",
                    skills=("instruction/repetition",),
                ),
            )

        return Draft(f"say {number}", write)

    family = Family(name="say", draw=draw, languages=("en",))
    samples = list(Generated(family, count=50, language=LANGUAGES).samples())
    assert len({sample.targets for sample in samples}) == 50
    assert all(is_heldout(f"say {sample.target}") for sample in samples)
    assert next(training_pairs(0, 1, families=[family]))[1].isdigit()


def test_training_pairs_are_seeded_weighted_and_answer_as_the_prompt_asks() -> None:
    pairs = list(training_pairs(4, 400, languages=("en",)))
    assert pairs == list(training_pairs(4, 400, languages=("en",))) != list(training_pairs(5, 400, languages=("en",)))
    assert pairs[:100] == list(islice(training_pairs(4, 400, languages=("en",)), 100))
    for messages, answer in pairs:
        assert messages[-1].role == "user" and answer
        assert ("ANSWER:" in messages[-1].text) == ("ANSWER:" in answer.splitlines()[-1])
    only = list(training_pairs(4, 50, weights={name: 0.0 for name in FAMILIES if name != "dates"}))
    assert all(re.search(r"Today|month|It is|现在|今天|月", messages[0].text) for messages, _ in only)


def test_words_agree() -> None:
    apple, person = Noun("apple", "apples", "苹果", "个"), Person("Ann", "小安", True)
    assert f"{Count(1, apple, 'en')} {Count(3, apple, 'en')} {Count(3, apple, 'en'):more}" == "1 apple 3 apples 3 more apples"
    assert f"{Count(3, apple, 'zh')} {Count(2, apple, 'zh'):howmany}" == "3个苹果 多少个苹果"
    assert f"{Who(person, 'en')} {Who(person, 'en'):They} {Who(person, 'en'):them} {Who(person, 'zh'):they}" == "Ann She her 她"
    assert (an("old man"), an("young man"), Word("a", "一").in_("zh")) == ("an old man", "a young man", "一")
