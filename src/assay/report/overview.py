"""The top of a page: who is in front on each respect, and where everybody stands, all shares on one axis."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from assay.report import words
from assay.report.charts import whisker
from assay.report.findings import deciding_boards
from assay.report.palette import Palette
from assay.report.ranks import Board, Standing
from assay.report.words import Scale, scale_of

MOST_READINGS = 14


def overview(shown: Sequence[Board], colors: Palette) -> dict[str, Any]:
    """The first screen's table: of one task its board, of one model every metric, else who is in front on each task by respect."""
    models = {colors.label(one.result) for board in shown for one in board.standings}
    if len(models) == 1:
        return {"kind": "model", "groups": standings(_by_respect(shown, colors), colors)}
    if len({board.task for board in shown}) < 2:
        return {"kind": "task", "groups": standings(shown[:1], colors)}
    rows = [_reading(board, colors) for board in _by_respect(deciding_boards(shown), colors)]
    return {"kind": "respects", "rows": rows[:MOST_READINGS], "more": rows[MOST_READINGS:], "respects": any(row["respect"] for row in rows)}


def below(shown: Sequence[Board], kind: str) -> list[Board]:
    """The boards that stand below the first screen: none for one model, whose every number is above."""
    rest = [] if kind == "model" else shown if kind == "respects" else shown[1:]
    return [board for board in rest if any(one.estimate.measurable for one in board.standings)]


def standings(shown: Iterable[Board], colors: Palette) -> list[dict[str, Any]]:
    """Boards in groups of one unit, each group on one axis: all shares together, from 0 to 100 per cent."""
    groups: dict[str, list[Board]] = {}
    for board in shown:
        groups.setdefault("" if board.scale.is_share else words.base_name(board.metric), []).append(board)
    found = []
    for unit, own in groups.items():
        scale = common_scale(unit, own)
        boards = [{"board": board, "respect": colors.respects.get(board.task, ""), "rows": _rows(board, scale, colors)} for board in own]
        ranked = any(len(board.standings) > 1 for board in own)
        found.append({"scale": scale, "boards": boards, "several": ranked, "grid": grid(scale)})
    return found


def common_scale(metric: str, boards: Sequence[Board]) -> Scale:
    """One axis for boards of one unit."""
    if all(board.scale.is_share for board in boards):
        return msgspec.structs.replace(boards[0].scale, start=0.0, end=1.0)
    return scale_of(metric, [one.estimate for board in boards for one in board.standings], whole=True)


def grid(scale: Scale) -> str:
    """The style that draws the lines of an axis through the cells below it: how far apart they stand and where the first one is."""
    found = [scale.place(tick) for tick in words.ticks(scale.start, scale.end)]
    apart = found[1] - found[0] if len(found) > 1 else 1.0
    return f"--grid:{100 * apart:.4g}%;--at:{100 * found[0] if found else 0.0:.4g}%"


def ordered(shown: Sequence[Board]) -> list[str]:
    """Models, the one in front first: first or level with the first on most tasks, then alone in front on most, then the best mean rank."""
    marks: dict[str, list[float]] = {}
    for board in deciding_boards(shown):
        front = [one for one in board.ranked if one.first == 1]
        for at, one in enumerate(board.ranked):
            mark = marks.setdefault(one.model, [0.0, 0.0, 0.0])
            mark[0] += one.first == 1
            mark[1] += one.first == 1 and len(front) == 1
            mark[2] -= at
    return sorted(marks, key=lambda model: marks[model], reverse=True)


def _by_respect(shown: Sequence[Board], colors: Palette) -> list[Board]:
    """Boards of one respect together, respects in the order they first come."""
    order = list(dict.fromkeys(colors.respects.get(board.task, "") for board in shown))
    return sorted(shown, key=lambda board: order.index(colors.respects.get(board.task, "")))


def _rows(board: Board, scale: Scale, colors: Palette) -> list[dict[str, Any]]:
    return [
        {
            **_shown(one, board, scale, colors),
            "one": one,
            "brackets": [_bracket(start, end, index) for start, end in board.groups[:3]],
        }
        for index, one in enumerate(board.standings)
    ]


def _shown(one: Standing, board: Board, scale: Scale, colors: Palette) -> dict[str, Any]:
    label = colors.label(one.result)
    return {
        "label": label,
        "color": colors.color(label),
        "value": board.scale.text(one.estimate.value),
        "interval": words.interval(one.estimate, board.scale),
        "drawing": whisker(one.estimate, scale, colors.color(label), faint=one.first is None),
    }


def _reading(board: Board, colors: Palette) -> dict[str, Any]:
    """One line: who is in front with which value, the next one, and whether the two can be told apart."""
    ranked = board.ranked
    scale = common_scale(board.metric, [board])
    level = sum(one.first == 1 for one in ranked)
    verdict = "" if len(ranked) < 2 else "alone in front" if level == 1 else f"level with {words.count(level - 1, 'other')}"
    verdict = f"all {level} level" if 1 < level == len(ranked) else verdict
    return {
        "respect": colors.respects.get(board.task, ""),
        "board": board,
        "first": _shown(ranked[0], board, scale, colors) if ranked else None,
        "second": _shown(ranked[1], board, scale, colors) if len(ranked) > 1 else None,
        "verdict": verdict,
        "why": next((one.why for one in board.standings if one.why), "nobody was measured"),
        "scale": scale,
        "grid": grid(scale),
    }


def _bracket(start: int, end: int, index: int) -> str:
    if not start <= index <= end:
        return "none"
    return "top" if index == start else "bottom" if index == end else "middle"
