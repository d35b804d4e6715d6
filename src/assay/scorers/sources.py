"""The program in an answer: a completion of a prompt, a block that defines what the tests ask for, or code with talk around it."""

import ast
import builtins
import re
from collections.abc import Mapping, Sequence
from textwrap import dedent, indent
from typing import Any

from assay.scorers.blocks import Block, blocks_of, bound, defines, is_program, joined, loose, parses, segments, tree_of, without_end
from assay.scorers.extract import Found, window
from assay.scorers.unwarned import unwarned

READS = re.compile(r"\binput[ \t]*\(|\bstdin\b|\bopen[ \t]*\(0|\bfileinput\b")
FENCE_LINE = re.compile(r"^.*(?:`{3}|~{3}).*$", re.MULTILINE)


def cuts(text: str, data: Mapping[str, Any], stop: tuple[str, ...], names: Sequence[str] = (), salvage: bool = True) -> list[Found]:
    """The program in an answer, best first, then what a more forgiving reader would take.

    With `prompt` and `entry_point`, a text that begins inside a function continues the prompt. Otherwise the last block that defines one
    of `names` (the entry point, or what the tests ask for) behind the helpers it needs from other blocks; for a program without such a
    name, the last block that reads its input, or the last that is said to be Python. Without a block, the part of the text that is
    Python and defines a name (`salvage`), else the text.
    """
    entry = data.get("entry_point")
    prompt = data.get("prompt") if entry is not None else None
    names = names or asked_for(data)
    text = without_end(window(text))
    if not text.strip():
        return []
    ways = list(completions(prompt, str(entry), text, stop) if isinstance(prompt, str) else programs(text, names, salvage))
    return [way for place, way in enumerate(ways) if way.text.strip() and way.text not in [each.text for each in ways[:place]]]


def completions(prompt: str, entry: str, text: str, stop: tuple[str, ...]) -> list[Found]:
    """The ways to read an answer to a prompt that ends inside a function."""
    fence = FENCE_LINE.search(text)
    head = text[: fence.start()] if fence else text
    cut = Found(prompt + trimmed(text, stop), "prompt and completion")
    begun = head.strip() != "" and head.lstrip("\r\n")[:1] in (" ", "\t")
    if begun and (not fence or parses(cut.text)):
        return [cut, Found(prompt + text, "prompt and whole text"), *blocks_defining(prompt, text, entry)]
    if begun and filled(prompt, prompt + trimmed(head, stop), entry):
        return [Found(prompt + trimmed(head, stop), "prompt and completion"), *blocks_defining(prompt, text, entry)]
    ways = blocks_defining(prompt, text, entry)
    usable = [each for each in blocks_of(text) if each.kind != "other"]
    for each in reversed(usable):
        continued = continuation(prompt, each.text, stop, entry)
        if filled(prompt, continued, entry):
            ways.append(Found(continued, "prompt and block"))
    if not ways:
        body = head if fence and head.strip() else text
        ways = [Found(continuation(prompt, body, stop, entry), "prompt and completion"), Found(prompt + text, "prompt and whole text")]
    return ways


def blocks_defining(prompt: str, text: str, entry: str) -> list[Found]:
    """The programs in an answer that define the entry point, each behind what the prompt brought, best first."""
    if not re.search(rf"\b{re.escape(entry)}\b", text):
        return []
    return [Found(behind(prompt, way.text), way.method) for way in programs(text, (entry,), True) if defines(way.text, (entry,))]


def continuation(prompt: str, text: str, stop: tuple[str, ...], entry: str) -> str:
    """A prompt with its continuation, whose indentation (of its first line, or of all of it) may have been lost on the way."""
    body = trimmed(text, stop)
    margin = next((row[: len(row) - len(row.lstrip())] for row in reversed(prompt.splitlines()) if row.strip()), "") or "    "
    for each in (body, indent(dedent(text).strip("\n"), margin), margin + body.lstrip()):
        if filled(prompt, prompt + each, entry):
            return prompt + each
    return prompt + body


