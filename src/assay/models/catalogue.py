"""The providers: a name, where it lives, and which variable holds its key. An entry point names the provider as an attribute of this module."""

import os
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from assay.core.errors import MissingKey, UsageError
from assay.core.registry import suggest
from assay.models.provider import HttpModel
from assay.models.settings import Settings, settings_from
from assay.models.wire import Wire


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """One provider: `base_url` unless the person gives another, `local` ones need no key; `dialect` is the wire format."""

    title: str
    base_url: str
    local: bool = False
    dialect: str = "openai"
    start: str = ""
    """What starts the server, where it is one's own."""
    key: str = ""
    """The variable of its key, where it is not `<PROVIDER>_API_KEY`."""
    starts: str = ""
    """The command that starts it on one's own machine."""


PROVIDERS: dict[str, Provider] = {
    "openai": Provider(title="OpenAI", base_url="https://api.openai.com/v1"),
    "openai-compatible": Provider(title="Any server that speaks OpenAI's protocol", base_url="", local=True),
    "anthropic": Provider(title="Anthropic (Claude)", base_url="https://api.anthropic.com/v1", dialect="anthropic"),
    "google": Provider(title="Google (Gemini)", base_url="https://generativelanguage.googleapis.com/v1beta", dialect="google"),
    "ollama": Provider(title="Ollama", base_url="http://localhost:11434/v1", local=True, start="ollama serve"),
    "vllm": Provider(title="vLLM", base_url="http://localhost:8000/v1", local=True, start="vllm serve MODEL"),
    "sglang": Provider(
        title="SGLang", base_url="http://localhost:30000/v1", local=True, start="python -m sglang.launch_server --model-path MODEL"
    ),
    "llamacpp": Provider(title="llama.cpp", base_url="http://localhost:8080/v1", local=True, start="llama-server -m FILE.gguf"),
    "lmstudio": Provider(title="LM Studio", base_url="http://localhost:1234/v1", local=True, start="lms server start"),
    "openrouter": Provider(title="OpenRouter", base_url="https://openrouter.ai/api/v1"),
    "deepseek": Provider(title="DeepSeek", base_url="https://api.deepseek.com/v1"),
    "moonshot": Provider(title="Moonshot (Kimi)", base_url="https://api.moonshot.cn/v1"),
    "dashscope": Provider(title="Alibaba DashScope (Qwen)", base_url="https://dashscope.aliyuncs.com/compatible-mode/v1"),
    "zhipu": Provider(title="Zhipu (GLM)", base_url="https://open.bigmodel.cn/api/paas/v4"),
    "siliconflow": Provider(title="SiliconFlow", base_url="https://api.siliconflow.cn/v1"),
    "mistral": Provider(title="Mistral", base_url="https://api.mistral.ai/v1"),
    "groq": Provider(title="Groq", base_url="https://api.groq.com/openai/v1"),
    "together": Provider(title="Together", base_url="https://api.together.xyz/v1"),
    "fireworks": Provider(title="Fireworks", base_url="https://api.fireworks.ai/inference/v1"),
    "xai": Provider(title="xAI (Grok)", base_url="https://api.x.ai/v1"),
    "nvidia": Provider(title="NVIDIA", base_url="https://integrate.api.nvidia.com/v1"),
    "huggingface": Provider(title="Hugging Face, its router", base_url="https://router.huggingface.co/v1", key="HF_TOKEN"),
}


def open_model(provider: str, name: str, **options: Any) -> HttpModel:
    """The model `provider/name`. Raises UsageError for an unknown option, a missing name or base URL, MissingKey for a missing key."""
    if provider not in PROVIDERS:
        raise UsageError(f"No provider is named '{provider}'.", remedy=suggest(provider, list(PROVIDERS)))
    if not name:
        raise UsageError(f"The model '{provider}' lacks its name.", remedy=f"Write {provider}/NAME.")
    settings = settings_from(provider, options)
    entry = PROVIDERS[provider]
    key, base_url = _key(provider, entry, settings), _base_url(provider, entry, settings)
    headers = {**_signed(entry.dialect, key), **settings.headers}
    wire = Wire(base_url, headers=headers, secrets=(key, *settings.headers.values()), absent=_absent(provider, entry))
    model = _speaker(entry, settings)(f"{provider}/{name}", wire=wire, settings=settings)
    if not key and not entry.local and base_url == entry.base_url:
        remedy = f"Set {_key_variable(provider, entry)} (in the environment or in .env)."
        raise MissingKey(f"{provider} needs a key.", remedy=remedy, described=model)
    return model


