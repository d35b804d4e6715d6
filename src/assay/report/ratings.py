"""Ratings on a terminal and as a page: a rank that is a range, every rating drawn with its interval, and what holds the order up."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.core.estimate import Estimate
from assay.report.charts import INK, LINE, SOFT, paint
from assay.report.grids import draw, grid
from assay.report.html import environment
from assay.report.standings import axis_head
from assay.report.terminal import remark_grid, show, unbroken
from assay.report.words import EMPTY, Scale, count, listing, plain, share, ticks
from assay.stats.ratings import Rating, Ratings
from assay.store import StoredFiles

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType

PAGE = "ratings.html.j2"
ROW, LEFT, RIGHT, WIDTH = 22, 200, 150, 760
MOST_SHOWN = 40
"""Competitors in the terminal's table; the page and the documents hold all."""


def scale_of_ratings(ratings: Ratings) -> Scale:
    """Whole points on an axis around all intervals."""
    ends = [each for one in ratings.rated for each in (one.low, one.high) if each is not None] or [999.0, 1001.0]
    return Scale(factor=1.0, decimals=0, start=min(ends), end=max(max(ends), min(ends) + 1.0))


def estimate_of(rating: Rating) -> Estimate:
    """A rating as an estimate, to be drawn."""
    return Estimate(
        value=rating.value,
        low=rating.low,
        high=rating.high,
        n=rating.battles,
        clusters=rating.battles,
        method="rating",
        reason=rating.reason,
    )


def finding(ratings: Ratings) -> str:
    """The answer in a line: who is in front, and who cannot be told from it."""
    rated = ratings.rated
    if not rated:
        return "Nobody can be rated"
    level = [each.competitor for each in rated if each.first == 1]
    if len(level) == 1:
        return f"{level[0]} is alone in front"
    return f"{listing(level, 3)} cannot be told apart in front"


def remarks(ratings: Ratings, notes: Sequence[str]) -> Iterator[tuple[str, str, str | None]]:
    """What to know before believing the order."""
    if any(one.first != one.last for one in ratings.rated):
        yield "rank", "a range, all ranges at once: those who share it cannot be told apart", "dim"
    removal = ratings.removal
    if removal is not None and ratings.rival is not None:
        part = share(removal.votes / ratings.battles)
        yield "rank 1", f"changes to {ratings.rival} without {count(removal.votes, 'vote')} of {ratings.battles:,} ({part})", None
    if ratings.separability is not None:
        yield "apart", f"{share(ratings.separability)} of pairs have intervals that do not touch", "dim"
    scale = Scale(factor=1.0, decimals=0, start=0.0, end=1.0)
    for each in ratings.covariates:
        yield (
            "style",
            f"{each.name}: one standard deviation more is worth {scale.signed(each.value)} [{scale.signed(each.low)}, {scale.signed(each.high)}] points",
            "dim",
        )
    for one in ratings.ratings:
        if one.reason is not None:
            yield "unrated", f"{one.competitor}: {one.reason}. {one.remedy}", "yellow"
    for note in notes:
        yield "note", note, "yellow"


def next_words(ratings: Ratings) -> str | None:
    """Which pair should meet next."""
    if ratings.next_pair is None or ratings.next_worth is None:
        return None
    a, b = ratings.next_pair
    return f"let {a} meet {b}: worth {ratings.next_worth:.1f} battles of a pair drawn at random"


