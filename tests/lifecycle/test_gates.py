"""What a gate decides of runs whose truth is plain: pass, fail and not measurable for every kind of rule, and how the verdict follows."""

import numpy as np
import pytest
from tests.lifecycle.runs import run_of

from assay.core.errors import UsageError
from assay.lifecycle.gates import decide, samples_needed, smallest_alpha, verdict_of
from assay.lifecycle.policy import policy_of
from assay.stats import interval

N = 400


def hits(count, total=N):
    return [1.0] * count + [0.0] * (total - count)


def gate(rules, before=None, after=None, **more):
    runs = [{run.manifest.task: run for run in (side or [])} for side in (before, after)]
    verdict, findings = decide(policy_of({**rules, **more}), *runs)
    return verdict, [each for each in findings if each.rule != "coverage"]


def one(rules, before=None, after=None, **more):
    verdict, (found,) = gate(rules, before, after, **more)
    return verdict, found


def test_the_verdict_follows_from_the_outcomes():
    assert verdict_of(["pass", "pass"]) == "GO"
    assert verdict_of(["pass", "not measurable", "fail"]) == "NO-GO"
    assert verdict_of(["pass", "not measurable"]) == "INCONCLUSIVE"
    assert verdict_of([]) == "INCONCLUSIVE"


@pytest.mark.parametrize(("after", "verdict"), [(300, "GO"), (296, "INCONCLUSIVE"), (200, "NO-GO")])
def test_no_worse_by_a_margin(after, verdict):
    # 300 of 400 before; the same, one point fewer, 25 points fewer, against a margin of one point (that of 300 alone is shown by a tie).
    said, found = one({"no_worse": [{"margin": 0.01}]}, [run_of("t", {"m": hits(300)})], [run_of("t", {"m": hits(after)})])
    assert said == verdict and found.limit == -0.01 and found.relation == ">"
    if verdict == "INCONCLUSIVE":
        assert found.reason == "not shown either way" and (found.samples_needed is None or found.samples_needed > N) and found.help


def test_where_lower_is_better_the_difference_is_turned():
    before, after = run_of("t", {"wer": [0.5] * N}, lower=("wer",)), run_of("t", {"wer": list(np.linspace(0.0, 0.2, N))}, lower=("wer",))
    said, found = one({"no_worse": [{"margin": 0.01}]}, [before], [after])
    assert said == "GO" and found.estimate.value == pytest.approx(0.4)


def test_the_last_rule_that_matches_counts():
    runs = [run_of("a", {"m": hits(300)})], [run_of("a", {"m": hits(280)})]
    rules = [{"margin": 0.01}, {"task": "a", "margin": 0.3}]
    assert one({"no_worse": rules}, *runs)[0] == "GO"
    assert one({"no_worse": rules[::-1]}, *runs)[0] == "NO-GO"


def test_better_by_more_than_and_in_at_least_one():
    before = [run_of(task, {"m": hits(200)}) for task in "abc"]
    after = [run_of("a", {"m": hits(280)}), run_of("b", {"m": hits(200)}), run_of("c", {"m": hits(201)})]
    every, findings = gate({"better": [{"by": 0.05}]}, before, after)
    assert every == "NO-GO" and [each.outcome for each in findings] == ["pass", "fail", "fail"]
    some, found = one({"better": [{"by": 0.05, "any": True}]}, before, after)
    assert some == "GO" and found.task == "a" and found.p_value is not None and found.p_value < 0.05
    none, found = one({"better": [{"by": 0.05, "any": True}]}, before, before)
    assert none == "NO-GO" and found.task == "*"
    unsure, found = one({"better": [{"any": True}]}, before, [run_of(task, {"m": hits(201)}) for task in "abc"])
    assert unsure == "INCONCLUSIVE" and found.reason == "no improvement is certain among 3"


