"""What may be said with -T of an lm-eval task."""

from collections.abc import Mapping
from typing import Any

import msgspec

from assay.core.errors import UsageError
from assay.core.registry import suggest
from assay.formats.lm_eval.fewshot import SEED
from assay.formats.lm_eval.prompts import Style


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be said with -T, in lm-eval's words. `folder` (or `include_path`) holds the YAML; `data` is a local copy of the dataset."""

    folder: str | list[str] | None = None
    include_path: str | list[str] | None = None
    num_fewshot: int | None = None
    apply_chat_template: bool = False
    fewshot_as_multiturn: bool | None = None
    system_instruction: str | None = None
    fewshot_seed: int = SEED
    data: str | None = None
    trust: bool = False

    @property
    def style(self) -> Style:
        """How prompts are dressed; with a chat template examples are turns of their own unless somebody says else, as in lm-eval."""
        turns = self.apply_chat_template if self.fewshot_as_multiturn is None else self.fewshot_as_multiturn
        return Style(apply_chat_template=self.apply_chat_template, fewshot_as_multiturn=turns, system_instruction=self.system_instruction)


def options_of(given: Mapping[str, Any]) -> Options:
    """Checked options. Raises UsageError for an unknown one or one of the wrong kind."""
    for key in given:
        if key not in Options.__struct_fields__:
            raise UsageError(f"An lm-eval task takes no option '{key}'.", remedy=suggest(key, Options.__struct_fields__))
    try:
        found = msgspec.convert(dict(given), Options)
    except msgspec.ValidationError as error:
        raise UsageError(f"An option of the lm-eval task has a wrong value: {error}.") from error
    if found.fewshot_as_multiturn and not found.apply_chat_template:
        raise UsageError("fewshot_as_multiturn needs a chat.", remedy="Say -T apply_chat_template=true too.")
    if found.num_fewshot is not None and found.num_fewshot < 0:
        raise UsageError(f"num_fewshot is {found.num_fewshot}: it must be 0 or more.")
    return found