def filled(prompt: str, source: str, entry: str) -> bool:
    """Whether the function a prompt begins goes on behind it."""
    tree = tree_of(source)
    begun = [each for each in tree.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and each.name == entry] if tree else []
    return bool(begun) and (begun[0].end_lineno or 0) > len(prompt.splitlines()) and compiles(source)


def compiles(source: str) -> bool:
    """Whether it is Python also where a tree does not tell: no `return` outside a function."""
    try:
        with unwarned():
            compile(source, "<answer>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def programs(text: str, names: Sequence[str], salvage: bool) -> list[Found]:
    """The ways to read an answer that is a program of its own."""
    blocks = blocks_of(text)
    usable = [
        each for each in blocks if each.kind == "python" or (each.kind == "plain" and is_program(each.text)) or defines(each.text, names)
    ]
    ways = [Found(joined(each, usable), "block") for each in ranked(usable, names)]
    if len(usable) > 1:
        ways.append(Found("\n".join(each.text for each in usable), "all blocks"))
    if names and ways and not defines(ways[0].text, names):
        ways = parts_of(text, names) + ways
    if ways or not text.strip():
        return ways
    if parses(text) and (not names or defines(text, names)):
        return [Found(text, "text")]
    found = parts_of(text, names)
    whole_text = [Found(text, "text")]
    return found + whole_text if salvage and not parses(text) else whole_text + found


def parts_of(text: str, names: Sequence[str]) -> list[Found]:
    """The parts of a text that are Python and define a name (without names: all of them, together)."""
    parts = segments(FENCE_LINE.sub("", text))
    if not names:
        return [Found("\n\n".join(each.text for each in parts), "lines that parse")] if parts else []
    return [Found(joined(each, parts), "lines that parse") for each in ranked(parts, names) if defines(each.text, names)]


def ranked(blocks: Sequence[Block], names: Sequence[str]) -> list[Block]:
    """Blocks, the likeliest program first: it defines a name; else, without names, it reads; it is said to be Python; it comes last."""

    def rank(place: int) -> tuple[bool, ...]:
        block = blocks[place]
        good = defines(block.text, names) if names else bool(READS.search(block.text))
        return good, parses(block.text), block.kind == "python"

    return [blocks[place] for place in sorted(range(len(blocks)), key=lambda place: (*rank(place), place), reverse=True)]


def asked_for(data: Mapping[str, Any]) -> tuple[str, ...]:
    """The names that the tests of a sample are about: its entry point, else what its tests use and do not define, as far as the reference
    solution (where there is one) defines it."""
    entry = data.get("entry_point")
    if isinstance(entry, str):
        return (entry,)
    tests = data.get("test_list")
    tree = tree_of("\n".join(map(str, tests))) if isinstance(tests, list | tuple) else None
    if tree is None:
        return ()
    reference = tree_of(data["code"]) if isinstance(data.get("code"), str) else None
    if reference is None:
        return tuple(sorted(loose(tree)))
    used = {each.id for each in ast.walk(tree) if isinstance(each, ast.Name)}
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    defined = {each.name for each in reference.body if isinstance(each, kinds)} or bound(reference)
    return tuple(sorted(used & defined)) or tuple(sorted(loose(tree) - set(vars(builtins))))


def whole(prompt: str) -> str:
    """A prompt that ends inside a function, as a program of its own; empty where it is none."""
    for closed in (prompt, f"{prompt}\n    pass\n", f"{prompt}\n\tpass\n"):
        if parses(closed):
            return closed
    return ""


def behind(prompt: str, source: str) -> str:
    """A whole program behind the imports and helpers its prompt brought, where it had one."""
    return source if not prompt else f"{whole(prompt)}\n\n{source}"


def trimmed(completion: str, stop: tuple[str, ...]) -> str:
    """A completion up to the first stop sequence; one at its very beginning is no end."""
    ends = [place for mark in stop if (place := completion.find(mark, 1)) > 0]
    return completion[: min(ends)] if ends else completion
