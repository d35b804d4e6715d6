"""The provider `hf`: the embedded model's checkpoint through transformers gives the embedded model's answers; odd templates are found out."""

import asyncio
import json
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assay.core.content import Image, Message, message
from assay.core.errors import MissingPackage, ModelError, UsageError
from assay.core.protocols import Decoding, Model, Request
from assay.models import hf
from assay.models.tiny import open_model as open_tiny
from assay.models.tiny.checkpoints import checkpoint_folder
from assay.models.tiny.tokenizer import CHAT_TEMPLATE
from assay.testing import check_model

FOLDER = checkpoint_folder("latest")
QUESTIONS = (
    "What is 3 + 4? Answer with the number only.",
    "小明有3个苹果。他又买了4个苹果。",
    'Write the word "tea" exactly 3 times, with spaces between.',
    "x",
)


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(MissingPackage, match=r"assay\[hf\]"):
        hf.open_model("any/model")


def ask(text: str, **decoding: object) -> Request:
    return Request(messages=(message("user", text),), decoding=Decoding(**decoding))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def model() -> hf.HfModel:
    pytest.importorskip("transformers")
    pytest.importorskip("torch")
    return hf.open_model(str(FOLDER))


@pytest.fixture
def changed(tmp_path: Path) -> Callable[..., hf.HfModel]:
    """Opens the checkpoint with some of its files changed."""
    pytest.importorskip("transformers")

    def open_changed(
        template: str | None = CHAT_TEMPLATE, config: "dict[str, Any] | None" = None, bos: bool = True, **options: Any
    ) -> hf.HfModel:
        folder = tmp_path / "model"
        shutil.copytree(FOLDER, folder, dirs_exist_ok=True)
        settings = json.loads((folder / "tokenizer_config.json").read_text())
        settings["chat_template"] = template
        (folder / "tokenizer_config.json").write_text(json.dumps({key: value for key, value in settings.items() if value is not None}))
        document = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps(document | (config or {})))
        if not bos:
            tokenizer = json.loads((folder / "tokenizer.json").read_text())
            (folder / "tokenizer.json").write_text(json.dumps(tokenizer | {"post_processor": None}))
        return hf.open_model(str(folder), **options)

    return open_changed


@pytest.mark.heavy
def test_it_keeps_the_contract_of_a_model() -> None:
    pytest.importorskip("transformers")
    check_model(hf.open_model(str(FOLDER)))


@pytest.mark.heavy
async def test_texts_are_those_of_the_embedded_model(model: hf.HfModel) -> None:
    assert isinstance(model, Model)
    tiny = open_tiny("latest")
    requests = [ask(text, max_tokens=16, logprobs=2) for text in QUESTIONS]
    ours = await asyncio.gather(*(tiny.generate(request) for request in requests))
    theirs = await asyncio.gather(*(model.generate(request) for request in requests))
    assert [each.text for each in theirs] == [each.text for each in ours]
    assert [each.stop_reason for each in theirs] == [each.stop_reason for each in ours]
    assert [each.usage.input_tokens for each in theirs] == [each.usage.input_tokens for each in ours]
    for a, b in zip(ours, theirs, strict=True):
        assert a.logprobs is not None and b.logprobs is not None
        assert [each.logprob for each in b.logprobs] == pytest.approx([each.logprob for each in a.logprobs], abs=2e-3)


@pytest.mark.heavy
@pytest.mark.parametrize("raw", [True, False])
async def test_likelihoods_are_those_of_the_embedded_model(model: hf.HfModel, raw: bool) -> None:
    tiny = open_tiny("latest")
    for text, continuations in (
        ("Is water wet?", ("yes", "no", "不知道", "yes, it is")),
        ("She lives in Ber", ("lin", "gen", "l")),
        ("", ("cat", "a dog")),
    ):
        request = Request(messages=(message("user", text),), continuations=continuations, raw=raw)
        ours, theirs = await tiny.generate(request), await model.generate(request)
        assert ours.choice_logprobs is not None and theirs.choice_logprobs is not None
        for a, b in zip(ours.choice_logprobs, theirs.choice_logprobs, strict=True):
            assert b[0] == pytest.approx(a[0], abs=5e-3)
            assert b[1:] == a[1:]
        assert ours.notes == theirs.notes
    empty = Request(messages=(message("user", "She lives in Ber"),), continuations=("lin", ""), raw=raw)
    for each in (tiny, model):
        with pytest.raises(ModelError, match="continuation 2 has no likelihood: it is empty"):
            await each.generate(empty)


@pytest.mark.heavy
async def test_sampling_depends_on_the_request_and_not_on_the_batch(model: hf.HfModel) -> None:
    requests = [ask(text, temperature=1.5, top_p=0.95, seed=seed, max_tokens=4 + seed) for seed in (1, 2) for text in QUESTIONS]
    together = await asyncio.gather(*(model.generate(request) for request in requests))
    alone = [await model.generate(request) for request in requests]
    assert [each.text for each in together] == [each.text for each in alone]
    assert len({each.text for each in alone}) > 4


