"""The embedded model: a small Llama-shaped transformer trained by `tools/train_tiny.py`, run by NumPy alone."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay.models.tiny.model import TinyModel


def open_model(name: str, *, batch: int = 64) -> "TinyModel":
    """The embedded model, for trying things: no key, no network, no download.

    `name` is the checkpoint (`step-NNNN`, `latest`, or a folder with a slash in its name); `batch` answers are written at a time (1 to 1024).

    NumPy is imported here, with its BLAS kept to one thread.
    """
    from assay.models.tiny.threads import pin_threads

    pin_threads()
    from assay.models.tiny.model import opened

    return opened(name, batch)
