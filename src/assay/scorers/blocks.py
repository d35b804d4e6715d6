"""Blocks of code in an answer: fences, tags, single lines in backticks, and code with talk around it; which of them belong together."""

import ast
import builtins
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from textwrap import dedent
from typing import NamedTuple

from assay.scorers.unwarned import unwarned

CLOSERS = 6
"""How many ends are tried for a fence whose first leaves no Python: a docstring may hold fences of its own."""
STARTS = 60

OPENS = re.compile(r"(?P<before>[^`~]*?)(?P<mark>`{3,}|~{3,})[ \t]*(?P<info>[^`~]*)")
CLOSES = re.compile(r"(?P<last>.*?)(?P<mark>`{3,}|~{3,})[ \t]*")
LABEL = re.compile(r"(?:[ \t>]|[-*+][ \t]|\d{1,3}[.)][ \t])*")
TAGS = re.compile(
    r"\[PYTHON\](.*?)(?:\[/PYTHON\]|\Z)|\[BEGIN\](.*?)(?:\[DONE\]|\Z)|<code>(.*?)(?:</code>|\Z)|<python>(.*?)(?:</python>|\Z)", re.DOTALL
)
INLINE = re.compile(r"(?<!`)(`{1,3})(?!`)[ \t]*((?:async def|def|class|\w+[ \t]*=[ \t]*lambda)\b[^`\n]+)\1(?!`)")
ENDS = re.compile(
    r"<\|(?:endoftext|im_end|eot_id|end|EOT|end_of_text)\|>|<｜end▁of▁sentence｜>|(?:</s>|<eos>|<end_of_turn>)\s*\Z|\n\[(?:DONE|/PYTHON)\]"
)
STARTING = re.compile(
    r"[ \t]*(?:(?:import|from|def|class|async[ \t]+def)[ \t]|(?:for|while|if|with)[ \t(]|try:|print\(|@\w|[A-Za-z_][\w, ]*=[^=])"
)

CODE = re.compile(r"[ \t]|(?:async[ \t]+)?def[ \t]+\w+[ \t]*\(|class[ \t]+\w+[ \t]*[(:]|@\w")
"""How a line begins that is code, broken or not."""


class Block(NamedTuple):
    """A piece of code: its text, and whether it is said to be Python ("python"), another language ("other"), or nothing ("plain")."""

    text: str
    kind: str


def without_end(text: str) -> str:
    """An answer up to the mark with which a model ends: what follows one is no part of it."""
    for match in ENDS.finditer(text):
        if text[: match.start()].strip():
            return text[: match.start()]
    return text


@lru_cache(maxsize=256)
def tree_of(source: str) -> ast.Module | None:
    """A program as a tree; None where it is none."""
    try:
        with unwarned():
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def parses(source: str) -> bool:
    """Whether it is Python."""
    return tree_of(source) is not None


def blocks_of(text: str) -> list[Block]:
    """Every block of code in an answer, in order."""
    found = fenced_blocks(text.splitlines())
    if not any(each.kind != "other" for each in found):
        for match in TAGS.finditer(text):
            body = next(group for group in match.groups() if group is not None).strip("\n")
            if body.strip() and parses(dedent(body)):
                found.append(Block(body, "python"))
    if not found:
        found = [Block(match.group(2).strip(), "python") for match in INLINE.finditer(text) if parses(match.group(2).strip())]
    return [each for each in found if each.text.strip()]


def fenced_blocks(rows: list[str]) -> list[Block]:
    """The blocks between fences; one that is not closed runs to the end."""
    found, place = [], 0
    while place < len(rows):
        opening = OPENS.fullmatch(rows[place])
        kind = kind_of(opening) if opening else None
        if opening is None or kind is None:
            place += 1
            continue
        end, body = body_of(rows, place, opening, kind)
        found.append(Block(body, kind))
        place = end + 1
    return found


def kind_of(opening: re.Match[str]) -> str | None:
    """What a fence says it opens; None where the line only mentions a fence."""
    language = opening["info"].strip().lower().lstrip("{.").split(" ")[0].split("{")[0].rstrip("}")
    kind = "python" if re.fullmatch(r"(?:i?python|py)[\d.]*", language) else "other" if language else "plain"
    if not LABEL.fullmatch(opening["before"]) and (kind == "other" or not re.search(r"[:：][ \t*_]*$", opening["before"])):
        return None
    return kind


def body_of(rows: list[str], start: int, opening: re.Match[str], kind: str) -> tuple[int, str]:
    """(the line of the fence that closes a block, its content): the first end that leaves Python, else the first end."""
    ends: list[tuple[int, str]] = []
    for place in range(start + 1, len(rows)):
        closing = CLOSES.fullmatch(rows[place])
        if closing is None or closing["mark"][0] != opening["mark"][0] or len(closing["mark"]) < len(opening["mark"]):
            continue
        last = [closing["last"]] if closing["last"].strip(" \t>") else []
        ends.append((place, content(rows[start + 1 : place] + last, opening["before"])))
        if kind == "other" or parses(dedent(ends[-1][1])):
            return ends[-1]
        if len(ends) == CLOSERS:
            break
    return ends[0] if ends else (len(rows), content(rows[start + 1 :], opening["before"]))


