"""Trains the embedded model: writes a corpus, learns a tokenizer from it, trains a small Llama on CPU, and saves checkpoints with their scores.

    python tools/train_tiny.py                    the shipped run: same seed, same corpus, same steps, one thread; 39 minutes
    python tools/train_tiny.py --threads 2        the same in other last digits; 23 minutes on two free cores
    python tools/train_tiny.py --quick            a minute of training, to see that it learns
    python tools/train_tiny.py --prepare-only     the corpus alone

The corpus is written once and fixed (its fingerprint is recorded), so training does not depend on later edits of the generators. A run
is reproducible on one machine with one number of threads; elsewhere floating-point sums differ in their last digits.
Needs PyTorch (`pip install "assay[hf]"`); everything else is Assay's own.
"""

import argparse
import asyncio
import json
import math
import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read when torch is loaded; threads that spin lose tenfold on a busy machine

import numpy as np
import torch
from tiny_corpus import HELDOUT_COUNT, Corpus, heldout_items, prepare, read_corpus
from tiny_llama import SHAPE, Llama, config_document, exported, groups
from torch import Tensor

from assay.core.protocols import Decoding, Request
from assay.datasets.generators.dataset import FAMILIES
from assay.models.tiny import open_model
from assay.models.tiny.tokenizer import BOS, CHAT_TEMPLATE, END, PAD, SPECIALS
from assay.models.tiny.weights import write_weights

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ROOT / "src/assay/models/tiny/weights"


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=4800, help="optimiser steps; the learning rate falls to nothing at the last")
    parser.add_argument("--minutes", type=float, default=None, help="stop early after so many minutes (then not reproducible)")
    parser.add_argument("--save", type=int, nargs="*", default=[300, 900, 1800, 3000, 4800], help="steps to save checkpoints at")
    parser.add_argument("--pairs", type=int, default=320_000, help="question-answer pairs in the corpus")
    parser.add_argument("--families", nargs="+", default=list(FAMILIES), choices=FAMILIES, help="what the model learns")
    parser.add_argument("--tokens", type=int, default=3072, help="tokens in a batch")
    parser.add_argument("--rate", type=float, default=0.008, help="learning rate of both optimisers")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--corpus", type=Path, default=ROOT / "build/tiny-corpus", help="folder of the fixed corpus; made when absent")
    parser.add_argument("--out", type=Path, default=ROOT / "build/tiny", help="folder for checkpoints; --ship copies them into the package")
    parser.add_argument("--prepare-only", action="store_true", help="write the corpus and stop")
    parser.add_argument("--quick", action="store_true", help="a short run on a small corpus")
    parser.add_argument("--ship", action="store_true", help="after training, replace the checkpoints of the package")
    options = parser.parse_args()
    if options.quick:
        options.steps, options.save, options.pairs, options.tokens = 150, [150], 20_000, 2048
        options.corpus, options.families = options.out / "corpus", ["sentiment", "refusal", "facts"]
    return options


