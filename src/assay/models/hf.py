"""`hf/NAME_OR_PATH`: any causal model that transformers loads, in this process: batched answers and exact log-likelihoods."""

import time
from collections.abc import Mapping
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

from assay.core.answer import Answer, Timing, Usage, split_reasoning
from assay.core.errors import ModelError, UsageError, needed
from assay.core.fingerprint import fingerprint
from assay.core.protocols import Decoding, Request
from assay.core.seeds import derive_seed
from assay.models.batching import Batcher
from assay.models.hf_worker import Job, Result, Sampling, Scoring, TransformersWorker, Writing, Written
from assay.models.likelihood import border_note, refuse_empty, shared_start, total
from assay.models.prompts import check_length, check_text_only

DEFAULT_TOKENS = 1024
"""The most tokens of an answer when neither the request nor the model's own settings name a limit."""
UNBOUNDED = 10**9
"""A tokenizer that knows no limit claims an astronomical one."""
SHOWN_IDS = 48
"""So many token ids of the first prompt are shown in the notes."""

BOS_NOTES = {
    "both": "BOS: the chat template writes it and the tokenizer would add it again; one was kept.",
    "twice": "BOS: the chat template itself writes it twice; sent as the template says.",
    "missing": "BOS: the tokenizer adds one to plain text but the chat template writes none; sent as the template says (-M bos=true adds it).",
}


