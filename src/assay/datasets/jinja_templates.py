"""Jinja templates over a row: in Jinja's sandbox, which keeps them from files and internals, and within bounds, so that a slip fills no memory."""

import re
from collections.abc import Callable, Iterable, Iterator, KeysView, Mapping, ValuesView
from collections.abc import Set as SetView
from contextlib import contextmanager
from typing import Any

import jinja2
import jinja2.filters
import jinja2.sandbox
from jinja2.runtime import Context, Undefined

from assay.core.errors import DatasetError
from assay.core.registry import suggest
from assay.datasets.choices import lettered
from assay.datasets.rows import Row
from assay.datasets.values import Unmappable

LONGEST = 10_000_000
"""Characters of a rendered text, and of any text on the way to it."""
HIGHEST_POWER = 4096
"""Bits of a power: some 1,200 digits."""
FILLING = frozenset({"center", "ljust", "rjust", "zfill", "expandtabs"})
"""Methods of a text that take a width."""
WRITTEN_WIDTH = re.compile(r"\d{8,}")
GIVEN_WIDTH = re.compile(r"%[^A-Za-z%]*\*|:[^{}]*\{")
"""In a format: a width that stands among the values ("%*d", "{:{width}}")."""


class Bounded(jinja2.sandbox.ImmutableSandboxedEnvironment):
    """Refuses what would make a text or a number beyond the bounds before it is made, and what is no text where a text is put in."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """An operator that can make much of little."""
        if operator == "*":
            for held, times in ((left, right), (right, left)):
                if isinstance(held, (str, bytes, list, tuple)) and isinstance(times, int):
                    _bounded(len(held) * times)
        elif operator == "**" and isinstance(left, int) and isinstance(right, int) and left.bit_length() * right > HIGHEST_POWER:
            raise Unmappable("the template asks for a power that is too high", "Write a smaller one.")
        elif operator == "%" and isinstance(left, str):
            _bounded_format(left, right if isinstance(right, tuple) else (right,))
        return super().call_binop(context, operator, left, right)

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        """A call; of a text's methods that fill or format, no width may be beyond the bounds. Named as Jinja names it."""
        method = getattr(__obj, "__wrapped__", __obj)  # Jinja wraps a text's format
        owner = getattr(method, "__self__", None)
        if isinstance(owner, (str, bytes)) and method.__name__ in FILLING:
            _bounded_widths((*args, *kwargs.values()))
        elif isinstance(owner, str) and method.__name__ in ("format", "format_map"):
            _bounded_format(owner, (*args, *kwargs.values()))
        return super().call(__context, __obj, *args, **kwargs)


def _bounded(length: int) -> None:
    if length > LONGEST:
        raise Unmappable(f"the template makes a text of more than {LONGEST:,} characters", "Repeat or fill less.")


def _bounded_widths(values: Iterable[Any]) -> None:
    for each in values:
        _bounded(each if isinstance(each, int) else 0)


def _bounded_format(text: str, values: Iterable[Any]) -> None:
    """No width written in a format, or given to it, is beyond the bounds."""
    _bounded_widths(int(each) for each in WRITTEN_WIDTH.findall(text))
    if GIVEN_WIDTH.search(text):
        _bounded_widths(values)


def _filling(plain: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that takes widths, within the bounds."""

    def fill(text: Any, *values: Any, **named: Any) -> Any:
        _bounded_widths((*values, *named.values()))
        return plain(text, *values, **named)

    return fill


def _formatting(text: str, *values: Any, **named: Any) -> str:
    """Jinja's filter `format`, within the bounds."""
    _bounded_format(str(text), (*values, *named.values()))
    return jinja2.filters.do_format(text, *values, **named)


def _shown(value: Any) -> Any:
    """What `{{ }}` puts in: a value, not a thing that has none yet (its text would be an address in memory)."""
    if isinstance(value, (str, Undefined)):
        return value
    if isinstance(value, (Iterator, KeysView, ValuesView, SetView)) and not isinstance(value, (set, frozenset)):
        raise Unmappable(f"the template puts in a {type(value).__name__}, not its values", "Add | list or | join(', ').")
    if callable(value):
        raise Unmappable(f"the template puts in a {type(value).__name__}, not what it gives", "Call it: write () behind its name.")
    return value


def environment() -> jinja2.Environment:
    """The sandbox, with the filter `lettered`."""
    made = Bounded(undefined=jinja2.StrictUndefined, keep_trailing_newline=True, finalize=_shown)
    made.filters["lettered"] = lettered
    made.filters["format"] = _formatting
    for name in ("center", "indent"):
        made.filters[name] = _filling(made.filters[name])
    del made.globals["lipsum"]
    return made


def rendering(field: str, text: str, columns: tuple[str, ...], name: str) -> Callable[[Row], str]:
    """The function that renders a row by the template `text`; every column is a variable, and so is `row` itself for columns with other names.

    `field` and `name` (of the table) are for messages. Raises DatasetError for a template that is none; the function raises Unmappable.
    """
    try:
        template = environment().from_string(text)
    except jinja2.TemplateSyntaxError as error:
        raise DatasetError(
            f"The {field} template of {name} is not valid Jinja: {error.message} (its line {error.lineno}).",
            remedy="For braces that are meant as text, write {% raw %}...{% endraw %}.",
        ) from error

    def render(row: Row) -> str:
        with _told("in the template", columns):
            return _joined(template, {"row": row, **row})

    return render


@contextmanager
def _told(where: str, columns: tuple[str, ...]) -> Iterator[None]:
    """What fails inside, as Unmappable."""
    try:
        yield
    except jinja2.UndefinedError as error:
        wanted = re.search(r"'([^']+)' is undefined", str(error))
        raise Unmappable(f"{where}, {error.message}", suggest(wanted[1] if wanted else "", columns)) from error
    except Unmappable:
        raise
    except (jinja2.TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise Unmappable(f"{where.removeprefix('in ')} failed with {type(error).__name__}: {error}") from error


def condition_on(text: str, columns: tuple[str, ...]) -> Callable[[Row], bool]:
    """The function that says whether the expression `text` holds for a row. Raises DatasetError for one that is none; the function raises Unmappable."""
    absent = dict.fromkeys(columns)
    try:
        expression = environment().compile_expression(text, undefined_to_none=False)
    except jinja2.TemplateSyntaxError as error:
        raise DatasetError(
            f"The condition '{text}' is no expression: {error.message}.", remedy='Write it as in Python: level == "hard" and year > 2000.'
        ) from error

    def holds(row: Row) -> bool:
        with _told(f"in the condition '{text}'", columns):
            whole = absent | row
            return bool(expression({"row": whole, **whole}))

    return holds


def _joined(template: jinja2.Template, values: Mapping[str, Any]) -> str:
    """The whole text, piece by piece, so that loops cannot pass the bound either."""
    pieces, length = [], 0
    for piece in template.generate(values):
        pieces.append(piece)
        length += len(piece)
        _bounded(length)
    return "".join(pieces)
