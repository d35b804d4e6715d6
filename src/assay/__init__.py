"""Assay: how good an AI model or application is, how sure you can be, and why.

The names below are the public ones; each is loaded when it is first used, so `import assay` costs next to nothing.
"""

from typing import TYPE_CHECKING

from assay.core.lazy import front_door

__version__ = "0.1.0"

if TYPE_CHECKING:
    from assay import datasets as datasets
    from assay import dialogue as dialogue
    from assay import metrics as metrics
    from assay import models as models
    from assay import report as report
    from assay import scorers as scorers
    from assay import testing as testing
    from assay.api import RunOptions as RunOptions
    from assay.api import compare as compare
    from assay.api import rescore as rescore
    from assay.api import run as run
    from assay.api import runs as runs
    from assay.api import validate as validate
    from assay.core.answer import Answer as Answer
    from assay.core.answer import Usage as Usage
    from assay.core.card import Card as Card
    from assay.core.content import Message as Message
    from assay.core.content import message as message
    from assay.core.errors import AssayError as AssayError
    from assay.core.estimate import Estimate as Estimate
    from assay.core.protocols import Context as Context
    from assay.core.protocols import Decoding as Decoding
    from assay.core.protocols import Model as Model
    from assay.core.protocols import Request as Request
    from assay.core.run import Manifest as Manifest
    from assay.core.run import Result as Result
    from assay.core.sample import Sample as Sample
    from assay.core.score import Score as Score
    from assay.core.task import Task as Task
    from assay.core.trial import Failure as Failure
    from assay.core.trial import Trial as Trial
else:
    __getattr__, __dir__, __all__ = front_door(
        __name__,
        {
            "assay.api": ("RunOptions", "compare", "rescore", "run", "runs", "validate"),
            "assay.core.answer": ("Answer", "Usage"),
            "assay.core.card": ("Card",),
            "assay.core.content": ("Message", "message"),
            "assay.core.errors": ("AssayError",),
            "assay.core.estimate": ("Estimate",),
            "assay.core.protocols": ("Context", "Decoding", "Model", "Request"),
            "assay.core.run": ("Manifest", "Result"),
            "assay.core.sample": ("Sample",),
            "assay.core.score": ("Score",),
            "assay.core.task": ("Task",),
            "assay.core.trial": ("Failure", "Trial"),
        },
        rooms=("datasets", "dialogue", "metrics", "models", "report", "scorers", "testing"),
    )
