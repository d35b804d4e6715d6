"""The transformer of the embedded model in NumPy: Llama's shape (RMSNorm, rotary positions, grouped queries, SwiGLU, tied embeddings).

One sequence is read at a time (`read`), so a prompt's numbers never depend on its neighbours; many sequences are continued
together (`advance`), each in its own slot of a `Cache` at its own position, so there is no padding to get wrong.
All arithmetic is float32, in an order that no neighbour changes: BLAS picks its kernel by the size of a product, so products
have two rows or more, inner sides of at most `INNER`, and attention reads whole blocks of `BLOCK` places. Where the kernels of
this processor still tell rows apart (OpenBLAS for Haswell and Zen), `steady_rows` finds out and products are cut into equal
blocks of rows. Architecture: Touvron et al. 2023, https://arxiv.org/abs/2302.13971.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from assay.core.errors import UsageError
from assay.models.tiny.weights import read_weights

Floats = NDArray[np.float32]
Ids = NDArray[np.int64]

BLOCK = 16
"""Attention reads the cache in whole blocks of this many places."""
INNER = 256
"""The longest inner side of a product; a longer one is cut, because BLAS would cut it at a place that depends on the number of rows."""
ROWS = 8
"""Rows of one product where a row's bits depend on how many there are."""
PROBED = (1, 2, 3, 4, 5, 7, 8, 9, 13, 16, 24, 33, 64, 97)
"""The numbers of rows `steady_rows` tries: around the sizes of kernels (2, 4, 8, 12, 16 rows) and past them."""


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a Llama `config.json` that decides the arithmetic."""

    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    vocab_size: int
    max_position_embeddings: int
    rms_norm_eps: float = 1e-5
    rope_theta: float = 10000.0

    @property
    def head(self) -> int:
        """Numbers per attention head."""
        return self.hidden_size // self.num_attention_heads


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """One layer's matrices, (in, out), with the norm weights and the attention scale already multiplied in."""

    attend: Floats
    mix: Floats
    widen: Floats
    narrow: Floats

    @property
    def matrices(self) -> tuple[Floats, Floats, Floats, Floats]:
        """All four."""
        return self.attend, self.mix, self.widen, self.narrow