def test_an_improvement_among_many_is_corrected():
    """An improvement that is certain alone and not among forty."""
    before = [run_of(f"t{index}", {"m": hits(200)}) for index in range(40)]
    after = [run_of("t0", {"m": hits(205)}), *(run_of(f"t{index}", {"m": hits(200)}) for index in range(1, 40))]
    assert one({"better": [{"task": "t0"}]}, before, after, missing="ignore")[0] == "GO"
    assert one({"better": [{"any": True}]}, before, after)[0] == "INCONCLUSIVE"


@pytest.mark.parametrize(("count", "verdict"), [(340, "GO"), (325, "INCONCLUSIVE"), (290, "NO-GO")])
def test_a_floor_is_decided_on_the_interval_and_needs_no_baseline(count, verdict):
    said, found = one({"at_least": [{"value": 0.8}]}, after=[run_of("t", {"m": hits(count)})])
    assert said == verdict and found.estimate.level == pytest.approx(0.9) and found.estimate.method == "clopper-pearson"


def test_a_ceiling():
    run = run_of("t", {"m": hits(4)})
    assert one({"at_most": [{"value": 0.05}]}, after=[run])[0] == "GO"
    assert one({"at_most": [{"value": 0.001}]}, after=[run])[0] == "NO-GO"


def test_rates_latency_and_budget():
    run = run_of("t", {"m": hits(300)}, seconds=np.linspace(0.1, 2.0, N))
    run.flags["refused"] = {f"s{index}": 1 for index in range(40)}
    rules = {
        "rates": [{"of": "refused", "at_most": 0.05}, {"of": "truncated", "at_most": 0.05}],
        "latency": [{"percentile": 50, "seconds": 1.5}, {"percentile": 95, "seconds": 1.5}, {"seconds": 1, "first_token": True}],
        "budget": [{"tokens": 15, "per": "sample"}, {"dollars": 1, "per": "sample"}, {"tokens": 5}],
    }
    _, found = gate(rules, after=[run])
    told = {(each.rule, each.metric): each for each in found}
    assert [told["rates", each].outcome for each in ("refused", "truncated")] == ["fail", "pass"]
    assert [told["latency", each].outcome for each in ("p50 answer", "p95 answer", "p95 first token")] == ["pass", "fail", "not measurable"]
    assert told["latency", "p95 first token"].reason == "no answer was streamed: no time to the first token"
    assert told["budget", "dollars a sample"].reason == "the price of an answer is not known"
    assert told["budget", "tokens"].reason == "a run has no result yet"


def test_slices_are_asked_one_by_one_and_small_ones_left_out():
    metadata = {f"s{index}": {"subject": "law" if index % 4 == 0 else "art" if index % 4 < 3 else "few" if index == 3 else "maths"}
                for index in range(N)}  # fmt: skip
    lost = [0.0 if index % 4 == 0 else 1.0 for index in range(N)]
    before, after = run_of("t", {"m": [1.0] * N}, metadata=metadata), run_of("t", {"m": lost}, metadata=metadata)
    _, found = gate({"no_worse": [{"slice": "subject", "least": 2, "margin": 0.05}]}, [before], [after])
    assert {each.part: each.outcome for each in found} == {"subject=art": "pass", "subject=law": "fail", "subject=maths": "pass"}
    _, (only,) = gate({"no_worse": [{"slice": "subject=l*", "margin": 0.05}]}, [before], [after])
    assert only.part == "subject=law"
    _, (none,) = gate({"no_worse": [{"slice": "subjct", "margin": 0.05}]}, [before], [after])
    assert none.outcome == "not measurable" and "0 samples" in str(none.reason)


def blocked(before, after, rules=None):
    verdict, found = one(rules or {"no_worse": [{"margin": 0.02}]}, before, after)
    assert verdict == "INCONCLUSIVE" and found.outcome == "not measurable" and found.help
    return found.reason


