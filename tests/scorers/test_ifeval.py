"""The 25 verifiable instructions, each with an answer that follows and one that does not; the loose reading; wrong samples; long answers."""

import pickle
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay import scorers
from assay.core.answer import Answer
from assay.core.errors import ScorerError
from assay.core.fingerprint import fingerprint
from assay.core.protocols import Scorer
from assay.core.sample import Sample
from assay.core.score import Score
from assay.scorers.instructions.catalogue import CHECKS, bind
from assay.scorers.instructions.languages import Language, detectors
from assay.scorers.instructions.sentences import sentences

KANNADA = "ಕನ್ನಡ ಭಾಷೆಯು ಕರ್ನಾಟಕದ ಜನರ ಮಾತೃಭಾಷೆಯಾಗಿದೆ ಮತ್ತು ಇದು ಬಹಳ ಹಳೆಯದು"
ENGLISH = "THE WEATHER IS NICE TODAY AND WE ARE GOING FOR A LONG WALK IN THE WOODS"

# (instruction, arguments, answers that follow it, answers that do not)
CASES: list[tuple[str, dict[str, Any], list[str], list[str]]] = [
    (
        "change_case:capital_word_frequency",
        {"capital_relation": "at least", "capital_frequency": 2},
        ["I SEE it", "**GO**, NOW", "DON'T stop", "a well-known A and B"],
        ["I see it", "it's McDonald 123", "WELL-KNOWN"],
    ),
    ("change_case:capital_word_frequency", {"capital_relation": "less than", "capital_frequency": 1}, ["none here"], ["ONE here"]),
    (
        "change_case:english_capital",
        {},
        [ENGLISH, "123 " + ENGLISH],
        [ENGLISH.title(), "DAS WETTER IST HEUTE SEHR SCHÖN UND WIR GEHEN", "123"],
    ),
    (
        "change_case:english_lowercase",
        {},
        [ENGLISH.lower()],
        [ENGLISH, ENGLISH.capitalize(), "das wetter ist heute sehr schön und wir gehen"],
    ),
    (
        "combination:repeat_prompt",
        {"prompt_to_repeat": "Write a poem."},
        ["write a POEM. Roses", "\n Write a poem."],
        ["Sure. Write a poem.", "Write a"],
    ),
    (
        "combination:two_responses",
        {},
        ["one\n******\ntwo", "******one******two", "one******two\n******"],
        ["one", "one******one", "one******two******three", "one************two", "a ****** "],
    ),
    ("detectable_content:number_placeholders", {"num_placeholders": 2}, ["[a] and [b]", "[][[x]"], ["[a]", "[a\n] [b]", "][ ]["]),
    (
        "detectable_content:postscript",
        {"postscript_marker": "P.S."},
        ["Bye\nP.S. hi", "p. s. hi", "x P.S.y"],
        ["PS hi", "P.S hi", "p.  s. hi"],
    ),
    ("detectable_content:postscript", {"postscript_marker": "P.P.S"}, ["P.P.S hi", "P. P. S. hi"], ["P.S. hi", "PPS"]),
    ("detectable_content:postscript", {"postscript_marker": "N.B."}, ["n.b. hi"], ["NB hi"]),
    (
        "detectable_format:constrained_response",
        {},
        ["My answer is yes.", "So: My answer is maybe. OK"],
        ["My answer is yes", "my answer is no.", "Yes."],
    ),
    (
        "detectable_format:json_format",
        {},
        ['{"a": 1}', '```json\n{"a": [1]}\n```', "```\n[]\n```", "5"],
        ["{'a': 1}", 'Here: {"a": 1}', '{"a": 1', "[" * 100_000, "```json\n```"],
    ),
    (
        "detectable_format:multiple_sections",
        {"section_spliter": "SECTION", "num_sections": 2},
        ["SECTION 1\na\nSECTION 2\nb"],
        ["Section 1 Section 2", "SECTION 1"],
    ),
    ("detectable_format:multiple_sections", {"section_spliter": "Part (", "num_sections": 1}, ["Part ( 3"], ["Part 3"]),
    (
        "detectable_format:number_bullet_lists",
        {"num_bullets": 2},
        ["* a\n* b", "- a\n\n  - b", "*\n* a\n- b"],
        ["* a", "* a\n* b\n* c", "**a**\n**b**", "1. a\n2. b"],
    ),
    (
        "detectable_format:number_highlighted_sections",
        {"num_highlights": 2},
        ["*a* and *b*", "**a** **b**"],
        ["*a*", "* *  ** **", "*a\nb* *c"],
    ),
    ("detectable_format:title", {}, ["<<Poem>>\nRoses", "a <<<b>>> c"], ["<<>>", "<< >>", "<Poem>", "<<a\nb>>", ">>a<<"]),
    ("keywords:existence", {"keywords": ["mom", "C++"]}, ["Moment in c++"], ["mom and C", "C++"]),
    ("keywords:forbidden_words", {"forbidden_words": ["rock", "field"]}, ["rocks and fields", "bedrock"], ["a Rock", "field."]),
    ("keywords:frequency", {"keyword": "war", "relation": "at least", "frequency": 2}, ["war, warm", "WAR War"], ["war", ""]),
    ("keywords:frequency", {"keyword": "war", "relation": "less than", "frequency": 2}, ["war", "peace"], ["war war"]),
    ("keywords:letter_frequency", {"letter": "T", "let_relation": "at least", "let_frequency": 3}, ["Tatt"], ["tt"]),
    ("keywords:letter_frequency", {"letter": "#", "let_relation": "less than", "let_frequency": 2}, ["#a"], ["#a #b"]),
    ("language:response_language", {"language": "kn"}, [KANNADA, "123 !!"], [ENGLISH.lower()]),
    (
        "length_constraints:nth_paragraph_first_word",
        {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "Weekend"},
        ["a\n\nWeekend b", "a\n\n\"weekend's b", "a\n\n  Weekend, b\n\n"],
        ["Weekend\n\na", "a\n\nWeekends", "a\n\nWeekend\n\nc", "a\nWeekend", "a\n\n\n\nWeekend"],
    ),
    (
        "length_constraints:number_paragraphs",
        {"num_paragraphs": 2},
        ["a\n***\nb", "***\na\n***\nb\n***"],
        ["a\n\nb", "a***b***c", "a *** *** b", "a"],
    ),
    (
        "length_constraints:number_sentences",
        {"relation": "at least", "num_sentences": 3},
        ["One. Two! Three?"],
        ["Dr. Jones met Mr. Smith. Three"],
    ),
    ("length_constraints:number_sentences", {"relation": "less than", "num_sentences": 2}, ["Only one.", "no stop"], ["One. Two."]),
    ("length_constraints:number_words", {"relation": "at least", "num_words": 3}, ["don't go", "a_b c d"], ["two words"]),
    ("length_constraints:number_words", {"relation": "less than", "num_words": 0}, [], ["", "a"]),
    ("punctuation:no_comma", {}, ["no; comma", "全角，"], ["a, b"]),
    (
        "startend:end_checker",
        {"end_phrase": "Any other questions?"},
        ["Bye. any OTHER questions?", '"Any other questions?"\n'],
        ["Any other questions? Yes.", "questions?"],
    ),
    ("startend:quotation", {}, ['"a"', ' "a" \n', '""'], ['"a', "'a'", '"', "“a”"]),
]


