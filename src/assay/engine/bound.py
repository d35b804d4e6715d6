"""What a trial sees: its context, and the models bound to it, whose answers are journaled before they are used."""

from collections.abc import Mapping
from typing import Any

import msgspec

from assay.core.answer import Answer
from assay.core.errors import UsageError
from assay.core.fingerprint import fingerprint
from assay.core.journal import Call
from assay.core.protocols import Decoding, Journal, Model, ModelRole, Request
from assay.core.seeds import derive_seed


class Role:
    """A model in its role during one run, with the fingerprint of its identity computed once."""

    __slots__ = ("fingerprint", "model", "name", "seeded")

    def __init__(self, name: ModelRole, model: Model) -> None:
        self.name = name
        self.model = model
        self.fingerprint = fingerprint(model.name, dict(model.identity))
        self.seeded = bool(model.identity.get("seeded"))


class TrialContext:
    """The context of one trial. It remembers the last call, so that the journal need not hold an answer twice."""

    __slots__ = ("_journal", "_ordinals", "_roles", "_sample_id", "decoding", "last_answer", "last_key", "number", "seed")

    def __init__(
        self, roles: Mapping[ModelRole, Role], journal: Journal, decoding: Decoding, *, run_seed: int, sample_id: str, number: int
    ) -> None:
        self._roles = roles
        self._journal = journal
        self._sample_id = sample_id
        self._ordinals: dict[ModelRole, int] = {}
        self.decoding = decoding
        self.number = number
        self.seed = derive_seed(run_seed, sample_id, number)
        self.last_key: str | None = None
        self.last_answer: Answer | None = None

    def model(self, role: ModelRole = "target") -> Model:
        """The model of a role, bound to this trial."""
        if role not in self._roles:
            there = f"Name one: --{role} provider/name." if self._roles else "Its answers are given, and no model is asked."
            raise UsageError(f"This run has no model in the role '{role}'.", remedy=there)
        return BoundModel(self, self._roles[role])

    async def ask(self, role: Role, request: Request) -> Answer:
        """Recall the answer if it was paid for, else ask and journal it."""
        ordinal = self._ordinals.get(role.name, 0)
        self._ordinals[role.name] = ordinal + 1
        request = self._addressed(role, request, ordinal)
        key = fingerprint(request, role.fingerprint, role.name, ordinal)
        answer = self._journal.recall(key)
        if answer is None:
            answer = await role.model.generate(request)
            self._journal.append(Call(key=key, role=role.name, answer=answer))
        self.last_key, self.last_answer = key, answer
        return answer

    def _addressed(self, role: Role, request: Request, ordinal: int) -> Request:
        if role.seeded and request.decoding.temperature and request.decoding.seed is None:
            seed = derive_seed(self.seed, role.name, ordinal)
            request = msgspec.structs.replace(request, decoding=msgspec.structs.replace(request.decoding, seed=seed))
        if request.sample_id == self._sample_id and request.number == self.number:
            return request
        return msgspec.structs.replace(request, sample_id=self._sample_id, number=self.number)


class BoundModel:
    """A model of one role, as one trial sees it."""

    __slots__ = ("_context", "_role")

    def __init__(self, context: TrialContext, role: Role) -> None:
        self._context = context
        self._role = role

    @property
    def name(self) -> str:
        """`provider/model`."""
        return self._role.model.name

    @property
    def identity(self) -> Mapping[str, Any]:
        """What could change an answer and is no request."""
        return self._role.model.identity

    async def generate(self, request: Request) -> Answer:
        """The journaled answer, or a new one that is journaled before it is returned."""
        return await self._context.ask(self._role, request)

    async def close(self) -> None:
        """Nothing: the run owns the model."""
