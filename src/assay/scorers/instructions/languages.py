"""Instructions on the language of the text, and on its case, which are asked together with English."""

from functools import cache
from typing import Any, Literal

Language = Literal[
    "af", "ar", "bg", "bn", "ca", "cs", "cy", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "gu", "he", "hi", "hr", "hu", "id",
    "it", "ja", "kn", "ko", "lt", "lv", "mk", "ml", "mr", "ne", "nl", "no", "pa", "pl", "pt", "ro", "ru", "sk", "sl", "so", "sq", "sv",
    "sw", "ta", "te", "th", "tl", "tr", "uk", "ur", "vi", "zh-cn", "zh-tw",
]  # fmt: skip
"""The languages that can be told. Another one is the sample's fault: no answer could ever pass."""

READ = 50_000
"""Characters given to the detector, which itself looks at 10,000 once links are gone."""

SEED = 0
"""The detector draws n-grams at random. The published verdicts were drawn without a seed; these are the same every time."""


@cache
def detectors() -> Any:
    """A factory of our own, so that the seed and the language profiles of other users of the package stay theirs."""
    from pathlib import Path

    from langdetect import detector_factory

    factory = detector_factory.DetectorFactory()
    factory.load_json_profile([path.read_text(encoding="utf-8") for path in sorted(Path(detector_factory.PROFILES_DIRECTORY).iterdir())])
    factory.set_seed(SEED)
    return factory


def language_of(text: str) -> str | None:
    """The code of the most probable language (ISO 639-1; `zh-cn`, `zh-tw`); None where there is nothing to tell by."""
    from langdetect.lang_detect_exception import LangDetectException

    detector = detectors().create()
    try:
        detector.append(text[:READ])
        return str(detector.detect())
    except LangDetectException:
        return None


def is_in(text: str, code: str) -> bool:
    """Whether the text is in a language. One that has no letters to tell by passes, as published."""
    return language_of(text) in (None, code)


def in_language(text: str, *, language: Language) -> bool:
    """language:response_language. See `is_in`."""
    return is_in(text, language)


def english_capital(text: str) -> bool:
    """change_case:english_capital. English, and no small letter."""
    return text.isupper() and is_in(text, "en")


def english_lowercase(text: str) -> bool:
    """change_case:english_lowercase. English, and no capital letter."""
    return text.islower() and is_in(text, "en")
