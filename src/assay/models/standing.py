"""The standing of a model at its endpoint: whether a refusal that would befall everybody does, or only looks so."""

from assay.core.errors import ModelError

MANY = 20
"""So many refusals in a row, without any answer between them, befall everybody after all: a key was withdrawn, a model taken down."""
PASSING = (404, 405)
"""Statuses that a gateway which moves gives by mistake: asked again, once others were answered."""


class Standing:
    """While nobody was answered, a wrong key, an unknown model or path stop the run. Among answers the same status is one trial's fault:
    gateways say 403 to one prompt they do not like, and 404 while they move."""

    def __init__(self) -> None:
        self._answered = False
        self._in_a_row = 0

    def answered(self) -> None:
        """Somebody was answered."""
        self._answered, self._in_a_row = True, 0

    def judge(self, error: ModelError) -> None:
        """Takes `fatal` from an error that need not befall the next sample. An account without credit is always believed."""
        if not error.fatal or error.kind == "quota":
            return
        self._in_a_row += 1
        if self._answered and self._in_a_row < MANY:
            error.fatal, error.remedy = False, ""
            error.exit_code = type(error).exit_code
            error.retryable = getattr(error, "status", 0) in PASSING