def content(rows: list[str], before: str) -> str:
    """The lines of a block without what its fence was set in by: a list item, a quotation."""
    if before.lstrip().startswith(">"):
        rows = [re.sub(r"^[ \t]*>[ \t]?", "", row) for row in rows]
    text = "\n".join(rows)
    return dedent(text) if before else text


def segments(text: str) -> list[Block]:
    """The parts of a text without fences that are Python, each as long as it can be; talk before, between and after is left out."""
    rows, place, tries, found = text.splitlines(), 0, 0, []
    while place < len(rows) and tries < STARTS:
        if not STARTING.match(rows[place]):
            place += 1
            continue
        tries += 1
        part = longest(rows, place)
        if part:
            found.append(Block("\n".join(part), "python"))
        place += max(1, len(part))
    return found


def longest(rows: Sequence[str], start: int) -> list[str]:
    """The most lines from `start` on that are Python and that talk or nothing follows: a program that breaks off is not mended. Each
    error says where the next attempt must end."""
    margin = rows[start][: len(rows[start]) - len(rows[start].lstrip())]
    part = [rows[start][len(margin) :]]
    for row in rows[start + 1 :]:
        if row.strip() and not row.startswith(margin):
            break
        part.append(row[len(margin) :])
    given = part
    for _ in range(40):
        if not part:
            break
        try:
            with unwarned():
                ast.parse("\n".join(part))
        except SyntaxError as error:
            part = part[: min(len(part) - 1, max((error.lineno or 1) - 1, 0))]
        except (ValueError, RecursionError, MemoryError):
            break
        else:
            rest = next((row for row in given[len(part) :] if row.strip()), "")
            return [] if CODE.match(rest) else part
    return []


def is_program(source: str) -> bool:
    """Whether it does something: an example of output may be Python, too (`[1, 2]`, `True`)."""
    tree = tree_of(dedent(source))
    return tree is not None and any(
        not isinstance(each, ast.Expr) or isinstance(each.value, ast.Call | ast.Await | ast.Yield) for each in tree.body
    )


def bound(tree: ast.AST) -> set[str]:
    """The names a program defines at its top level, conditional ones included."""
    names: set[str] = set()
    for each in ast.iter_child_nodes(tree):
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(each.name)
        elif isinstance(each, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name.partition(".")[0] for alias in each.names}
        elif isinstance(each, ast.Assign | ast.AnnAssign | ast.AugAssign):
            names |= {name.id for name in ast.walk(each) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)}
        elif isinstance(each, ast.If | ast.Try | ast.With | ast.For | ast.While):
            names |= bound(each)
    return names


def loose(tree: ast.AST) -> set[str]:
    """The names a program uses and binds nowhere."""
    used = {each.id for each in ast.walk(tree) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}
    kept = {each.id for each in ast.walk(tree) if isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load)}
    kept |= {each.arg for each in ast.walk(tree) if isinstance(each, ast.arg)} | bound(tree)
    kept |= {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef)}
    kept |= {each.name for each in ast.walk(tree) if isinstance(each, ast.ExceptHandler) and each.name}
    inner = (each for each in ast.walk(tree) if isinstance(each, ast.Import | ast.ImportFrom))
    kept |= {alias.asname or alias.name.partition(".")[0] for each in inner for alias in each.names}
    return used - kept - set(vars(builtins))


def defines(source: str, names: Iterable[str]) -> bool:
    """Whether one of these stands at the top level."""
    tree = tree_of(source)
    if tree is not None:
        return not bound(tree).isdisjoint(names)
    either = "|".join(map(re.escape, names)) or r"(?!)"
    return re.search(rf"^(?:(?:async[ \t]+)?(?:def|class)[ \t]+(?:{either})\b|(?:{either})[ \t]*=[^=])", source, re.MULTILINE) is not None


def definitions(source: str) -> str:
    """What a block defines, without what it does besides: its examples and its own tests."""
    tree = tree_of(source)
    if tree is None:
        return ""
    rows, kept = source.splitlines(), []
    for each in tree.body:
        if not isinstance(each, ast.Expr | ast.Assert | ast.For | ast.While) and bound(ast.Module([each], [])):
            decorators = [one.lineno for one in getattr(each, "decorator_list", ())]
            kept += rows[min([each.lineno, *decorators]) - 1 : each.end_lineno]
    return "\n".join(kept)


def joined(main: Block, others: Sequence[Block]) -> str:
    """A block behind the definitions of other blocks that it needs: helpers and imports, each shown by itself."""
    tree = tree_of(main.text)
    needed = loose(tree) if tree is not None else set()
    parts: dict[int, str] = {}
    for _ in range(len(others)):
        before = len(parts)
        for place, other in reversed(list(enumerate(others))):
            text = definitions(other.text) if place not in parts and other is not main else ""
            found = tree_of(text)
            if text and found is not None and not needed.isdisjoint(bound(found)):
                parts[place] = text
                needed = (needed - bound(found)) | loose(found)
        if len(parts) == before or not needed:
            break
    return "\n\n".join([*(parts[place] for place in sorted(parts)), main.text])