class KeyState(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a provider's key is there; never the key."""

    variable: str
    is_set: bool
    needed: bool


def key_state(provider: str) -> KeyState:
    """Of a provider of the catalogue: which variable holds its key, whether it is set, whether it must be."""
    entry = PROVIDERS[provider]
    variable = _key_variable(provider, entry)
    return KeyState(variable=variable, is_set=bool(os.environ.get(variable, "").strip()), needed=not entry.local)


def place_of(provider: str) -> str:
    """Where a provider of the catalogue is asked: its own URL, or the one the environment names; empty where neither says."""
    return os.environ.get(_variable(provider, "BASE_URL"), "") or PROVIDERS[provider].base_url


def _variable(provider: str, what: str) -> str:
    return f"{provider.upper().replace('-', '_')}_{what}"


def _key_variable(provider: str, entry: Provider) -> str:
    return entry.key or _variable(provider, "API_KEY")


def _key(provider: str, entry: Provider, settings: Settings) -> str:
    """The key, checked to be something a header can hold; it is never part of the message."""
    variable = _key_variable(provider, entry)
    key = (settings.api_key or os.environ.get(variable, "")).strip()
    if not key.isascii() or not key.isprintable():
        raise UsageError(f"The key in {variable} holds characters that no key has.", remedy="Copy it again; it is plain ASCII in one line.")
    return key


def _base_url(provider: str, entry: Provider, settings: Settings) -> str:
    url = settings.base_url or os.environ.get(_variable(provider, "BASE_URL"), "") or entry.base_url
    if not url:
        raise UsageError(
            f"{provider} needs a base URL.", remedy=f"Give -M base_url=http://HOST:PORT/v1, or set {_variable(provider, 'BASE_URL')}."
        )
    if not url.startswith(("http://", "https://")):
        raise UsageError(f"The base URL '{url}' of {provider} lacks http:// or https://.")
    return url.rstrip("/")


def _absent(provider: str, entry: Provider) -> str:
    """What to do where nothing listens."""
    if entry.start:
        return f"Is {provider} running? Start it: {entry.start}. It may listen elsewhere: -M base_url=http://HOST:PORT/v1."
    return "Is the server running, and on that port? See -M base_url=http://HOST:PORT/v1." if entry.local else ""


def _signed(dialect: str, key: str) -> dict[str, str]:
    """The headers that carry the key."""
    if dialect == "anthropic":
        return {"anthropic-version": "2023-06-01", **({"x-api-key": key} if key else {})}
    if dialect == "google":
        return {"x-goog-api-key": key} if key else {}
    return {"Authorization": f"Bearer {key}"} if key else {}


def _speaker(entry: Provider, settings: Settings) -> Callable[..., HttpModel]:
    """What speaks the wire format, imported when it is needed."""
    if entry.dialect != "openai" and settings.api not in ("auto", "chat"):
        raise UsageError(f"The option api={settings.api} is for OpenAI-compatible endpoints only.")
    if entry.dialect == "anthropic":
        from assay.models.anthropic import AnthropicModel

        return AnthropicModel
    if entry.dialect == "google":
        from assay.models.google import GoogleModel

        return GoogleModel
    if settings.api == "responses":
        from assay.models.responses import ResponsesModel

        return ResponsesModel
    return _openai_speaker(entry, settings)


def _openai_speaker(entry: Provider, settings: Settings) -> Callable[..., HttpModel]:
    from assay.models.completions import CompletionsModel
    from assay.models.openai import ChatModel

    if settings.api == "completions":
        return CompletionsModel
    if settings.api == "auto" and entry.local:
        return lambda name, *, wire, settings: ChatModel(
            name, wire=wire, settings=settings, plain=CompletionsModel(name, wire=wire, settings=settings)
        )
    return ChatModel


def __getattr__(attribute: str) -> Callable[..., HttpModel]:
    """The factory of a provider, as entry points name it: `openai_compatible` opens models of `openai-compatible`."""
    provider = attribute.replace("_", "-")
    if provider not in PROVIDERS:
        raise AttributeError(f"module '{__name__}' has no attribute '{attribute}'")
    return partial(open_model, provider)
