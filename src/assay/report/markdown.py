"""Results as a Markdown table, for a pull request or a model card."""

from collections.abc import Sequence

from assay.core.estimate import COVERAGE_FLOOR
from assay.core.run import Result
from assay.report.compare import Comparison, sentence
from assay.report.ranks import boards
from assay.report.words import interval, plain, share


def to_markdown(results: Sequence[Result], comparisons: Sequence[Comparison] = (), *, floor: float = COVERAGE_FLOOR) -> str:
    """One row per task, metric and model, best first, and one line per comparison and per thing to know. Ends without a line feed."""
    lines = ["| task | metric | model | rank | value | 95 % interval | n | coverage |", "|:--|:--|:--|--:|--:|:--|--:|--:|"]
    notes: list[str] = []
    for board in boards(results, comparisons, floor=floor):
        metric = f"{board.metric} ↓" if board.lower_is_better else board.metric
        for one in board.standings:
            found = one.estimate
            rank = one.rank if len(board.standings) > 1 else ""
            cells = (board.task, metric, one.model, rank, board.scale.text(found.value), interval(found, board.scale), f"{found.n:,}")
            lines.append(_row((*cells, share(found.coverage))))
            if one.why is not None:
                notes.append(
                    f"{board.task}, {board.metric}, {one.model}: {'not measurable' if not found.measurable else 'not ranked'}, {one.why}"
                )
    notes += [f"{each.task}, {each.a} against {each.b}: {sentence(each)}" for each in comparisons]
    notes += [f"{result.task}, {result.model}: {note}" for result in results for note in result.notes]
    notes += [
        f"{result.task}, {result.model}: {result.failed:,} of {result.planned:,} trials failed through no fault of the model"
        for result in results
        if result.failed
    ]
    return "\n".join([*lines, *(["", *(f"- {_cell(note)}" for note in dict.fromkeys(notes))] if notes else [])])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(_cell(each) for each in cells)} |"


def _cell(text: str) -> str:
    """Text that cannot break the table or become markup."""
    flat = " ".join(plain(text).split())
    for mark in "\\|<>`*_[]":
        flat = flat.replace(mark, "\\" + mark) if mark not in "[]" else flat
    return flat