class HfModel:
    """A causal language model with its tokenizer. Requests that wait at the same time share a batch, without changing each other's seeds."""

    def __init__(self, name: str, model: Any, tokenizer: Any, options: "Options", weights: str | None = None) -> None:
        self.name = f"hf/{name}"
        self.endpoint = self.name
        self.model, self.tokenizer = model, tokenizer
        self.context = context_of(model, tokenizer)
        self.bos = bos_habit(tokenizer)
        self.first_prompt: tuple[int, ...] = ()
        self._options = options
        self._template_notes = (BOS_NOTES[self.bos],) if self.bos in BOS_NOTES and not (self.bos == "missing" and options.bos) else ()
        self._worker = TransformersWorker(model, tokenizer, options.batch)
        self._batcher: Batcher[Job, Result] = Batcher(self._worker, self.name)
        self.identity: Mapping[str, Any] = identity_of(model, tokenizer, options, self.bos) | {"weights": weights}

    @property
    def notes(self) -> tuple[str, ...]:
        """What is odd about the prompt format, and the token ids of the first prompt once there was one."""
        shown = " ".join(map(str, self.first_prompt[:SHOWN_IDS])) + (" ..." if len(self.first_prompt) > SHOWN_IDS else "")
        return (*self._template_notes, *((f"first prompt, {len(self.first_prompt)} tokens: {shown}",) if self.first_prompt else ()))

    async def generate(self, request: Request) -> Answer:
        """The answer, or with `continuations` their log-likelihoods. Raises ModelError for a prompt longer than the context: nothing is cut."""
        started = time.perf_counter()
        text, special, notes = self.prompt(request)
        ids = self.encode(text, special)
        self.first_prompt = self.first_prompt or tuple(ids)
        if request.continuations is None:
            answer = await self._write(request, text, ids)
        else:
            answer = await self._score(request.continuations, text, ids, special)
        timing = Timing(seconds=time.perf_counter() - started)
        return msgspec.structs.replace(answer, model=self.name, timing=timing, notes=(*answer.notes, *notes))

    async def close(self) -> None:
        """Takes no more requests."""
        self._batcher.close()

    def prompt(self, request: Request) -> tuple[str, bool, tuple[str, ...]]:
        """(text, whether the tokenizer adds its special tokens, notes) of a request."""
        check_text_only(request.messages, self.name)
        notes: tuple[str, ...] = ("dropped: response_schema",) if request.response_schema else ()
        if request.raw or not self.tokenizer.chat_template:
            bos = self.tokenizer.bos_token
            text = request.text
            doubled = bool(bos) and text.startswith(bos) and self.bos in ("both", "missing", "plain")
            notes += ("BOS: the prompt carries it and the tokenizer would add it again; one was kept.",) if doubled else ()
            notes += () if request.raw else ("no chat template: the messages were sent as plain text",)
            return text, not doubled, notes
        text = self._templated(request)
        adds = self.bos == "missing" and self._options.bos is True
        return (f"{self.tokenizer.bos_token}{text}" if adds else text), False, notes

    def encode(self, text: str, special: bool) -> list[int]:
        """Token ids of a text; with `special` the tokenizer adds what it adds to plain text."""
        return list(self.tokenizer(text, add_special_tokens=special, verbose=False)["input_ids"])

    def _templated(self, request: Request) -> str:
        open_ended = bool(request.messages) and request.messages[-1].role == "assistant"
        tools = [{"type": "function", "function": msgspec.to_builtins(tool)} for tool in request.tools] or None
        extra: dict[str, Any] = dict(self._options.template_options)
        jinja_error: type[Exception] = import_module("jinja2").TemplateError
        try:
            return str(
                self.tokenizer.apply_chat_template(
                    [{"role": each.role, "content": each.text} for each in request.messages],
                    tools=tools,
                    tokenize=False,
                    add_generation_prompt=not open_ended,
                    continue_final_message=open_ended,
                    **extra,
                )
            )
        except jinja_error as error:
            raise ModelError(
                f"The chat template of {self.name} refuses these messages: {error}",
                kind="chat_template",
                remedy="Many templates take no system message, or want user and assistant to take turns.",
            ) from error

    async def _write(self, request: Request, text: str, ids: list[int]) -> Answer:
        check_length(len(ids) + 1, self.context, self.name)
        seed = derive_seed(request.decoding.seed or 0, text, request.sample_id, request.number)
        sampling = sampling_of(request.decoding, self.model.generation_config, seed, self.context - len(ids))
        written = await self._batcher.submit(Writing(ids=tuple(ids), sampling=sampling))
        assert isinstance(written, Written)
        said = f"<think>{written.text}" if text.rstrip().endswith("<think>") else written.text
        answer, reasoning, closed = split_reasoning(said)
        usage = Usage(input_tokens=len(ids), output_tokens=written.tokens)
        stop = written.stop_reason if closed else "length"
        return Answer(text=answer, reasoning=reasoning, usage=usage, logprobs=written.logprobs, stop_reason=stop)

    async def _score(self, continuations: tuple[str, ...], text: str, alone: list[int], special: bool) -> Answer:
        import asyncio

        refuse_empty(self.name, continuations)
        sequences = [tuple(self.encode(text + each, special)) for each in continuations]
        for ids in sequences:
            check_length(len(ids), self.context, self.name)
        start = shared_start(alone, sequences)
        scored = await asyncio.gather(*(self._batcher.submit(Scoring(ids=ids, start=start)) for ids in sequences))
        told = [each for each in scored if not isinstance(each, Written)]
        totals = tuple(total(each, [value for value, _ in row]) for each, row in zip(continuations, told, strict=True))
        greedy = tuple(all(best for _, best in row) for row in told)
        usage = Usage(input_tokens=sum(map(len, sequences)))
        return Answer(text="", choice_logprobs=totals, choice_greedy=greedy, usage=usage, notes=border_note(alone, start))


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What `-M key=value` may say."""

    dtype: str = "auto"
    device: str = "auto"
    batch: int = 16
    bos: bool | None = None
    revision: str | None = None
    template_options: dict[str, Any] = {}
    trust_remote_code: bool = False


def open_model(
    name: str,
    *,
    dtype: str = "auto",
    device: str = "auto",
    batch: int = 16,
    bos: bool | None = None,
    revision: str | None = None,
    template_options: dict[str, Any] | None = None,
    trust_remote_code: bool = False,
) -> HfModel:
    """A model of the hub or of a folder, run here by transformers.

    `dtype` "auto" is the checkpoint's own on a GPU and float32 on a CPU; `device` "auto" is a GPU where there is one. `batch` rows at
    most share a pass. `bos` true adds a beginning-of-sequence token where the chat template forgets it. `template_options` go to the chat
    template (`{"enable_thinking": false}`). Raises MissingPackage without transformers, UsageError for a model that cannot be loaded.
    """
    transformers, torch = packages()
    if isinstance(batch, bool) or not isinstance(batch, int) or batch < 1:
        raise UsageError(f"batch = {batch} is no number of rows.", remedy="Give a whole number of 1 or more.")
    options = Options(
        dtype=dtype,
        device=device_of(torch, device),
        batch=batch,
        bos=bos,
        revision=revision,
        template_options=template_options or {},
        trust_remote_code=trust_remote_code,
    )
    folder = Path(name).expanduser()
    source = str(folder) if folder.is_dir() else name
    where = {"revision": revision, "trust_remote_code": trust_remote_code}
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(source, **where)
        model = transformers.AutoModelForCausalLM.from_pretrained(source, dtype=dtype_of(torch, options), **where)
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(
            f"hf/{name} cannot be loaded: {str(error).splitlines()[0] if str(error) else type(error).__name__}",
            remedy="Give the name of a causal model on the hub, or a folder with config.json, weights and tokenizer.",
        ) from error
    return HfModel(name, model.to(options.device).eval(), tokenizer, options, weights_of(folder) if folder.is_dir() else None)


def packages() -> tuple[Any, Any]:
    """transformers and torch, quiet."""
    with needed("The provider 'hf'", "assay[hf]"):
        transformers, torch = import_module("transformers"), import_module("torch")
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    return transformers, torch


def device_of(torch: Any, device: str) -> str:
    """The device to run on."""
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        return str(torch.device(device))
    except RuntimeError as error:
        raise UsageError(f"'{device}' is no device.", remedy="Say auto, cpu, cuda, cuda:1 or mps.") from error


def dtype_of(torch: Any, options: Options) -> Any:
    """The number type to load weights in."""
    if options.dtype == "auto":
        return torch.float32 if options.device == "cpu" else "auto"
    dtype = getattr(torch, options.dtype, None)
    if not isinstance(dtype, torch.dtype) or not dtype.is_floating_point:
        raise UsageError(f"'{options.dtype}' is no number type of weights.", remedy="Say auto, float32, bfloat16 or float16.")
    return dtype


def context_of(model: Any, tokenizer: Any) -> int:
    """Tokens the model reads: what its configuration says, else its tokenizer."""
    text_config = model.config.get_text_config()
    for field in ("max_position_embeddings", "n_positions", "seq_length", "max_seq_len"):
        size = getattr(text_config, field, None)
        if isinstance(size, int) and size > 0:
            return size
    return int(tokenizer.model_max_length) if tokenizer.model_max_length < UNBOUNDED else UNBOUNDED


def bos_habit(tokenizer: Any) -> str:
    """Who writes the beginning-of-sequence token: "both" (template and tokenizer), "template", "twice" (the template, two of them),
    "missing" (the tokenizer would, the template does not), "plain" (the tokenizer; there is no template) or "none"."""
    bos = tokenizer.bos_token_id
    if bos is None:
        return "none"
    added = list(tokenizer("a")["input_ids"])[:1] == [bos]
    if not tokenizer.chat_template:
        return "plain" if added else "none"
    text = tokenizer.apply_chat_template([{"role": "user", "content": "a"}], tokenize=False, add_generation_prompt=True)
    ids = list(tokenizer(text, add_special_tokens=False)["input_ids"])
    if ids[:2] == [bos, bos]:
        return "twice"
    if ids[:1] == [bos]:
        return "both" if added else "template"
    return "missing" if added else "none"


def identity_of(model: Any, tokenizer: Any, options: Options, bos: str) -> dict[str, Any]:
    """What could change an answer and is no request."""
    return {
        "revision": getattr(model.config, "_commit_hash", None) or options.revision,
        "config": fingerprint(model.config.to_diff_dict()),
        "dtype": str(model.dtype).removeprefix("torch."),
        "chat_template": fingerprint(str(tokenizer.chat_template)),
        "template_options": options.template_options,
        "bos": bos if options.bos is None else f"{bos}, asked: {options.bos}",
        "generation": fingerprint(model.generation_config.to_diff_dict()),
        "transformers": import_module("transformers").__version__,
    }


def weights_of(folder: Path) -> str:
    """A fingerprint of a folder's weights: names, sizes, and a megabyte from the start, the middle and the end of each file."""
    digest = blake2b(digest_size=16)
    for path in sorted(each for pattern in ("*.safetensors", "*.bin") for each in folder.glob(pattern)):
        size = path.stat().st_size
        digest.update(f"{path.name} {size}".encode())
        with path.open("rb") as file:
            for place in (0, size // 2, max(0, size - 2**20)):
                file.seek(place)
                digest.update(file.read(2**20))
    return digest.hexdigest()


def sampling_of(decoding: Decoding, defaults: Any, seed: int, room: int) -> Sampling:
    """A request's decoding; what it leaves open is taken from the model's own generation settings."""
    own = bool(defaults.do_sample) and decoding.temperature is None
    limit = decoding.max_tokens or defaults.max_new_tokens or DEFAULT_TOKENS
    temperature = decoding.temperature if decoding.temperature is not None else (defaults.temperature or 1.0) if own else 0.0
    if temperature < 0 or limit < 1:
        raise ModelError(
            f"temperature {temperature} or max_tokens {limit} means nothing.", kind="bad_request", remedy="Use 0 or more, and 1 or more."
        )
    return Sampling(
        temperature=temperature,
        top_p=decoding.top_p if decoding.top_p is not None else (defaults.top_p or 1.0) if own else 1.0,
        top_k=(defaults.top_k or 0) if own else 0,
        max_tokens=min(limit, room),
        stop=tuple(each for each in decoding.stop if each),
        seed=seed,
        logprobs=decoding.logprobs,
    )
