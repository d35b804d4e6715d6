"""Numbers and foreign texts as people read them."""

import pytest

from assay.core.estimate import Estimate, not_measurable
from assay.report.words import (
    base_name,
    duration,
    excerpt,
    interval,
    listing,
    money,
    number,
    plain,
    scale_of,
    share,
    ticks,
    tokens,
)


def of(value, low=None, high=None):
    return Estimate(value=value, low=low, high=high, n=10, clusters=10, method="t")


def test_shares_are_per_cent_with_one_decimal():
    one = of(0.714, 0.689, 0.738)
    assert number(one, scale_of("accuracy", [one])) == "71.4 [68.9, 73.8]"
    assert number(not_measurable("no judge"), scale_of("accuracy", [])) == "—"
    assert interval(of(0.5), scale_of("accuracy", [])) == ""


def test_what_is_no_share_keeps_its_unit_even_below_one():
    assert number(of(0.834, 0.8, 0.87), scale_of("bits_per_byte", [of(0.834, 0.8, 0.87)])) == "0.834 [0.800, 0.870]"
    assert scale_of("bleu", [of(0.3), of(34.2)]).text(0.3) == "0.30"
    assert scale_of("tokens", [of(1234.5)]).text(1234.5) == "1,234.5"


def test_signs_are_real_and_a_zero_has_none():
    scale = scale_of("accuracy", [of(0.1)])
    assert [scale.signed(each) for each in (0.037, -0.004, 0.0, -0.0001, None)] == ["+3.7", "−0.4", "0.0", "0.0", "—"]
    assert scale_of("loss", [of(-2.5)]).text(-2.5) == "−2.50"
    assert scale_of("loss", [of(-2.5)]).text(-0.0001) == "0.00"


@pytest.mark.parametrize(("low", "high"), [(0.7, 0.75), (0.0, 1.0), (0.31, 0.31), (0.999, 1.0), (0.0, 0.001)])
def test_an_axis_holds_its_data_between_round_ends(low, high):
    scale = scale_of("accuracy", [of((low + high) / 2, low, high)])
    assert 0.0 <= scale.start <= low <= high <= scale.end <= 1.0
    assert scale.start < scale.end
    found = ticks(scale.start, scale.end)
    assert 2 <= len(found) <= 7
    assert 0.0 <= scale.place(low) <= scale.place(high) <= 1.0
    assert all(abs(each * 1000 - round(each * 1000)) < 1e-6 for each in found)


def test_the_base_of_a_name():
    assert base_name("number/WER@3") == "wer"


def test_a_share_never_rounds_into_what_it_is_not():
    assert [share(each) for each in (1.0, 0.9996, 0.5, 0.0004, 0.0)] == ["100 %", "> 99 %", "50 %", "< 1 %", "0 %"]


def test_time_money_tokens_lists():
    assert [duration(each) for each in (0.4, 12.0, 200.0, 7500.0)] == ["0.4 s", "12 s", "3 min 20 s", "2 h 05 min"]
    assert [money(each) for each in (0.0, 12.5, 0.0043)] == ["$0.00", "$12.50", "$0.0043"]
    assert [tokens(each) for each in (1, 12_345, 4_100_000)] == ["1 token", "12.3 k tokens", "4.1 M tokens"]
    assert [listing(each) for each in ((), ("a",), ("a", "b"), tuple("abcdef"))] == ["", "a", "a and b", "a, b, c, d and 2 more"]


def test_what_would_steer_a_screen_is_made_visible():
    assert plain("a\x1b[31m\u202eb\x00\ud800c\r\nd\té中") == "a⟨U+001B⟩[31m⟨U+202E⟩b⟨U+0000⟩⟨U+D800⟩c\nd\té中"


def test_long_texts_say_how_much_is_missing():
    cut = excerpt("a" * 1000 + "z" * 1000, limit=300)
    assert (len(cut.head), len(cut.tail), cut.left_out) == (200, 100, 1700)
    assert cut.tail == "z" * 100
    assert excerpt("short").left_out == 0
