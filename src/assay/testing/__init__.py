"""The public test kit: a fake model server with every fault we know, and checks for other people's parts."""

from typing import TYPE_CHECKING

from assay.core.lazy import front_door

if TYPE_CHECKING:
    from assay.testing.answers import is_right as is_right
    from assay.testing.answers import planted_letter as planted_letter
    from assay.testing.answers import planted_value as planted_value
    from assay.testing.behaviour import Behaviour as Behaviour
    from assay.testing.behaviour import HttpReply as HttpReply
    from assay.testing.checks import check_benchmark as check_benchmark
    from assay.testing.checks import check_dataset as check_dataset
    from assay.testing.checks import check_model as check_model
    from assay.testing.checks import check_scorer as check_scorer
    from assay.testing.fake import FakeServer as FakeServer
else:
    __getattr__, __dir__, __all__ = front_door(
        __name__,
        {
            "assay.testing.answers": ("is_right", "planted_letter", "planted_value"),
            "assay.testing.behaviour": ("Behaviour", "HttpReply"),
            "assay.testing.checks": ("check_benchmark", "check_dataset", "check_model", "check_scorer"),
            "assay.testing.fake": ("FakeServer",),
        },
    )
