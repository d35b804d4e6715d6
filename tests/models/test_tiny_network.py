"""The network in NumPy: the same numbers as transformers, with and without cache, alone and in company."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay.core.errors import UsageError
from assay.models.tiny.checkpoints import checkpoint_folder, checkpoint_names
from assay.models.tiny.network import Cache, Network, log_softmax, read_network, softmax, times

REFERENCE = json.loads(Path(__file__).with_name("tiny_reference.json").read_text(encoding="utf-8"))
FOLDER = checkpoint_folder("latest")


@pytest.fixture(scope="module")
def network() -> Network:
    return read_network(FOLDER)


def logits_of(network: Network, ids: "list[int] | np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    return network.logits(network.read(np.asarray(ids, np.int64))[0])


def some_ids(network: Network, length: int, seed: int = 0) -> "np.ndarray[Any, Any]":
    return np.random.default_rng(seed).integers(8, network.shape.vocab_size, length)


@pytest.mark.parametrize("case", REFERENCE["chats"], ids=["one turn", "three turns"])
def test_logits_are_those_of_transformers(network: Network, case: dict[str, Any]) -> None:
    logits = logits_of(network, case["ids"])
    first = REFERENCE["first"]
    for place, row in case["rows"].items():
        np.testing.assert_allclose(logits[int(place), first : first + len(row)], row, atol=2e-3)
    assert np.argsort(-logits[-1])[:5].tolist() == case["best"]


def test_the_reference_was_made_from_this_checkpoint() -> None:
    assert REFERENCE["checkpoint"] == checkpoint_names()[-1]


def test_the_cache_gives_what_reading_all_again_gives(network: Network) -> None:
    ids = some_ids(network, 60)
    whole, cache = logits_of(network, ids), Cache(network.shape, 2)
    _, keys, values = network.read(ids[:7])
    cache.write(0, keys, values)
    for place in range(7, 60):
        step = network.logits(network.advance(cache, 1, ids[place : place + 1]))[0]
        np.testing.assert_allclose(step, whole[place], atol=2e-3, rtol=1e-4)
    assert cache.lengths[0] == 60


def test_sequences_of_different_lengths_go_on_side_by_side(network: Network) -> None:
    sequences = [some_ids(network, length, seed=length) for length in (1, 9, 16, 17, 40)]
    cache = Cache(network.shape, 8)
    for slot, ids in enumerate(sequences):
        cache.write(slot, *network.read(ids)[1:])
    after = network.logits(network.advance(cache, 5, np.array([8, 9, 10, 11, 12])))
    for slot, ids in enumerate(sequences):
        np.testing.assert_allclose(after[slot], logits_of(network, [*ids, 8 + slot])[-1], atol=2e-3, rtol=1e-4)


@pytest.mark.parametrize("company", [2, 3, 8, 13, 32, 64])
def test_company_changes_no_bit(network: Network, company: int) -> None:
    def steps(count: int) -> "np.ndarray[Any, Any]":
        cache = Cache(network.shape, 64)
        for slot in range(count):
            length = 21 if slot == 0 else 5 + 13 * slot % 90
            cache.write(slot, *network.read(some_ids(network, length, seed=slot))[1:])
        return np.stack([network.logits(network.advance(cache, count, np.full(count, 300 + place)))[0] for place in range(5)])

    assert (steps(company) == steps(1)).all(), "products are cut so that BLAS adds in the same order"


KERNELS = """
import numpy as np
from assay.models.tiny.checkpoints import checkpoint_folder
from assay.models.tiny.network import read_network, times

network = read_network(checkpoint_folder("latest"))
for matrix in (*network.layers[0].matrices, network.unembed):
    rows = np.random.default_rng(3).standard_normal((90, len(matrix)), np.float32)
    alone = np.concatenate([times(row[None], matrix, network.rows) for row in rows])
    for count in range(1, 91):
        assert (times(rows[:count], matrix, network.rows) == alone[:count]).all(), (matrix.shape, count)
