"""Which options belong to which model, where a command names several: `base_url` to all of one provider, `vllm/mine.base_url` to that one."""

from collections.abc import Mapping, Sequence
from typing import Any

from assay.core.errors import UsageError
from assay.core.registry import suggest

PRIVATE = ("base_url", "api_key", "headers")
"""What one provider's endpoint must not get from another's: where it lives, and what opens it."""


def options_for(spec: str, options: Mapping[str, Any], specs: Sequence[str]) -> dict[str, Any]:
    """The options of the model `spec`, one of a command's `specs` (`provider/name`).

    An option is everybody's, or of the provider or model its key names before the last dot; the nearest wins. Raises UsageError where a
    key names nobody, and where a private one could go to several providers.
    """
    found: dict[int, dict[str, Any]] = {0: {}, 1: {}, 2: {}}
    names = {"": 0, provider_of(spec): 1, spec: 2}
    for key, value in options.items():
        owner, _, name = key.rpartition(".")
        known = {*specs, *map(provider_of, specs)}
        if owner and owner not in known:
            raise UsageError(f"-M {key}: no model of this command is named '{owner}'.", remedy=suggest(owner, sorted(known)))
        if owner in names:
            found[names[owner]][name] = value
    refuse_shared(options, specs)
    return found[0] | found[1] | found[2]


def refuse_shared(options: Mapping[str, Any], specs: Sequence[str]) -> None:
    """Raise UsageError where the address or the key of one provider would be given to another."""
    providers = list(dict.fromkeys(map(provider_of, specs)))
    shared = [name for name in PRIVATE if name in options]
    if shared and len(providers) > 1:
        raise UsageError(
            f"-M {shared[0]}=... would go to {' and to '.join(providers)}.",
            remedy=f"Say whose it is: -M {providers[-1]}.{shared[0]}=... (a provider), or -M {specs[-1]}.{shared[0]}=... (one model).",
        )


def provider_of(spec: str) -> str:
    """What stands before the slash."""
    return spec.partition("/")[0]