def batches(corpus: Corpus, tokens: int, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Endless batches of about `tokens` tokens: rows of like length, padded on the right, and the labels of the answer's tokens (-1 elsewhere)."""
    epoch = 0
    while True:
        rng = np.random.default_rng((seed, epoch))
        jitter = corpus.lengths + rng.uniform(0, 6, len(corpus.lengths))
        cut: list[np.ndarray] = []
        for window in np.array_split(rng.permutation(len(corpus.lengths)), max(1, len(corpus.lengths) // 8192)):
            ordered = window[np.argsort(jitter[window], kind="stable")]
            start = 0
            while start < len(ordered):
                count = max(1, tokens // int(corpus.lengths[ordered[min(len(ordered) - 1, start + tokens // 64)]]))
                cut.append(ordered[start : start + count])
                start += count
        for place in rng.permutation(len(cut)):
            yield padded(corpus, cut[place])
        epoch += 1


def padded(corpus: Corpus, rows: np.ndarray) -> tuple[Tensor, Tensor]:
    """One batch: inputs and labels, each (rows, longest - 1)."""
    longest = int(corpus.lengths[rows].max())
    ids = np.full((len(rows), longest), SPECIALS.index(PAD), np.int64)
    labels = np.full((len(rows), longest - 1), -1, np.int64)
    for place, row in enumerate(rows):
        start, length, answer = corpus.starts[row], corpus.lengths[row], corpus.answers[row]
        ids[place, :length] = corpus.ids[start : start + length]
        labels[place, answer - 1 : length - 1] = ids[place, answer:length]
    return torch.from_numpy(ids[:, :-1].copy()), torch.from_numpy(labels)


def rate_at(step: int, steps: int) -> float:
    """The part of the full learning rate: a short warm-up, then flat, then falling linearly to 2 % over the last 80 %."""
    return min(1.0, (step + 1) / min(60, steps / 5), 0.02 + 0.98 * (steps - step) / (0.8 * steps))


def train(options: argparse.Namespace, corpus: Corpus) -> dict[str, Any]:
    """Trains and saves; gives the record that goes to `training.json`."""
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    torch.use_deterministic_algorithms(True)
    model = Llama(corpus.vocabulary)
    matrices, others = groups(model)
    optimisers: list[torch.optim.Optimizer] = [
        torch.optim.Muon(matrices, lr=options.rate, momentum=0.95, weight_decay=0.01),
        torch.optim.AdamW(others, lr=options.rate, betas=(0.9, 0.98), weight_decay=0.0, fused=False),
    ]
    full = [optimiser.param_groups[0]["lr"] for optimiser in optimisers]
    feed, losses, checkpoints, seen = batches(corpus, options.tokens, options.seed), [], {}, 0
    started, spent = time.monotonic(), time.process_time()
    average = math.log(corpus.vocabulary)
    for step in range(options.steps):
        for optimiser, rate in zip(optimisers, full, strict=True):
            optimiser.param_groups[0]["lr"] = rate * rate_at(step, options.steps)
        inputs, labels = next(feed)
        loss = model.loss(inputs, labels)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(others, 1.0)
        for optimiser in optimisers:
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        seen += inputs.numel()
        average += (loss.item() - average) * 0.02
        minutes = (time.monotonic() - started) / 60
        if (step + 1) % 50 == 0:
            losses.append([step + 1, round(average, 4)])
            print(f"step {step + 1:5}  loss {average:.4f}  {seen / minutes / 60:6.0f} tokens/s  {minutes:.1f} min", flush=True)
        last = step + 1 == options.steps or (options.minutes is not None and minutes > options.minutes)
        if step + 1 in options.save or last:
            name = save(model, options, corpus, step + 1)
            checkpoints[name] = evaluate(options.out / name, options.families)
            print(f"{name}  {json.dumps(checkpoints[name])}", flush=True)
        if last:
            break
    taken = {"minutes": round(minutes, 1), "cpu_minutes": round((time.process_time() - spent) / 60, 1)}
    return {"steps": step + 1, "tokens": seen, **taken, "loss": losses, "checkpoints": checkpoints}


def save(model: Llama, options: argparse.Namespace, corpus: Corpus, step: int) -> str:
    """Writes a checkpoint folder that both NumPy and transformers load; gives its name."""
    name = f"step-{step:04d}"
    folder = options.out / name
    folder.mkdir(parents=True, exist_ok=True)
    write_weights(folder / "model.safetensors", exported(model))
    (folder / "config.json").write_text(json.dumps(config_document(corpus.vocabulary), indent=1) + "\n", encoding="utf-8")
    shutil.copy(options.corpus / "tokenizer.json", folder / "tokenizer.json")
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": BOS,
        "eos_token": END,
        "pad_token": PAD,
        "additional_special_tokens": [token for token in SPECIALS if token not in (BOS, END, PAD)],
        "model_max_length": SHAPE["max_position_embeddings"],
        "clean_up_tokenization_spaces": False,
        "padding_side": "left",
        "chat_template": CHAT_TEMPLATE,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
    generation = {"bos_token_id": SPECIALS.index(BOS), "eos_token_id": SPECIALS.index(END), "pad_token_id": SPECIALS.index(PAD)}
    (folder / "generation_config.json").write_text(json.dumps(generation) + "\n", encoding="utf-8")
    return name


def evaluate(folder: Path, families: Sequence[str]) -> dict[str, float]:
    """Greedy accuracy on held-out items by family and language, by exact match of the answer's last line, with the shipped NumPy code."""
    items = heldout_items(families)
    answers = asyncio.run(answered(folder, [item.messages for item in items]))
    right: dict[str, list[bool]] = {}
    for item, text in zip(items, answers, strict=True):
        right.setdefault(item.group, []).append(last_line(text) == last_line(item.answer))
    return {group: round(sum(flags) / len(flags), 3) for group, flags in sorted(right.items())}


async def answered(folder: Path, prompts: Sequence[Any]) -> list[str]:
    """The model's greedy answers."""
    model = open_model(str(folder))
    requests = [Request(messages=messages, decoding=Decoding(temperature=0, max_tokens=96)) for messages in prompts]
    answers = await asyncio.gather(*(model.generate(request) for request in requests))
    await model.close()
    return [answer.text for answer in answers]


def last_line(text: str) -> str:
    """The line that carries the result."""
    return text.strip().rsplit("\n", 1)[-1].strip()


def ship(options: argparse.Namespace) -> None:
    """Replaces the package's checkpoints by those of this run."""
    for old in SHIPPED.glob("step-*"):
        shutil.rmtree(old)
    for folder in sorted(options.out.glob("step-*")):
        shutil.copytree(folder, SHIPPED / folder.name)
    shutil.copy(options.out / "training.json", SHIPPED / "training.json")


def main() -> int:
    """Prepares, trains, records."""
    options = arguments()
    if not (options.corpus / "corpus.npz").exists():
        prepare(options.corpus, options.pairs, options.seed, options.families)
    corpus = read_corpus(options.corpus)
    print(f"corpus {corpus.fingerprint}: {len(corpus.lengths)} pairs, {len(corpus.ids)} tokens, vocabulary {corpus.vocabulary}", flush=True)
    if options.prepare_only:
        return 0
    options.out.mkdir(parents=True, exist_ok=True)
    record = train(options, corpus)
    parameters = sum(array.size for array in exported(Llama(corpus.vocabulary)).values())
    head = {
        "seed": options.seed,
        "threads": options.threads,
        "torch": torch.__version__,
        "corpus": {"fingerprint": corpus.fingerprint, "pairs": len(corpus.lengths), "tokens": len(corpus.ids)},
        "parameters": parameters,
        "batch_tokens": options.tokens,
        "heldout": {"items_per_group": HELDOUT_COUNT, "scored": "exact match of the last line, greedy"},
    }
    (options.out / "training.json").write_text(json.dumps(head | record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if options.ship:
        ship(options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
