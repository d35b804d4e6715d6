"""Plain data crosses and keeps its type; nothing else crosses; nonsense from the other side is refused."""

import json
import os
import threading
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.sandbox.inside.wire import Closed, Crossing, encode, flatten, receive, receive_bytes, restore, send

ATOMS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(),
    st.binary(max_size=20),
    st.complex_numbers(allow_nan=False),
    st.fractions(),
)
KEYS = st.one_of(st.integers(), st.text(), st.tuples(st.integers(), st.text()))
VALUES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=5), st.tuples(inner, inner), st.dictionaries(KEYS, inner, max_size=5), st.sets(KEYS), st.frozensets(KEYS)
    ),
    max_leaves=20,
)


def shape(value: Any) -> Any:
    """The types of a value, all the way down: 1 == True == 1.0, and that must not pass."""
    if isinstance(value, dict):
        return type(value), [(shape(key), shape(each)) for key, each in value.items()]
    if isinstance(value, list | tuple):
        return type(value), [shape(each) for each in value]
    return type(value), {shape(each) for each in value} if isinstance(value, set | frozenset) and all(
        isinstance(each, int) for each in value
    ) else None


@given(VALUES)
def test_plain_data_crosses_unchanged(value: Any) -> None:
    again = restore(json.loads(encode(flatten(value))))
    assert again == value
    assert shape(again) == shape(value)


@pytest.mark.parametrize(
    "value",
    [float("inf"), -0.0, bytearray(b"x"), range(1, 9, 2), deque([1, 2]), Decimal("1.10"), Fraction(1, 3), 10**5000, "\ud800"],
    ids=lambda value: type(value).__name__,
)
def test_rare_types(value: Any) -> None:
    again = restore(json.loads(encode(flatten(value))))
    assert type(again) is type(value)
    assert again == value


def test_nan_stays_nan() -> None:
    assert restore(flatten(float("nan"))) != restore(flatten(float("nan")))


class Liar(list):  # type: ignore[type-arg]
    """A list that says it equals everything."""

    def __eq__(self, other: object) -> bool:
        return True

    def __iter__(self) -> Any:
        return iter([9, 9, 9])

    __hash__ = None  # type: ignore[assignment]


class Counts(Counter[str]):
    """A counter that says it equals everything."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


class Sure(int):
    def __eq__(self, other: object) -> bool:
        return True

    def __index__(self) -> int:
        return 42

    __hash__ = int.__hash__


def test_a_subclass_becomes_its_base_whatever_it_says() -> None:
    assert type(restore(flatten(Liar([1])))) is list
    assert restore(flatten(Liar([1]))) == [1]
    assert restore(flatten(Liar([1]))) != [2]
    assert restore(flatten(Sure(3))) == 3
    point = restore(flatten(namedtuple("point", "x y")(1, 2)))
    assert (point.x, point.y, point == (1, 2)) == (1, 2, True)
    colour = IntEnum("colour", "red")
    for value, base in [
        (Counts("aab"), Counter("aab")),
        (OrderedDict(a=1), OrderedDict(a=1)),
        (defaultdict(int, a=1), {"a": 1}),
        (colour.red, 1),
    ]:
        assert restore(flatten(value)) == base
        assert type(restore(flatten(value))) is type(base)


@pytest.mark.parametrize("value", [object(), len, iter([]), (x for x in ()), {1: object()}, [[object()]], {}.values(), lambda: 1])
def test_nothing_else_crosses(value: Any) -> None:
    with pytest.raises(Crossing):
        flatten(value)


def test_a_crossing_passes_through_except_exception() -> None:
    assert not issubclass(Crossing, Exception)


def test_a_cycle_does_not_hang() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(Crossing, match="deeply"):
        flatten(value)


@pytest.mark.parametrize(
    "value",
    [
        ["z", 1],
        ["l"],
        ["x", "nonsense"],
        ["d", [[1]]],
        ["s", [["l", []]]],
        ["n", "unknown"],
        ["i", "0xg"],
        ["r", [1, 2, 0]],
        [["l", []], 1],
    ],
)
def test_malformed_values_raise_and_do_no_more(value: Any) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        restore(value)


def test_a_bottomless_value_raises() -> None:
    value: Any = 1
    for _ in range(300):
        value = ["l", [value]]
    with pytest.raises(ValueError, match="deeply"):
        restore(value)


def test_frames() -> None:
    reader, writer = os.pipe()
    big = {"a": "x" * 300_000, "b": [1, 2.5, None, True, False, {"c": "\n\u2028é\x00"}]}
    thread = threading.Thread(target=lambda: (send(writer, big), send(writer, 1), os.close(writer)))
    thread.start()
    assert receive(reader) == big
    assert receive(reader) == 1
    with pytest.raises(Closed):
        receive_bytes(reader, 1)
    thread.join()
    os.close(reader)


def test_a_reader_that_is_gone_is_said_so() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with pytest.raises(Closed):
        send(writer, 1)
    os.close(writer)


def test_a_frame_too_large_is_refused_before_it_is_read() -> None:
    reader, writer = os.pipe()
    os.write(writer, (2**31).to_bytes(4, "big"))
    with pytest.raises(ValueError, match="frame of"):
        receive(reader)
    os.close(reader)
    os.close(writer)


def test_dates_cross_and_a_number_that_would_never_end_does_not() -> None:
    import datetime

    stamp = datetime.datetime(2024, 2, 29, 1, 2, 3, tzinfo=datetime.UTC)
    for value in (stamp, stamp.date(), stamp.timetz(), datetime.timedelta(1, 2, 3), {"a": 1}.keys(), {"a": 1}.items()):
        assert restore(flatten(value)) == value
    with pytest.raises(ValueError, match="invalid literal"):
        restore(["fractions.Fraction", "1e999999999"])