@pytest.mark.heavy
async def test_stops_and_limits_hold_row_by_row(model: hf.HfModel) -> None:
    free = await model.generate(ask(QUESTIONS[3], temperature=9.0, seed=3, max_tokens=30))
    found = re.search("[A-Za-z]{3}", free.text[2:])
    assert found
    stop = found[0]
    stopped, cut = await asyncio.gather(
        model.generate(ask(QUESTIONS[3], temperature=9.0, seed=3, max_tokens=30, stop=(stop,))),
        model.generate(ask(QUESTIONS[3], temperature=9.0, seed=3, max_tokens=3)),
    )
    assert stopped.text == free.text[: free.text.find(stop)] and stopped.stop_reason == "stop"
    assert cut.usage.output_tokens == 3 and cut.stop_reason == "length"


@pytest.mark.heavy
async def test_a_prompt_beyond_the_context_is_never_cut(model: hf.HfModel) -> None:
    with pytest.raises(ModelError) as caught:
        await model.generate(ask("cat " * 600))
    assert caught.value.kind == "context_length"
    with pytest.raises(ModelError):
        await model.generate(Request(messages=(message("user", "cat"),), continuations=("dog", "cat " * 600)))
    with pytest.raises(ModelError, match="text only"):
        await model.generate(Request(messages=(Message(role="user", content=(Image(uri="x.png"),)),)))


@pytest.mark.heavy
async def test_the_first_prompt_is_on_record(changed: Callable[..., hf.HfModel]) -> None:
    model = changed()
    assert not any("first prompt" in note for note in model.notes)
    await model.generate(ask("hi", max_tokens=1))
    assert any(note.startswith("first prompt") and note.split(": ")[1].startswith("1 4 ") for note in model.notes)
    assert list(model.first_prompt[:2]) == [1, 4]


@pytest.mark.heavy
def test_double_bos_is_found_and_one_is_kept(changed: Callable[..., hf.HfModel]) -> None:
    model = changed()
    assert model.bos == "both" and model.identity["bos"] == "both"
    assert any("one was kept" in note for note in model.notes)
    text, special, _ = model.prompt(ask("hi"))
    assert model.encode(text, special).count(1) == 1
    raw = Request(messages=(message("user", "<|bos|>hi"),), raw=True)
    text, special, notes = model.prompt(raw)
    assert model.encode(text, special).count(1) == 1
    assert any("BOS" in note for note in notes)


@pytest.mark.heavy
def test_a_template_that_writes_it_twice_is_told(changed: Callable[..., hf.HfModel]) -> None:
    model = changed("{{ bos_token }}" + CHAT_TEMPLATE)
    assert model.bos == "twice"
    assert any("twice" in note for note in model.notes)


@pytest.mark.heavy
def test_missing_bos_is_found_and_added_on_request(changed: Callable[..., hf.HfModel]) -> None:
    bare = CHAT_TEMPLATE.replace("{{ bos_token }}", "")
    model = changed(bare)
    assert model.bos == "missing"
    assert any("template writes none" in note for note in model.notes)
    text, special, _ = model.prompt(ask("hi"))
    assert model.encode(text, special)[0] != 1
    mended = hf.open_model(model.name.removeprefix("hf/"), bos=True)
    text, special, _ = mended.prompt(ask("hi"))
    assert mended.encode(text, special)[:2] == [1, 4]
    assert not mended.notes and mended.identity["bos"] != model.identity["bos"]


@pytest.mark.heavy
def test_a_tokenizer_without_bos_habit_has_nothing_to_tell(changed: Callable[..., hf.HfModel]) -> None:
    assert changed(bos=False).bos == "template"
    assert changed(CHAT_TEMPLATE.replace("{{ bos_token }}", ""), bos=False).bos == "none"


@pytest.mark.heavy
def test_without_a_template_messages_go_as_text(changed: Callable[..., hf.HfModel]) -> None:
    model = changed(None)
    text, special, notes = model.prompt(ask("hi there"))
    assert (text, special) == ("hi there", True)
    assert any("no chat template" in note for note in notes)


@pytest.mark.heavy
async def test_a_template_that_refuses_is_the_models_error(changed: Callable[..., hf.HfModel]) -> None:
    model = changed("{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}" + CHAT_TEMPLATE)
    with pytest.raises(ModelError, match="System role not supported"):
        await model.generate(Request(messages=(message("system", "s"), message("user", "u"))))


@pytest.mark.heavy
async def test_a_prompt_that_opens_a_thought_gives_a_thought(changed: Callable[..., hf.HfModel]) -> None:
    model = changed(CHAT_TEMPLATE + "{% if add_generation_prompt %}<think>\n{% endif %}")
    answer = await model.generate(ask("hi", max_tokens=4, temperature=9.0, seed=1))
    assert answer.text == "" and answer.stop_reason == "length"
    assert answer.reasoning is not None


@pytest.mark.heavy
def test_other_weights_are_another_identity(changed: Callable[..., hf.HfModel], model: hf.HfModel) -> None:
    same = changed()
    assert same.identity["weights"] == model.identity["weights"]
    weights = Path(same.name.removeprefix("hf/")) / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    assert hf.weights_of(weights.parent) != model.identity["weights"]


@pytest.mark.heavy
@pytest.mark.parametrize(("options", "said"), [({"batch": 0}, "batch"), ({"dtype": "int8"}, "int8"), ({"device": "toaster"}, "toaster")])
def test_wrong_options_are_refused(options: dict[str, Any], said: str) -> None:
    pytest.importorskip("transformers")
    with pytest.raises(UsageError, match=said):
        hf.open_model(str(FOLDER), **options)


@pytest.mark.heavy
def test_a_folder_that_is_no_model_is_said_so(tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    with pytest.raises(UsageError, match="cannot be loaded"):
        hf.open_model(str(tmp_path))