def scored(text: str, *instructions: tuple[str, dict[str, Any]], stop: Any = "stop") -> dict[str, Score]:
    metadata = {"instruction_id_list": [name for name, _ in instructions], "kwargs": [given for _, given in instructions]}
    scores = scorers.ifeval()(Sample(id="s", input="", metadata=metadata), Answer(text=text, stop_reason=stop))
    assert tuple(each.criterion for each in scores) == scorers.ifeval().criteria
    return {each.criterion: each for each in scores}


def test_the_contract() -> None:
    scorer = scorers.ifeval(name="mine")
    assert isinstance(scorer, Scorer)
    assert pickle.loads(pickle.dumps(scorer)) == scorer
    assert fingerprint(scorer) != fingerprint(scorers.ifeval())


def test_all_25_types_have_cases() -> None:
    assert len(CHECKS) == 25
    assert {name for name, *_ in CASES} == set(CHECKS)


@pytest.mark.parametrize(("name", "arguments", "followed", "broken"), CASES, ids=[f"{case[0]}-{place}" for place, case in enumerate(CASES)])
def test_each_instruction(name: str, arguments: dict[str, Any], followed: list[str], broken: list[str]) -> None:
    check = bind(name, arguments)
    assert [text for text in followed if not check(text)] == []
    assert [text for text in broken if check(text)] == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 0),
        ("One", 1),
        ("One. two. Three", 3),
        ("Mr. Smith met Dr. J. R. Jones at 5 p.m. on Jan. 3. He left.", 2),
        ("The U.S. is large. We saw it in the U.S. The trip was long.", 3),
        ("Fruit, e.g. apples, and so on etc. are good.", 1),
        ("1. Wash it.\n2. Dry it.", 4),
        ("It was 3.14. ok", 1),
        ("It was 3.14. Fine", 2),
        ('"Hello!" he said. (Really?) Yes.', 4),
        ('He said "stop."', 1),
        ("Wait... what? Well... The end.", 3),
        ("**Bold.** Next.", 2),
        ("**Bold.**", 2),
        ("P.S. Remember me.", 2),
        ("See www.example.com/a.b?c=d for 1.5 reasons.", 1),
        ("What?! No!!! Go.", 3),
        ("Is it plan B. We think so.", 2),
    ],
)
def test_sentences(text: str, number: int) -> None:
    assert len(list(sentences(text))) == number


