"""Battles in, ratings out: who votes for whom, and what can be said of it."""

from typing import TYPE_CHECKING

from assay.core.lazy import front_door

if TYPE_CHECKING:
    from assay.arena.battles import BattleFile as BattleFile
    from assay.arena.battles import read_battles as read_battles
    from assay.arena.documents import document as document
    from assay.arena.rating import RatedBattles as RatedBattles
    from assay.arena.rating import RateOptions as RateOptions
    from assay.arena.rating import rate_battles as rate_battles
else:
    __getattr__, __dir__, __all__ = front_door(
        __name__,
        {
            "assay.arena.battles": ("BattleFile", "read_battles"),
            "assay.arena.documents": ("document",),
            "assay.arena.rating": ("RateOptions", "RatedBattles", "rate_battles"),
        },
    )
