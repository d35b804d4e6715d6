"""Messages of Inspect as Assay's, and back. What has no place here (ids, thoughts between turns, signatures) is the caller's to keep."""

import mimetypes
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from assay.core.answer import Answer, TokenLogprob, Usage
from assay.core.content import Audio, File, Image, Message, Part, Text, ToolCall, ToolResult, Video

Plain = dict[str, Any]


def message_of(plain: Plain) -> Message:
    """One message."""
    role, content = plain["role"], parts_of(plain.get("content"))
    if role == "tool":
        error = plain.get("error") or {}
        said = "".join(part.text for part in content if isinstance(part, Text)) or str(
            error.get("message") or plain.get("tool_error") or ""
        )
        result = ToolResult(id=str(plain.get("tool_call_id") or ""), content=said, failed=bool(error or plain.get("tool_error")))
        return Message(role="tool", content=(result, *(part for part in content if not isinstance(part, Text))))
    calls = tuple(call_of(each) for each in plain.get("tool_calls") or ())
    return Message(role=role, content=(*content, *calls))


def parts_of(content: Any) -> tuple[Part, ...]:
    """The content of a message; parts that have no place here are left out."""
    if isinstance(content, str):
        return (Text(text=content),)
    found = (part_of(each) for each in content or ())
    return tuple(each for each in found if each is not None)


def part_of(plain: Plain) -> Part | None:
    """One part of a content."""
    kind = plain.get("type")
    if kind == "text":
        return Text(text=str(plain.get("text") or ""))
    if kind == "image":
        return Image(uri=plain["image"])
    if kind == "audio":
        return Audio(uri=plain["audio"], media_type=f"audio/{plain.get('format', 'wav')}")
    if kind == "video":
        return Video(uri=plain["video"], media_type=f"video/{plain.get('format', 'mp4')}")
    if kind == "document":
        return File(uri=plain["document"], media_type=plain.get("mime_type") or None)
    return None


def call_of(plain: Plain) -> ToolCall:
    """A call of a tool."""
    given = plain.get("arguments")
    return ToolCall(
        id=str(plain.get("id") or ""), name=str(plain.get("function") or ""), arguments=given if isinstance(given, dict | str) else {}
    )


def thought_of(plain: Plain) -> str | None:
    """What a model thought before this message; of a thought that is sealed its summary."""
    content = plain.get("content")
    parts = [each for each in content if each.get("type") == "reasoning"] if isinstance(content, list) else []
    thoughts = [str((each.get("summary") if each.get("redacted") else each.get("reasoning")) or "") for each in parts]
    if isinstance(plain.get("reasoning"), str):
        thoughts.append(plain["reasoning"])
    return "\n\n".join(each for each in thoughts if each) or None


def usage_of(plain: Plain | None) -> Usage:
    """Tokens: Inspect counts those of the cache beside the others, Assay among them."""
    told = plain or {}
    read, written = told.get("input_tokens_cache_read") or 0, told.get("input_tokens_cache_write") or 0
    return Usage(
        input_tokens=(told.get("input_tokens") or 0) + read + written,
        output_tokens=told.get("output_tokens") or 0,
        reasoning_tokens=told.get("reasoning_tokens") or 0,
        cached_tokens=read,
        cost=told.get("total_cost"),
    )


def logprobs_of(plain: Plain | None) -> tuple[TokenLogprob, ...] | None:
    """The log-probabilities of a choice."""
    if not plain or not plain.get("content"):
        return None
    return tuple(
        TokenLogprob(
            token=each["token"],
            logprob=each["logprob"],
            top={rival["token"]: rival["logprob"] for rival in each.get("top_logprobs") or ()},
        )
        for each in plain["content"]
    )


def plain_message(message: Message, thought: str | None = None) -> Plain:
    """A message as Inspect writes it, with the thought before it."""
    results = [part for part in message.content if isinstance(part, ToolResult)]
    calls = [part for part in message.content if isinstance(part, ToolCall)]
    others = [part for part in message.content if not isinstance(part, ToolResult | ToolCall)]
    content = [{"type": "reasoning", "reasoning": thought, "redacted": False}] if thought else []
    content += [{"type": "text", "text": each.content} for each in results if others or len(results) > 1]
    content += [plain_part(each) for each in others]
    alone = results[0].content if len(results) == 1 and not others else None
    if not content:
        written: Any = alone if alone is not None else ""
    else:
        written = content[0]["text"] if len(content) == 1 and content[0]["type"] == "text" else content
    plain: Plain = {"role": message.role, "content": written}
    if message.role == "tool" and results:
        plain["tool_call_id"] = results[0].id
        if results[0].failed:
            plain["error"] = {"type": "unknown", "message": results[0].content}
    if calls:
        plain["tool_calls"] = [plain_call(each) for each in calls]
    return plain


def plain_part(part: Part) -> Plain:
    """A part that is no call and no result."""
    if isinstance(part, Text):
        return {"type": "text", "text": part.text}
    if isinstance(part, Image):
        return {"type": "image", "image": part.uri, "detail": "auto"}
    if isinstance(part, Audio):
        return {"type": "audio", "audio": part.uri, "format": "mp3" if "mp" in (part.media_type or "") else "wav"}
    if isinstance(part, Video):
        kind = (part.media_type or "").rpartition("/")[2]
        return {"type": "video", "video": part.uri, "format": kind if kind in ("mp4", "mpeg", "mov") else "mp4"}
    if isinstance(part, File):
        return plain_file(part)
    raise TypeError(f"a {type(part).__name__} is no part of a content")


def plain_file(part: File) -> Plain:
    """A file, under the name and the kind that Inspect would give it."""
    inline = part.uri.startswith("data:")
    guessed = part.uri[5:].partition(",")[0].partition(";")[0] if inline else mimetypes.guess_type(part.uri)[0]
    kind = part.media_type or guessed or "application/octet-stream"
    name = f"document.{kind.rpartition('/')[2]}" if inline else PurePath(part.uri).name
    return {"type": "document", "document": part.uri, "filename": name, "mime_type": kind, "citations": False}


def plain_call(call: ToolCall) -> Plain:
    """A call of a tool; arguments that were no JSON stand in a note beside them, as Inspect has it."""
    plain: Plain = {"id": call.id, "function": call.name, "arguments": call.arguments if isinstance(call.arguments, dict) else {}}
    if isinstance(call.arguments, str):
        plain["parse_error"] = f"no JSON object: {call.arguments}"
    return {**plain, "type": "function"}


def plain_conversation(asked: Sequence[Message], answer: Answer) -> list[Plain]:
    """A whole conversation: the one the answer holds, or what was asked with the answer behind it."""
    if answer.messages:
        last = max((place for place, each in enumerate(answer.messages) if each.role == "assistant"), default=-1)
        return [plain_message(each, answer.reasoning if place == last else None) for place, each in enumerate(answer.messages)]
    return [*(plain_message(each) for each in asked), plain_choice_message(answer)]


def plain_choice_message(answer: Answer) -> Plain:
    """The message of an answer."""
    return plain_message(Message(role="assistant", content=(Text(text=answer.text), *answer.tool_calls)), answer.reasoning)


def plain_usage(usage: Usage) -> Plain:
    """Tokens as Inspect counts them."""
    plain: Plain = {
        "input_tokens": usage.input_tokens - usage.cached_tokens,
        "output_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
    }
    optional = {"input_tokens_cache_read": usage.cached_tokens, "reasoning_tokens": usage.reasoning_tokens}
    plain.update({name: count for name, count in optional.items() if count})
    return plain if usage.cost is None else {**plain, "total_cost": usage.cost}
