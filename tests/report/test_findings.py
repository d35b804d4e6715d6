"""The first screen's sentences: nobody is called better than was shown."""

import msgspec

from assay.report import boards
from assay.report.findings import command, findings


def said(results, manifests=(), comparisons=()):
    return findings(results, manifests, boards(results, comparisons), comparisons)


def test_one_run_is_said_with_its_number(scene):
    found = said(scene.results[:1], scene.manifests[:1])
    assert found.headline.startswith("tiny/step-0400 reaches ")
    assert found.headline.endswith(" % on arithmetic (number).")
    assert found.sure[0] == "Every interval is 95 %, from 120 samples."


def test_models_that_cannot_be_told_apart_share_the_headline(scene):
    facts = [each for each in scene.results if each.task == "facts"]
    assert said(facts).headline == "tiny/step-1800 and tiny/step-2400 lead on facts; they cannot be told apart."
    assert said(facts[2:]).headline == "tiny/step-1800 and tiny/step-2400 cannot be told apart on facts."
    assert said(facts[:2]).headline.startswith("tiny/step-1200 leads on facts with ")


def test_a_run_below_the_floor_wins_nothing(scene):
    half = [each for each in scene.results if each.task == "chinese" and each.model.endswith("1200")]
    found = said(half)
    assert found.headline == "Too little was scored for a verdict: the numbers are of what was reached."
    assert "chinese, includes is not ranked: coverage is below the floor of 95 %." in found.watch
    assert any("broke through no fault of a model (mostly: the endpoint answered HTTP 503)" in line for line in found.watch)


def test_different_data_is_the_first_thing_to_watch(scene):
    own = [(result, manifest) for result, manifest in zip(scene.results, scene.manifests, strict=True) if result.task == "facts"]
    results, manifests = [each[0] for each in own], [each[1] for each in own]
    manifests[0] = msgspec.structs.replace(manifests[0], fingerprints={**manifests[0].fingerprints, "dataset": "another"})
    assert said(results, manifests).watch[0] == "The numbers of facts cannot be compared: they were asked different samples."


def test_commands_are_quoted_and_complete(scene):
    odd = msgspec.structs.replace(
        scene.manifests[0], task="my data.jsonl", settings={"limit": 50, "task.input": "{q} $HOME", "decoding.max_tokens": 64}
    )
    assert command(odd) == (
        "assay run 'my data.jsonl' --model tiny/step-0400 --seed 7 --trials 1 --limit 50 --max-tokens 64 -T 'input={q} $HOME'"
    )


def test_the_command_that_was_typed_is_kept(scene):
    typed = msgspec.structs.replace(scene.manifests[0], settings={"command": "assay run data.jsonl --model x"})
    assert command(typed) == "assay run data.jsonl --model x"


def test_extractors_that_agree_are_not_worth_a_line(scene):
    from assay.core.run import Leniency
    from assay.report.findings import extraction

    def of(gained):
        return [msgspec.structs.replace(scene.results[0], leniency={"number": Leniency(checked=100, gained=gained, lost=0)})]

    assert extraction(of(0), least=0.0) == []
    assert len(extraction(of(1), least=0.0)) == 1
    assert extraction(of(1), least=0.02) == []


def test_interrupted_runs_are_finished_first(scene):
    broken = msgspec.structs.replace(scene.results[0], status="interrupted")
    found = said([broken], scene.manifests[:1])
    assert found.next[0][1].startswith("assay run arithmetic --model tiny/step-0400")
    assert "arithmetic, tiny/step-0400 was interrupted: the numbers are of what was reached." in found.watch


def test_how_sure_speaks_of_the_leader_against_the_runner_up_first(scene):
    facts = [each for each in scene.results if each.task == "facts"]
    top = next(each for each in scene.comparisons() if each.verdict == "no difference seen")
    top = msgspec.structs.replace(top, task="facts", metric="exact", family=6)
    weak = msgspec.structs.replace(top, a=facts[1].model, b=facts[0].model)
    sure = said(facts, comparisons=[weak, top]).sure
    told = [line for line in sure if "against" in line]
    assert told == [told[0]] and told[0].startswith(
        "facts, exact, tiny/step-2400 against tiny/step-1800: −0.4 [−2.2, +1.4] no difference seen"
    )
    assert "Verdicts are corrected (Holm) over 6 comparisons." in sure


def test_findings_speak_plainly(scene):
    down = msgspec.structs.replace(
        scene.results[0],
        failed=3,
        failures={"endpoint:unreachable": 3},
        errors={"endpoint:unreachable": "Nobody answers at 127.0.0.1:9 (refused)."},
    )
    noted = msgspec.structs.replace(down, notes=("ans.jsonl: 3 answers are for no sample",))
    watch = said([noted]).watch
    assert any("(mostly: Nobody answers at 127.0.0.1:9)" in line for line in watch)
    assert "ans.jsonl: 3 answers are for no sample." in watch
