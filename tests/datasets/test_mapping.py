"""Mapping: columns, templates and their braces."""

import tracemalloc

import pytest

from assay import datasets
from assay.core.errors import DatasetError

ROW = {
    "question": "How many?",
    "answer": 3,
    "Best Answer": "three",
    "context": None,
    "meta": {"source": "book", "tags": ["a", "b"]},
    "parts": [{"text": "x"}],
}


def shown(template, row=ROW) -> str:
    return next(datasets.from_rows([row], input=template).samples()).prompt


def problem(template, row=ROW) -> str:
    with pytest.raises(DatasetError) as caught:
        shown(template, row)
    return str(caught.value)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("question", "How many?"),
        ("Best Answer", "three"),
        ("meta.source", "book"),
        ("meta.tags.1", "b"),
        ("Q: {question} A: {Best Answer}", "Q: How many? A: three"),
        ("{question} Write \\boxed{answer}.", "How many? Write \\boxed{answer}."),
        ("{question} {x} {} { question } f(x) = {y: 1}", "How many? {x} {} { question } f(x) = {y: 1}"),
        ("x_{answer} ^{answer} {answer}", "x_{answer} ^{answer} 3"),
        ("{meta.source}: {meta}", 'book: {"source":"book","tags":["a","b"]}'),
        ("{{ question }} {{ row['Best Answer'] | upper }}", "How many? THREE"),
        ("{% if context %}{{ context }}{% else %}none{% endif %} {{ answer + 1 }}", "none 4"),
        ("{{ context or '' }}{{ question }}\n", "How many?\n"),
        ("{{ meta.tags | lettered }}", "A. a\nB. b"),
        ("{{ meta.tags | map('upper') | join(', ') }} {{ meta.tags | map('upper') | list }}", "A, B ['A', 'B']"),
        (
            "{{ '-' * 3 }} {{ 2 ** 10 }} {{ '%05.1f' % answer }} {{ '{:>4}'.format(answer) }} {{ question.title() }}",
            "--- 1024 003.0    3 How Many?",
        ),
        ("{{ '%s' | format(10**8) }} {{ 100000000 }}", "100000000 100000000"),
    ],
)
def test_fields(template, text):
    assert shown(template) == text


def test_a_column_with_braces_in_its_name_is_a_column():
    assert shown("{odd}", {"{odd}": "taken", "odd": "not taken"}) == "taken"


def test_a_text_in_a_row_is_no_template():
    assert shown("{question}", {"question": "{answer} {{ 7 * 7 }}", "answer": "secret"}) == "{answer} {{ 7 * 7 }}"


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{qestion} {answer}", "Did you mean question?"),
        ("{nothing}", "no column 'nothing'"),
        ("no places {", "uses none of its columns"),
        ("Q: {question} C: {context}", "the column 'context', which the template uses, has no value here"),
        ("context", "the input (column 'context') is empty"),
        ("{{ questoin }}", "'questoin' is undefined. Did you mean question?"),
        ("{{ question", "is not valid Jinja"),
        ("{{ answer / 0 }}", "ZeroDivisionError"),
        ("{{ question.__class__.__mro__ }}", "SecurityError: access to attribute '__class__'"),
        ("{% for i in range(10000000) %}x{% endfor %}", "Range too big"),
        ("{{ question | map('upper') }}", "puts in a generator, not its values. Add | list"),
        ("{{ question | map }}", "puts in a generator"),
        ("{{ meta.tags | reverse }}", "puts in a list_reverseiterator"),
        ("{{ meta.keys() }}", "puts in a dict_keys"),
        ("{{ question.upper }}", "puts in a builtin_function_or_method, not what it gives. Call it"),
        ("{{ 'x' * 10**9 }}", "makes a text of more than 10,000,000 characters"),
        ("{{ 10**9 * question }}", "more than 10,000,000 characters"),
        ("{{ ([1] * 10**9) | length }}", "more than 10,000,000 characters"),
        ("{{ '%1000000000d' % 1 }}", "more than 10,000,000 characters"),
        ("{{ '%*d' % (1000000000, 1) }}", "more than 10,000,000 characters"),
        ("{{ '{:1000000000}'.format(1) }}", "more than 10,000,000 characters"),
        ("{{ '{:{w}}'.format(1, w=1000000000) }}", "more than 10,000,000 characters"),
        ("{{ question.ljust(1000000000) }}", "more than 10,000,000 characters"),
        ("{{ question | center(1000000000) }}", "more than 10,000,000 characters"),
        ("{{ '%1000000000d' | format(1) }}", "more than 10,000,000 characters"),
        ("{{ question | indent(width=1000000000, first=true) }}", "more than 10,000,000 characters"),
        ("{% for i in range(90000) %}{% for j in range(90000) %}x{% endfor %}{% endfor %}", "more than 10,000,000 characters"),
        ("{{ 9**99999 }}", "a power that is too high"),
        ("{{ lipsum(1000000) }}", "'lipsum' is undefined"),
    ],
)
def test_wrong_templates_are_named(template, said):
    assert said in problem(template)


@pytest.mark.parametrize(
    "made", ["'x' * 10**9", "'{:1000000000}'.format(1)", "question.ljust(10**9)", "'%*d' % (10**9, 1)", "'x' | center(1000000000)"]
)
def test_what_is_refused_is_not_made_first(made):
    tracemalloc.start()
    problem("{{ " + made + " }}")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50_000_000


def test_metadata_under_other_names():
    sample = next(
        datasets.from_rows(
            [ROW], input="question", metadata={"source": "meta.source", "n": "answer", "gone": "context"}, cluster="meta.source"
        ).samples()
    )
    assert sample.metadata == {"source": "book", "n": 3}
    assert sample.cluster == "book"