def test_sentences_keep_their_quotes() -> None:
    assert list(sentences('"Go!" he said. (Why?) ok')) == ['"Go!"', "he said.", "(Why?)", "ok"]


def test_the_four_scores() -> None:
    scores = scored("a, b", ("punctuation:no_comma", {}), ("length_constraints:number_words", {"relation": "at least", "num_words": 2}))
    assert [each.value for each in scores.values()] == [0.0, 0.5, 0.0, 0.5]
    assert scores["instruction_strict"].detail == {
        "instructions": ["punctuation:no_comma", "length_constraints:number_words"],
        "followed_strict": [False, True],
        "followed_loose": [False, True],
    }


@pytest.mark.parametrize("text", ["Sure, here it is:\nno comma", "no comma\nHope that helps, bye", "Sure, ok\nno comma\nbye, bye"])
def test_loose_leaves_out_the_first_and_the_last_line(text: str) -> None:
    scores = scored(text, ("punctuation:no_comma", {}))
    assert (scores["prompt_strict"].value, scores["prompt_strict"].lenient, scores["prompt_loose"].value) == (0.0, 1.0, 1.0)


def test_loose_leaves_out_the_stars() -> None:
    scores = scored("**My answer is** yes.", ("detectable_format:constrained_response", {}))
    assert (scores["prompt_strict"].value, scores["prompt_loose"].value) == (0.0, 1.0)


def test_a_blank_reading_follows_nothing() -> None:
    assert scored("a, b", ("punctuation:no_comma", {}))["prompt_loose"].value == 0.0
    assert scored("a,\nb,", ("punctuation:no_comma", {}))["prompt_loose"].value == 0.0


@pytest.mark.parametrize("text", ["", " \n\t"])
def test_an_empty_answer_follows_nothing_and_counts(text: str) -> None:
    scores = scored(text, ("punctuation:no_comma", {}), stop="length")
    assert [(each.value, each.reason) for each in scores.values()] == [(0.0, "nothing to extract")] * 4
    assert scores["instruction_loose"].detail["followed_loose"] == [False]
    assert "cut" in scores["prompt_strict"].detail["because"]


