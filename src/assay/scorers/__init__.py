"""Scorers by rule: answer in, score out, no model asked.

Nothing is loaded until it is asked for: `scorers.number` imports the module behind it and nothing else.
"""

from typing import TYPE_CHECKING

from assay.core.lazy import front_door

if TYPE_CHECKING:
    from assay.scorers.choices import choice as choice
    from assay.scorers.edits import cer as cer
    from assay.scorers.edits import wer as wer
    from assay.scorers.executions import execution as execution
    from assay.scorers.executions import program as program
    from assay.scorers.instructions.scorer import ifeval as ifeval
    from assay.scorers.likelihoods import likelihood as likelihood
    from assay.scorers.matching import exact as exact
    from assay.scorers.matching import includes as includes
    from assay.scorers.matching import pattern as pattern
    from assay.scorers.mathematics import math as math
    from assay.scorers.overlap import f1 as f1
    from assay.scorers.overlap import rouge as rouge
    from assay.scorers.programs import code as code
    from assay.scorers.quantities import number as number
    from assay.scorers.refusals import refusal as refusal
    from assay.scorers.schemas import json_schema as json_schema
    from assay.scorers.semantic import similarity as similarity
    from assay.scorers.translation import bleu as bleu
    from assay.scorers.translation import chrf as chrf
else:
    # No module bears a public name: importing it would hide the constructor behind the module.
    __getattr__, __dir__, __all__ = front_door(
        __name__,
        {
            "assay.scorers.choices": ("choice",),
            "assay.scorers.edits": ("cer", "wer"),
            "assay.scorers.executions": ("execution", "program"),
            "assay.scorers.instructions.scorer": ("ifeval",),
            "assay.scorers.likelihoods": ("likelihood",),
            "assay.scorers.matching": ("exact", "includes", "pattern"),
            "assay.scorers.mathematics": ("math",),
            "assay.scorers.overlap": ("f1", "rouge"),
            "assay.scorers.programs": ("code",),
            "assay.scorers.quantities": ("number",),
            "assay.scorers.refusals": ("refusal",),
            "assay.scorers.schemas": ("json_schema",),
            "assay.scorers.semantic": ("similarity",),
            "assay.scorers.translation": ("bleu", "chrf"),
        },
    )
