"""What a corrected p-value says: better, worse, not certain, nothing seen, or that nothing could have been."""

import numpy as np
import pytest

from assay.api.comparing import Family, family_of, verdict_of
from assay.stats import difference, not_tested

ALONE = Family(size=1, level=0.05)
MANY = Family(size=72, level=0.05 / 60)


def said(found, adjusted, family=MANY, lower=False):
    return verdict_of(found, adjusted, family, lower_is_better=lower)


def test_the_level_is_what_holm_left():
    assert family_of([0.01, 0.2, None, 0.04, 0.9]) == Family(size=4, level=0.05 / 2)
    assert family_of([0.01]) == Family(size=1, level=0.05)
    assert family_of([None]).size == 0


def test_a_verdict_of_the_corrected_test():
    up = difference([1] * 40 + [0] * 20, [0] * 60)
    assert said(up, 0.01) == ("better", None)
    assert said(up, 0.01, lower=True) == ("worse", None)
    assert said(up, 0.06) == ("not certain", None)
    level = difference([1, 0] * 30, [0, 1] * 30)
    assert said(level, 1.0) == ("no difference seen", None)


@pytest.mark.parametrize(("groups", "verdict"), [(10, "not measurable"), (14, "not certain")])
def test_groups_that_cannot_reach_the_level_are_too_few(groups, verdict):
    labels = np.repeat(np.arange(groups), 6)
    found = difference(np.ones(6 * groups) * (labels > 0), np.zeros(6 * groups), labels)
    assert said(found, 0.1)[0] == verdict
    if verdict == "not measurable":
        assert said(found, 0.1)[1] == "10 groups are too few for 72 comparisons; needs about 12"
        assert found.detectable(MANY.level) is None


def test_what_was_not_tested_says_why():
    assert said(not_tested("they share fewer than two scored samples"), None) == (
        "not measurable",
        "they share fewer than two scored samples",
    )
    same = difference(np.full(40, 1.5), np.full(40, 0.25), bounds=(-2.0, 2.0), test="t")
    assert said(same, None)[0] == "not measurable"