print(network.rows)
"""


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="names kernels of x86-64")
@pytest.mark.parametrize("kernel", ["Haswell", "Zen", "Sandybridge", "Nehalem", "SkylakeX"])
def test_a_rows_bits_are_its_own_with_the_kernels_of_other_processors(kernel: str) -> None:
    if kernel == "SkylakeX" and "avx512f" not in Path("/proc/cpuinfo").read_text(encoding="utf-8"):
        pytest.skip("this processor has no AVX-512")
    environment = {**os.environ, "OPENBLAS_CORETYPE": kernel}
    done = subprocess.run([sys.executable, "-c", KERNELS], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    if kernel == "Haswell" and "openblas" in str(np.show_config(mode="dicts")).lower():
        assert done.stdout.strip() == "8", "the positive control: OpenBLAS for Haswell tells rows apart"


def test_later_tokens_change_nothing_before_them(network: Network) -> None:
    ids = some_ids(network, 32)
    changed = ids.copy()
    changed[20:] = 8
    np.testing.assert_allclose(logits_of(network, ids)[:20], logits_of(network, changed)[:20], atol=1e-4)
    assert np.abs(logits_of(network, ids)[20:] - logits_of(network, changed)[20:]).max() > 0.1


def test_a_moved_sequence_goes_on_as_before(network: Network) -> None:
    ids, cache = some_ids(network, 12), Cache(network.shape, 4)
    cache.write(3, *network.read(ids)[1:])
    cache.move(3, 0)
    after = network.logits(network.advance(cache, 1, np.array([50])))[0]
    np.testing.assert_allclose(after, logits_of(network, [*ids, 50])[-1], atol=2e-3, rtol=1e-4)


def test_probabilities_add_up_and_padding_changes_none() -> None:
    scores = np.random.default_rng(1).standard_normal((3, 32)).astype(np.float32)
    padded = np.concatenate([scores, np.full((3, 64), -np.inf, np.float32)], 1)
    short, long = softmax(scores.copy()), softmax(padded)
    assert (short == long[:, :32]).all()
    np.testing.assert_allclose(short.sum(1), 1, rtol=1e-6)
    np.testing.assert_allclose(np.exp(log_softmax(scores)), short, rtol=1e-5)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model_type": "gpt2"}, "no model of the embedded kind"),
        ({"tie_word_embeddings": False}, "no model of the embedded kind"),
        ({"rope_scaling": {"type": "linear"}}, "no model of the embedded kind"),
        ({"hidden_size": "wide"}, "no Llama shape"),
        ({"num_hidden_layers": 7}, r"lack model\.layers\."),
    ],
)
def test_another_architecture_is_refused(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    document = json.loads((FOLDER / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(document | change))
    (tmp_path / "model.safetensors").write_bytes((FOLDER / "model.safetensors").read_bytes())
    with pytest.raises(UsageError, match=said):
        read_network(tmp_path)


def test_a_folder_without_config_is_no_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no checkpoint"):
        read_network(tmp_path)


@pytest.mark.parametrize("block", [None, 32])
def test_no_rows_give_no_rows(block: int | None) -> None:
    """An empty continuation leaves no token to weigh."""
    assert times(np.zeros((0, 8), np.float32), np.ones((8, 5), np.float32), block).shape == (0, 5)


@pytest.mark.heavy
@pytest.mark.parametrize("name", checkpoint_names())
def test_every_checkpoint_has_the_logits_of_torch(name: str) -> None:
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    folder = checkpoint_folder(name)
    theirs = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    ours = read_network(folder)
    ids = some_ids(ours, 48)
    with torch.inference_mode():
        expected = theirs(input_ids=torch.tensor(ids[None])).logits[0].numpy()
    np.testing.assert_allclose(logits_of(ours, ids), expected, atol=2e-3, rtol=1e-4)