class _Table:
    """The whole answer; it draws itself as wide as the console is."""

    def __init__(self, ratings: Ratings, place: str, notes: Sequence[str]) -> None:
        self.ratings, self.place, self.notes = ratings, place, notes

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "Iterator[RenderableType]":
        from rich.text import Text

        ratings = self.ratings
        groups = "" if ratings.clusters is None else f" in {count(ratings.clusters, 'group')}"
        head = f"{self.place} · {count(len(ratings.ratings), 'competitor')} · {count(ratings.battles, 'battle')}{groups} · {ratings.method}"
        yield Text(plain(head), style="bold")
        yield from self._rows(options.max_width)
        told = list(remarks(ratings, self.notes))
        if told:
            yield ""
            yield remark_grid(told)
        following = next_words(ratings)
        if following:
            yield ""
            yield from unbroken([("next", following, None)])

    def _rows(self, width: int) -> "Iterator[RenderableType]":
        from rich.cells import cell_len
        from rich.text import Text

        shown, scale = self.ratings.ratings[:MOST_SHOWN], scale_of_ratings(self.ratings)
        name = min(max(cell_len(plain(each.competitor)) for each in shown), max(12, width * 3 // 10))
        axis = max(6, min(40, width - name - 36))
        table = grid()
        table.add_column(justify="right", no_wrap=True)
        table.add_column(max_width=name, overflow="fold")
        for _ in range(2):
            table.add_column(no_wrap=True)
        table.add_column(justify="right", no_wrap=True)
        head = axis_head([scale], "", axis) if self.ratings.rated else ""
        table.add_row(*(Text(each, style="dim") for each in ("rank", "", "", head, "battles")))
        for one in shown:
            style = "bold" if one.first == one.last == 1 else "dim" if one.value is None else ""
            drawing = Text(draw(estimate_of(one), scale, axis), style="#56b4e9")
            table.add_row(
                Text(one.rank, style=style),
                Text(plain(one.competitor)),
                _number(one, scale),
                drawing,
                Text(f"{one.battles:,}", style="dim"),
            )
        yield table
        left = len(self.ratings.ratings) - len(shown)
        if left:
            yield Text(f"… and {count(left, 'more competitor')}: --out FILE.html", style="dim")


def _number(one: Rating, scale: Scale) -> Any:
    from rich.text import Text

    if one.value is None:
        return Text(f"{EMPTY:>5}", style="dim")
    return Text.assemble((f"{scale.text(one.value):>5}", "bold"), f" [{scale.text(one.low)}, {scale.text(one.high)}]")


def print_ratings(ratings: Ratings, *, place: str, notes: Sequence[str] = (), file: Any = None) -> None:
    """Print the table of ratings: `place` is where the battles came from, `notes` what a reader should know of them."""
    show(_Table(ratings, place, notes), file)


def rating_chart(ratings: Ratings) -> str:
    """Ratings with their intervals as SVG, best first; a bracket joins neighbours of whom nobody is surely ahead of another."""
    rated, scale = ratings.rated, scale_of_ratings(ratings)
    if not rated:
        return ""
    height = ROW * len(rated) + 34

    def at(value: float) -> float:
        return LEFT + scale.place(value) * (WIDTH - LEFT - RIGHT)

    parts = []
    for tick in ticks(scale.start, scale.end):
        parts.append(f'<line x1="{at(tick):.1f}" x2="{at(tick):.1f}" y1="18" y2="{height - 8}" stroke="{LINE}"/>')
        parts.append(_text(at(tick), 12, scale.text(tick), "middle", SOFT, 11))
    for index, one in enumerate(rated):
        y = 34 + ROW * index
        low, high, value = (at(each) for each in (one.low or 0.0, one.high or 0.0, one.value or 0.0))
        parts.append(_text(LEFT - 58, y + 4, _cut(one.competitor, 20), "end", INK, 12))
        parts.append(
            f'<path d="M{low:.1f} {y - 4}v8M{low:.1f} {y}H{high:.1f}M{high:.1f} {y - 4}v8" stroke="{paint(0)}" stroke-width="2" fill="none"/>'
        )
        parts.append(f'<circle cx="{value:.1f}" cy="{y}" r="4" fill="{paint(0)}"/>')
        numbers = f"{scale.text(one.value)} [{scale.text(one.low)}, {scale.text(one.high)}]"
        parts.append(_text(WIDTH - 2, y + 4, numbers, "end", INK, 12))
    parts += _brackets(ratings)
    name = escape(plain(finding(ratings)))
    return (
        f'<figure class="chart"><svg role="img" aria-label="{name}" viewBox="0 0 {WIDTH} {height}" width="100%" font-family="inherit">'
        f"<title>{name}</title>{''.join(parts)}</svg></figure>"
    )


def _brackets(ratings: Ratings) -> Iterator[str]:
    """A line beside the rows of each group, overlapping groups side by side."""
    rows = {one.competitor: index for index, one in enumerate(ratings.rated)}
    ends: list[int] = []
    for group in ratings.groups:
        first, last = rows[group[0]], rows[group[-1]]
        lane = next((number for number, end in enumerate(ends) if end < first), len(ends))
        ends[lane : lane + 1] = [last]
        x = LEFT - 8 - 7 * min(lane, 5)
        yield f'<path d="M{x + 4} {34 + ROW * first - 6}h-4V{34 + ROW * last + 6}h4" stroke="{SOFT}" fill="none"/>'


def _text(x: float, y: float, text: str, anchor: str, color: str, size: int) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}" font-size="{size}">{escape(plain(text))}</text>'


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def render_ratings(ratings: Ratings, *, place: str, notes: Sequence[str] = (), settings: Mapping[str, Any] | None = None) -> str:
    """Ratings as one HTML page without script or network."""
    return environment().get_template(PAGE).render(
        version=version("assay"),
        place=Path(place).name,
        facts=[count(len(ratings.ratings), "competitor"), count(ratings.battles, "battle"), ratings.method],
        headline=finding(ratings),
        chart=rating_chart(ratings),
        remarks=[(label, text) for label, text, _ in remarks(ratings, notes) if label != "unrated"],
        following=next_words(ratings),
        rows=ratings.ratings,
        scale=scale_of_ratings(ratings),
        settings=settings or {},
    )  # fmt: skip


def write_ratings(
    path: str | Path, ratings: Ratings, *, place: str, notes: Sequence[str] = (), settings: Mapping[str, Any] | None = None
) -> str:
    """Write the page to a path or an fsspec URL, whole or not at all; returns where it is. Raises StoreError."""
    folder, _, name = str(path).rpartition("/")
    return StoredFiles(folder or ".").write(name, render_ratings(ratings, place=place, notes=notes, settings=settings))