class Cache:
    """Keys and values of up to `slots` sequences: (layers, slots, key-value heads, context, head). Zeroed, because masked places are read."""

    def __init__(self, shape: Shape, slots: int) -> None:
        context = -(-shape.max_position_embeddings // BLOCK) * BLOCK
        size = (shape.num_hidden_layers, slots, shape.num_key_value_heads, context, shape.head)
        self.keys = np.zeros(size, np.float32)
        self.values = np.zeros(size, np.float32)
        self.lengths = np.zeros(slots, np.int64)

    def write(self, slot: int, keys: Floats, values: Floats) -> None:
        """Puts a whole sequence, (layers, key-value heads, tokens, head), in a slot."""
        length = keys.shape[2]
        self.keys[:, slot, :, :length] = keys
        self.values[:, slot, :, :length] = values
        self.lengths[slot] = length

    def move(self, source: int, target: int) -> None:
        """Copies the sequence of one slot to another."""
        length = self.lengths[source]
        self.keys[:, target, :, :length] = self.keys[:, source, :, :length]
        self.values[:, target, :, :length] = self.values[:, source, :, :length]
        self.lengths[target] = length


class Network:
    """The weights with the forward pass. Read-only once made, so threads may share it."""

    def __init__(self, shape: Shape, weights: dict[str, NDArray[Any]]) -> None:
        self.shape = shape
        full = {name: array.astype(np.float32) for name, array in weights.items()}
        self.embedding = full["model.embed_tokens.weight"]
        self.layers = [fold(full, f"model.layers.{place}.", shape) for place in range(shape.num_hidden_layers)]
        self.unembed = np.ascontiguousarray((self.embedding * full["model.norm.weight"]).T)
        exponents = np.arange(0, shape.head, 2, dtype=np.float64) / shape.head
        angles = np.outer(np.arange(shape.max_position_embeddings), shape.rope_theta**-exponents)
        self.cos = np.cos(np.concatenate([angles, angles], 1)).astype(np.float32)
        self.sin = np.sin(np.concatenate([-angles, angles], 1)).astype(np.float32)
        self.rows = steady_rows([*(matrix for layer in self.layers[:1] for matrix in layer.matrices), self.unembed])

    def read(self, ids: Ids) -> tuple[Floats, Floats, Floats]:
        """One whole sequence: hidden states (tokens, width), and its keys and values (layers, key-value heads, tokens, head)."""
        shape, count = self.shape, len(ids)
        group = shape.num_attention_heads // shape.num_key_value_heads
        cos, sin = self.cos[:count], self.sin[:count]
        width = -(-count // BLOCK) * BLOCK
        mask = np.tile(np.triu(np.full((count, width), -np.inf, np.float32), 1), (group, 1))
        keys = np.zeros((shape.num_hidden_layers, shape.num_key_value_heads, width, shape.head), np.float32)
        values = np.zeros_like(keys)
        state = self.embedding[ids]
        for place, layer in enumerate(self.layers):
            heads = times(normed(state, shape.rms_norm_eps), layer.attend, self.rows).reshape(count, -1, shape.head).transpose(1, 0, 2)
            queries, key, value = split_heads(heads, shape)
            keys[place, :, :count], values[place, :, :count] = turned(key, cos, sin), value
            stacked = turned(queries, cos, sin).reshape(shape.num_key_value_heads, group * count, shape.head)
            mixed = softmax(stacked @ keys[place].transpose(0, 2, 1) + mask) @ values[place]
            flat = mixed.reshape(shape.num_attention_heads, count, shape.head).transpose(1, 0, 2).reshape(count, -1)
            state = self._finish(state, flat, layer)
        return state, keys[:, :, :count], values[:, :, :count]

    def advance(self, cache: Cache, count: int, ids: Ids) -> Floats:
        """One more token, `ids` (count,), for each of the first `count` slots; gives hidden states (count, width) and grows the cache."""
        shape = self.shape
        places, rows = cache.lengths[:count].copy(), np.arange(count)
        longest = -(-(int(places.max()) + 1) // BLOCK) * BLOCK
        group = shape.num_attention_heads // shape.num_key_value_heads
        cos, sin = self.cos[places][:, None], self.sin[places][:, None]
        mask = np.where(np.arange(longest) <= places[:, None], np.float32(0), np.float32(-np.inf))[:, None, None]
        state = self.embedding[ids]
        for number, layer in enumerate(self.layers):
            heads = times(normed(state, shape.rms_norm_eps), layer.attend, self.rows).reshape(count, -1, shape.head)
            queries, key, value = split_heads(heads.transpose(1, 0, 2), shape)
            keys, values = cache.keys[number, :count], cache.values[number, :count]
            keys[rows, :, places] = turned(key.transpose(1, 0, 2), cos, sin)
            values[rows, :, places] = value.transpose(1, 0, 2)
            stacked = turned(queries.transpose(1, 0, 2), cos, sin).reshape(count, shape.num_key_value_heads, group, shape.head)
            stacked = np.repeat(stacked, 2, 2) if group == 1 else stacked
            weights = softmax(stacked @ keys[:, :, :longest].transpose(0, 1, 3, 2) + mask)
            attended = (weights @ values[:, :, :longest])[:, :, :group]
            state = self._finish(state, attended.reshape(count, -1), layer)
        cache.lengths[:count] += 1
        return state

    def logits(self, state: Floats) -> Floats:
        """Scores of the next token, (..., vocabulary), from hidden states."""
        return times(normed(state, self.shape.rms_norm_eps), self.unembed, self.rows)

    def _finish(self, state: Floats, attended: Floats, layer: Layer) -> Floats:
        """The rest of a layer after attention."""
        state = state + times(attended, layer.mix, self.rows)
        both = times(normed(state, self.shape.rms_norm_eps), layer.widen, self.rows)
        gate, up = both[:, : self.shape.intermediate_size], both[:, self.shape.intermediate_size :]
        return state + times(silu(gate) * up, layer.narrow, self.rows)


def fold(weights: dict[str, Floats], prefix: str, shape: Shape) -> Layer:
    """A layer's matrices in Llama's names, joined, transposed and with norms multiplied in: fewer and larger products at run time."""
    before, after = weights[prefix + "input_layernorm.weight"], weights[prefix + "post_attention_layernorm.weight"]
    query, key, value = (weights[f"{prefix}self_attn.{name}_proj.weight"] for name in "qkv")
    gate, up = weights[prefix + "mlp.gate_proj.weight"], weights[prefix + "mlp.up_proj.weight"]
    scale = np.float32(shape.head**-0.5)
    return Layer(
        attend=np.ascontiguousarray((np.concatenate([query * scale, key, value]) * before).T),
        mix=np.ascontiguousarray(weights[prefix + "self_attn.o_proj.weight"].T),
        widen=np.ascontiguousarray((np.concatenate([gate, up]) * after).T),
        narrow=np.ascontiguousarray(weights[prefix + "mlp.down_proj.weight"].T),
    )


def split_heads(heads: Floats, shape: Shape) -> tuple[Floats, Floats, Floats]:
    """Queries, keys and values of (all heads, tokens, head)."""
    first, second = shape.num_attention_heads, shape.num_attention_heads + shape.num_key_value_heads
    return heads[:first], heads[first:second], heads[second:]


def normed(state: Floats, epsilon: float) -> Floats:
    """Root-mean-square normalisation over the last axis (its weight lives in the next matrix)."""
    square = np.einsum("...i,...i->...", state, state)[..., None] / np.float32(state.shape[-1])
    return np.asarray(state / np.sqrt(square + np.float32(epsilon)), dtype=np.float32)


def turned(heads: Floats, cos: Floats, sin: Floats) -> Floats:
    """Rotary position encoding over the last axis, halves paired as in Llama; `sin` carries the sign of its half."""
    half = heads.shape[-1] // 2
    return np.asarray(heads * cos + np.concatenate([heads[..., half:], heads[..., :half]], -1) * sin, dtype=np.float32)


def times(rows: Floats, matrix: Floats, block: int | None = None) -> Floats:
    """The product of `rows` (count, inner) with a matrix (inner, outer), where `block` says so in products of so many rows each.

    Each row's result is the same bit for bit, whatever stands in the others, for the `block` that `steady_rows` gives.
    """
    count = len(rows)
    wanted = max(count, 2) if block is None else -(-count // block) * block
    if wanted > count:
        rows = np.concatenate([rows, np.zeros((wanted - count, rows.shape[1]), np.float32)])
    blocks = rows if block is None else rows.reshape(-1, block, rows.shape[1])
    product = blocks[..., :INNER] @ matrix[:INNER]
    for start in range(INNER, len(matrix), INNER):
        product += blocks[..., start : start + INNER] @ matrix[start : start + INNER]
    return product.reshape(wanted, matrix.shape[1])[:count]


def steady_rows(matrices: Sequence[Floats]) -> int | None:
    """The rows a product may have on this BLAS so that a row's bits do not depend on the others: any number (None), or blocks of `ROWS`."""
    random = np.random.default_rng(0)
    for matrix in matrices:
        rows = random.standard_normal((PROBED[-1], len(matrix)), np.float32)
        whole = times(rows, matrix)
        if any((times(rows[-count:], matrix) != whole[-count:]).any() for count in PROBED):
            return ROWS
    return None


def silu(gate: Floats) -> Floats:
    """Each number times its logistic function."""
    with np.errstate(over="ignore"):  # exp(-gate) may be infinite; the result is then the right -0
        return np.asarray(gate / (1 + np.exp(-gate)), dtype=np.float32)


def softmax(scores: Floats) -> Floats:
    """Probabilities over the last axis, whose length is a multiple of BLOCK: summed so that zeros at the end change nothing. Works in place."""
    scores -= scores.max(-1, keepdims=True)
    np.exp(scores, out=scores)
    blocks = scores.reshape(*scores.shape[:-1], -1, BLOCK)
    scores /= blocks.sum(-2).sum(-1)[..., None]
    return scores


def log_softmax(scores: Floats) -> NDArray[np.float64]:
    """Natural log-probabilities over the last axis, in float64."""
    wide = scores.astype(np.float64)
    wide -= wide.max(-1, keepdims=True)
    return np.asarray(wide - np.log(np.exp(wide).sum(-1, keepdims=True)), dtype=np.float64)


def read_network(folder: Path) -> Network:
    """The network in a checkpoint folder (`config.json`, `model.safetensors`). Raises UsageError where it is none, or not of this shape."""
    try:
        document = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        shape = msgspec.convert(document | (document.get("rope_parameters") or {}), Shape)
        tied, rotary = document["tie_word_embeddings"], document.get("rope_scaling")
    except OSError as error:
        raise UsageError(f"{folder.name} is no checkpoint: config.json: {error.strerror}.", remedy="Name a checkpoint folder.") from error
    except (ValueError, LookupError) as error:
        raise UsageError(f"{folder.name}/config.json is no Llama shape: {error}.", remedy="Load other models with hf/PATH.") from error
    if document.get("model_type") != "llama" or not tied or rotary:
        raise UsageError(
            f"{folder.name} is no model of the embedded kind (Llama, tied embeddings, plain rotary positions).",
            remedy="Load other models with hf/PATH.",
        )
    weights = read_weights(folder / "model.safetensors")
    missing = sorted(expected_names(shape) - weights.keys())
    if missing:
        raise UsageError(f"The weights in {folder.name} lack {missing[0]}.", remedy="Install or download them again.")
    return Network(shape, weights)


def expected_names(shape: Shape) -> set[str]:
    """The tensor names of a Llama checkpoint with tied embeddings."""
    parts = [f"self_attn.{name}_proj" for name in "qkvo"] + [f"mlp.{name}_proj" for name in ("gate", "up", "down")]
    parts += ["input_layernorm", "post_attention_layernorm"]
    layers = {f"model.layers.{place}.{part}.weight" for place in range(shape.num_hidden_layers) for part in parts}
    return layers | {"model.embed_tokens.weight", "model.norm.weight"}