def test_what_cannot_be_concluded_says_why_and_what_would_help():
    whole = run_of("t", {"m": hits(300)})
    assert (
        blocked([whole], [run_of("t", {"other": hits(300)})], {"no_worse": [{"metric": "m", "margin": 0.02}]})
        == "only the baseline was scored by 'm'"
    )
    assert blocked([whole], [run_of("t", {"m": hits(300)}, scorers="judge")]) == "they were scored by different rules"
    few = run_of("t", {"m": hits(300)})
    few.columns["m"].sums = {f"z{key}": value for key, value in few.columns["m"].sums.items()}
    few.columns["m"].counts = {f"z{key}": value for key, value in few.columns["m"].counts.items()}
    assert blocked([whole], [few]) == "the runs share no scored sample"
    assert blocked([whole], [whole], {"no_worse": [{"task": "tt", "margin": 0.02}]}) == "no run has a task 'tt'"
    assert blocked([whole], [whole], {"no_worse": [{"metric": "n", "margin": 0.02}]}) == "no metric 'n' was scored"


def test_below_the_coverage_floor_nothing_is_decided():
    _, findings = decide(policy_of({"at_least": [{"value": 0.8}]}), {}, {"t": run_of("t", {"m": hits(0)}, planned=2 * N)})
    assert [(each.rule, each.outcome) for each in findings] == [("coverage", "not measurable"), ("at_least", "not measurable")]
    assert "50 %" in str(findings[1].reason)


def test_a_task_that_one_side_lacks():
    runs = [run_of("a", {"m": hits(300)}), run_of("b", {"m": hits(300)})], [run_of("a", {"m": hits(300)})]
    verdict, found = gate({"no_worse": [{"margin": 0.05}]}, *runs)
    assert verdict == "INCONCLUSIVE" and found[0].rule == "missing" and found[0].task == "b" and "candidate" in str(found[0].help)
    assert gate({"no_worse": [{"margin": 0.05}]}, *runs, missing="ignore")[0] == "GO"


@pytest.mark.parametrize(
    ("rules", "words"), [({"no_worse": [{"margin": 2}]}, "0.02"), ({"at_least": [{"value": 80}]}, "0.8"), ({"better": [{"by": 5}]}, "0.05")]
)
def test_points_where_shares_were_meant(rules, words):
    with pytest.raises(UsageError, match=words):
        gate(rules, [run_of("t", {"m": hits(300)})], [run_of("t", {"m": hits(300)})])


def test_a_violation_among_many_rules_is_corrected_and_can_be_asked_uncorrected():
    """Beyond the limit alone (one-sided p about .03), not among forty."""
    low = run_of("t0", {"m": hits(305)})
    others = [run_of(f"t{index}", {"m": hits(N)}) for index in range(1, 40)]
    rules = {"at_least": [{"value": 0.8}]}
    assert gate(rules, after=[low])[0] == "NO-GO"
    verdict, found = gate(rules, after=[low, *others])
    assert (
        verdict == "INCONCLUSIVE"
        and found[0].reason == "beyond the limit by itself, not certain among 40 rules"
        and found[0].p_value > 0.05
    )
    assert gate(rules, after=[low, *others], correction="none")[0] == "NO-GO"


def test_the_smallest_alpha_is_the_p_value():
    """Of the exact interval: P(X <= 305) of a binomial(400, .8)."""
    values = hits(305)
    p_value = smallest_alpha(lambda alpha: interval(values, kind="clopper-pearson", level=1 - 2 * alpha), 0.8, above=False, alpha=0.05)
    from scipy.stats import binom

    assert p_value == pytest.approx(binom.cdf(305, N, 0.8), rel=0.02)


def test_samples_needed_decide_in_four_of_five_cases():
    """A worked case: 84 of 100 against a floor of .8. With what it says, 80 % of such candidates are let through."""
    needed = samples_needed(interval(hits(84, 100), kind="clopper-pearson", level=0.9), 0.8, 0.05)
    random = np.random.default_rng(5)
    counts = random.binomial(needed, 0.84, 400)
    shown = np.mean([interval(hits(each, needed), kind="clopper-pearson", level=0.9).low > 0.8 for each in counts])
    assert needed > 100 and 0.75 <= shown <= 0.92
    assert samples_needed(interval(hits(80, 100), kind="clopper-pearson", level=0.9), 0.8, 0.05) is None