def test_names_and_arguments_as_tables_have_them() -> None:
    arguments = {"num_bullets": 1.0, "keywords": None, "relation": None}
    assert scored("* a", ("en:detectable_format:number_bullet_lists", arguments))["prompt_strict"].value == 1.0


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({}, "does not say which instructions"),
        ({"instruction_id_list": [], "kwargs": []}, "does not say which instructions"),
        ({"instruction_id_list": ["punctuation:no_comma"], "kwargs": []}, "does not say which instructions"),
        ({"instruction_id_list": "punctuation:no_comma", "kwargs": [{}]}, "does not say which instructions"),
        ({"instruction_id_list": ["punctuation:no_coma"], "kwargs": [{}]}, "'punctuation:no_coma'. Did you mean punctuation:no_comma?"),
        ({"instruction_id_list": ["keywords:existence"], "kwargs": [{}]}, "lacks 'keywords'. It takes: keywords"),
        ({"instruction_id_list": ["keywords:existence"], "kwargs": [{"keywords": "mom"}]}, "cannot take 'mom' for 'keywords'"),
        ({"instruction_id_list": ["keywords:existence"], "kwargs": [{"keywords": [" "]}]}, "for 'keywords'"),
        ({"instruction_id_list": ["detectable_format:number_bullet_lists"], "kwargs": [{"num_bullets": 1.5}]}, "cannot take 1.5"),
        ({"instruction_id_list": ["detectable_format:number_bullet_lists"], "kwargs": [{"num_bullets": -1}]}, "cannot take -1"),
        (
            {"instruction_id_list": ["length_constraints:number_words"], "kwargs": [{"num_words": 3, "relation": "around"}]},
            "cannot take 'around'",
        ),
        ({"instruction_id_list": ["language:response_language"], "kwargs": [{"language": "xx"}]}, "cannot take 'xx' for 'language'"),
    ],
)
@pytest.mark.parametrize("text", ["some text", ""])
def test_a_sample_that_asks_wrongly_is_unscored(metadata: dict[str, Any], message: str, text: str) -> None:
    with pytest.raises(ScorerError) as caught:
        scorers.ifeval()(Sample(id="s7", input="", metadata=metadata), Answer(text=text))
    assert message in str(caught.value)
    assert "Sample 's7'" in str(caught.value)


def test_the_languages_are_those_of_the_detector() -> None:
    assert set(get_args(Language)) == set(detectors().langlist)


def test_the_language_is_told_the_same_way_every_time() -> None:
    name = ("change_case:english_capital", {})
    assert len({scored("SHELDON: CLEVER, QUIRKY, UNIQUE.", name)["prompt_strict"].value for _ in range(20)}) == 1


PIECES = [
    "a",
    ". ",
    "Mr. ",
    "*",
    "* a\n",
    "- ",
    "<<",
    ">>",
    "[",
    "]",
    "******",
    "***",
    "\n\n",
    "\n",
    '"',
    "P.S. ",
    "DON'T ",
    "SECTION 1",
    "{",
    "```",
    "é",
    "字",
    "\x00",
    "ß",
    "İ",
    "...",
]
EVERYTHING = [(name, arguments) for name, arguments, *_ in CASES]


@settings(max_examples=25, deadline=None)
@given(text=st.one_of(st.text(max_size=100), st.lists(st.sampled_from(PIECES), max_size=40).map("".join)))
def test_no_answer_makes_it_raise_and_loose_contains_strict(text: str) -> None:
    scores = scored(text, *EVERYTHING)
    detail = scores["instruction_strict"].detail
    assert all(loose or not strict for strict, loose in zip(detail["followed_strict"], detail["followed_loose"], strict=True))


@pytest.mark.parametrize("piece", ["a", "[", "<<", "\n", "Mr. ", "* *"])
def test_five_megabytes(piece: str) -> None:
    scores = scored("x\n" + piece * (5_000_000 // len(piece)) + "\n*y*", *EVERYTHING)
    assert scores["instruction_strict"].detail["cut"] is True
    assert len(scores["instruction_strict"].extracted or "") < 3_000


def test_a_long_answer_is_read_at_both_ends() -> None:
    scores = scored('"' + "a " * 1_000_000 + 'The end."', ("startend:quotation", {}), ("startend:end_checker", {"end_phrase": "the end."}))
    assert scores["prompt_strict"].value == 1.0


@pytest.mark.parametrize("name", ["es:special_character:tildes", "fr:special_character:no_accents", "ja:letters:hiragana_only"])
def test_an_instruction_of_another_language_is_said_not_to_be_implemented(name: str) -> None:
    asked = Sample(id="s7", input="", metadata={"instruction_id_list": [name], "kwargs": [{}]})
    with pytest.raises(ScorerError, match=f"Sample 's7': The instruction '{name}' is not implemented") as caught:
        scorers.ifeval()(asked, Answer(text="Hola."))
    assert caught.value.kind == "not_implemented"
