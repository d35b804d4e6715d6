"""Settings of a model behind an endpoint: what `-M key=value` may say, checked, with near misses for a wrong word."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from assay.core.errors import UsageError
from assay.core.registry import suggest

Api = Literal["auto", "chat", "completions", "responses"]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How to reach one model. Prices in US dollars per million tokens.

    `extra_body` is merged into every request; `headers` are sent with it. Neither the key nor a header's value is ever shown.
    """

    base_url: str = ""
    api_key: str = ""
    api: Api = "auto"
    """auto: chat; and where the server is one's own, completions for raw prompts and likelihoods."""
    stream: bool = False
    headers: dict[str, str] = {}
    extra_body: dict[str, Any] = {}
    price_in: float | None = None
    price_out: float | None = None
    likelihood: Literal["echo", "prompt_logprobs"] = "echo"
    """How a completions endpoint is asked for the likelihood of its prompt: OpenAI's way, or vLLM's own."""
    bos: str = ""
    """What stands before a likelihood question without a context, where the server puts nothing there itself: `<|endoftext|>`, `<s>`."""
    reasoning_tokens: int | None = None
    """Tokens a model may think (Anthropic, Google); None leaves it to the endpoint."""

    def __repr__(self) -> str:
        return f"Settings(base_url={self.base_url!r}, api={self.api!r})"


def settings_from(provider: str, options: Mapping[str, Any]) -> Settings:
    """The settings in `options`. Raises UsageError for an unknown word or a value of the wrong kind."""
    known = Settings.__struct_fields__
    for key in options:
        if key == "timeout":
            raise UsageError("timeout is a setting of the run, not of one model.", remedy="Write --timeout SECONDS, without -M.")
        if key not in known:
            raise UsageError(f"The model provider '{provider}' has no option '{key}'.", remedy=suggest(key, known))
    try:
        found = msgspec.convert(dict(options), Settings, strict=False)
    except msgspec.ValidationError as error:
        raise UsageError(
            f"An option of the model provider '{provider}' has a wrong value: {error}.", remedy="Write -M key=value."
        ) from error
    if (found.price_in is None) != (found.price_out is None):
        raise UsageError("price_in and price_out belong together.", remedy="Give both, in US dollars per million tokens.")
    return found
