"""Writes logs with whatever version of Inspect this Python has: `{"folder": F, "only": null}` on standard input, the files it made on standard output.

Every run is asked of a model whose answers are written here, so a log differs between two writings only in its ids and times.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

RED = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
LONG = "".join(f"第{n}行: a long result that Inspect keeps apart as an attachment. " for n in range(60))


def number(version):
    return int(version.split(".")[2])


def capital_samples():
    from inspect_ai.dataset import Sample

    return [
        Sample(input="What is the capital of France?", target="Paris", choices=None, id=1, metadata={"area": "Europe", "level": 1}),
        Sample(input="中国的首都是哪里?", target=["北京", "Beijing"], id=2, metadata={"area": "Asia", "level": 1, "cluster": "asia"}),
        Sample(input="What is the capital of Tuvalu?", target="Funafuti", id=3, metadata={"area": "Oceania", "level": 3, "cluster": "sea"}),
        Sample(input="What is the capital of Palau?", target="Ngerulmud", id=4, metadata={"area": "Oceania", "level": 3, "cluster": "sea"}),
    ]


CAPITALS = ["It is Paris.", "北京。", "I do not know.", "Ngerulmud, of course.", "Paris", "上海", "Funafuti", ""]


def said(texts):
    from inspect_ai.model import ModelOutput

    return [ModelOutput.from_content("mockllm/model", text) for text in texts]


def mock(outputs, version):
    """A model that gives these outputs, one after the other."""
    from inspect_ai.model import get_model

    return get_model("mockllm/model", custom_outputs=outputs, **({"memoize": False} if number(version) >= 60 else {}))


def capitals(folder, log_format, version):
    """Several scorers (letters, dictionaries, numbers, text, nothing), two epochs with reducers, Chinese text."""
    from inspect_ai import Epochs, Task, eval
    from inspect_ai.dataset import MemoryDataset
    from inspect_ai.model import ModelUsage
    from inspect_ai.scorer import Score, accuracy, includes, mean, scorer, stderr
    from inspect_ai.solver import generate, system_message

    @scorer(metrics={"length": [mean()], "polite": [mean()]})
    def manners():
        async def score(state, target):
            text = state.output.completion
            return Score(value={"length": len(text), "polite": text.endswith(("course.", "。"))}, metadata={"seen": [1, {"deep": None}]})

        return score

    @scorer(metrics=[mean(), stderr()])
    def grade():
        async def score(state, target):
            text = state.output.completion
            return Score(value=len(text) / 40, answer=text[:5], explanation=f"{len(text)} characters 字")

        return score

    @scorer(metrics=[accuracy()])
    def tone():
        async def score(state, target):
            text = state.output.completion
            return Score(value="yes" if text else "rude", answer=None)

        return score

    scorers = [includes(), manners(), grade(), tone()]
    if number(version) >= 250:

        @scorer(metrics=[mean()])
        def unsure():
            async def score(state, target):
                if "know" in state.output.completion:
                    return Score.unscored(reason="grader_failed", explanation="the grader said nothing")
                return Score(value=1.0)

            return score

        @scorer(metrics=[mean()])
        def several():
            async def score(state, target):
                return Score(value=[1, 0.5, "C"])

            return score

        scorers += [unsure(), several()]
    told = system_message("You know {subject}.", subject="geography") if number(version) >= 60 else system_message("You know geography.")
    outputs = said(CAPITALS)
    for place, output in enumerate(outputs):
        output.usage = ModelUsage(input_tokens=10 + place, output_tokens=5, total_tokens=15 + place)
    task = Task(
        dataset=MemoryDataset(capital_samples(), name="capitals"),
        solver=[told, generate()],
        scorer=scorers,
        epochs=Epochs(2, ["mean", "max"]),
        name="capitals",
        version=3,
        metadata={"owner": "geographers"} if number(version) >= 60 else None,
    )
    eval(
        task,
        model=mock(outputs, version),
        log_dir=str(folder),
        log_format=log_format,
        display="none",
        max_samples=1,
        max_connections=1,
        temperature=0.5,
        max_tokens=64,
        tags=["oracle"] if number(version) >= 60 else None,
    )


def agent(folder, log_format, version):
    """Tools, several turns, a picture, thoughts, an attachment, a limit, an error, a store, files in a sandbox."""
    from inspect_ai import Task, eval
    from inspect_ai.dataset import MemoryDataset, Sample
    from inspect_ai.model import (
        ChatMessageAssistant,
        ChatMessageSystem,
        ChatMessageUser,
        ContentImage,
        ContentText,
        ModelOutput,
    )
    from inspect_ai.scorer import includes, model_graded_qa
    from inspect_ai.solver import generate, solver, use_tools
    from inspect_ai.tool import tool
    from inspect_ai.util import store

    @tool
    def add():
        async def execute(x: int, y: int) -> str:
            """Add two numbers.

            Args:
                x: One.
                y: Another.
            """
            if x == 13:
                from inspect_ai.tool import ToolError

                raise ToolError("13 is not added")
            return LONG if x == 7 else str(x + y)

        return execute

    @solver
    def remember():
        async def solve(state, generate):
            store().set("seen", {"n": 1, "list": [1, 2, None]})
            state.metadata["touched"] = True
            if "break" in state.input_text:
                raise RuntimeError("the solver broke: 坏了")
            return state

        return solve

    def call(x, y):
        output = ModelOutput.for_tool_call("mockllm/model", "add", {"x": x, "y": y})
        output.choices[0].message.tool_calls[0].id = f"call_{x}_{y}"
        return output

    def thinking(thought, text):
        output = ModelOutput.from_content("mockllm/model", text)
        thoughts = None
        if number(version) >= 70:
            from inspect_ai.model import ContentReasoning

            thoughts = ContentReasoning(reasoning=thought, signature="sig")
        output.choices[0].message.content = [*([thoughts] if thoughts else []), ContentText(text=text)]
        return output

    def cut(text):
        output = ModelOutput.from_content("mockllm/model", text)
        output.choices[0].stop_reason = "max_tokens"
        return output

    samples = [
        Sample(id="tools", input="What is 1 + 2?", target="3"),
        Sample(id="long/slash", input="What is 7 + 1?", target="8"),
        Sample(id="fails", input="What is 13 + 1?", target="14"),
        Sample(
            id="picture",
            input=[
                ChatMessageSystem(content="You see."),
                ChatMessageUser(content=[ContentText(text="Which colour?"), ContentImage(image=RED)]),
            ],
            target="red",
        ),
        Sample(id="broken", input="Please break.", target="x"),
        Sample(
            id="dialogue",
            input=[ChatMessageUser(content="hi"), ChatMessageAssistant(content="hello"), ChatMessageUser(content="say red")],
            target="red",
            choices=["red", "blue"],
            **({"sandbox": "local", "files": {"note.txt": "hello"}} if number(version) >= 60 else {}),
        ),
        Sample(id="endless", input="Go on.", target="x"),
    ]
    outputs = [
        call(1, 2), thinking("1 and 2 is 3", "3"),
        call(7, 1), thinking("long", "8"),
        call(13, 1), ModelOutput.from_content("mockllm/model", "It cannot be added."),
        thinking("it is red", "red"),
        cut("blu"),
        *[call(2, n) for n in range(6)],
    ]  # fmt: skip
    task = Task(
        dataset=MemoryDataset(samples, name="agent"),
        solver=[remember(), use_tools(add()), generate()],
        scorer=[includes(), model_graded_qa(model=mock(said(["Fine. GRADE: C", "No. GRADE: I", "?"] * 3), version))],
        name="agent",
        message_limit=8,
        fail_on_error=False,
    )
    eval(
        task,
        model=mock(outputs, version),
        log_dir=str(folder),
        log_format=log_format,
        display="none",
        max_samples=1,
        max_connections=1,
        **({"retry_on_error": 1} if number(version) >= 100 else {}),
    )


def interrupted(folder, version):
    """A run whose process dies at its third sample: what is flushed by then is all there is."""
    if os.fork() == 0:
        from inspect_ai import Task, eval
        from inspect_ai.dataset import MemoryDataset, Sample
        from inspect_ai.scorer import match
        from inspect_ai.solver import generate, solver

        asked = []

        @solver
        def die():
            async def solve(state, generate):
                asked.append(1)
                if len(asked) == 4:
                    await asyncio.sleep(3)  # the recorder writes in the background
                    os._exit(0)
                return state

            return solve

        samples = [Sample(id=f"q{n}", input=f"Question {n}", target="Default") for n in range(6)]
        eval(
            Task(dataset=MemoryDataset(samples, name="cut"), solver=[die(), generate()], scorer=match(location="begin"), name="interrupted"),
            model="mockllm/model", log_dir=str(folder), log_format="eval", display="none", max_samples=1, log_buffer=1,
        )  # fmt: skip
        os._exit(0)
    os.wait()


def edited(source, target):
    """A copy of a log with a score edited, one taken back, and a sample invalidated, as a person does it afterwards."""
    from inspect_ai.log import ProvenanceData, edit_score, invalidate_samples, read_eval_log, write_eval_log
    from inspect_ai.scorer import ScoreEdit

    log = read_eval_log(str(source))
    who = ProvenanceData(author="ann", reason="it was right")
    edit_score(log, 3, "includes", ScoreEdit(value="C", explanation="read again", provenance=who), epoch=1)
    uuid = next(each.uuid for each in log.samples if each.id == 4 and each.epoch == 1)
    log = invalidate_samples(log, [uuid], ProvenanceData(author="bob", reason="the question leaked"))
    write_eval_log(log, str(target))


def first_version(folder):
    """A log of the first versions, which had neither a mock model nor several scorers."""
    from inspect_ai import Task, eval
    from inspect_ai.dataset import MemoryDataset
    from inspect_ai.model import ModelAPI, ModelOutput, ModelUsage, modelapi
    from inspect_ai.scorer import includes
    from inspect_ai.solver import generate

    answers = iter(CAPITALS)

    @modelapi(name="canned")
    class Canned(ModelAPI):
        async def generate(self, input, tools, tool_choice, config):
            output = ModelOutput.from_content("canned/model", next(answers))
            output.usage = ModelUsage(input_tokens=10, output_tokens=5, total_tokens=15)
            return output

    samples = capital_samples()
    task = Task(dataset=MemoryDataset(samples, name="capitals"), plan=[generate()], scorer=includes(), name="capitals")
    eval(task, model="canned/model", log_dir=str(folder), max_connections=1, max_samples=1, epochs=2)


def count_words():
    """Counts tokens by blanks: the table Inspect counts by comes from the network."""
    try:
        import tiktoken
    except ModuleNotFoundError:
        return

    class Words:
        def encode(self, text, **_):
            return text.split()

        encode_ordinary = encode

    tiktoken.get_encoding = tiktoken.encoding_for_model = lambda name: Words()


def plain(path):
    """Takes this machine's folders, and tracebacks in colour, out of a log; its members stay packed as they were."""
    import re
    import zipfile

    places = {
        str(Path(sys.prefix)).encode(): b"/venv",
        str(Path(__file__).resolve().parents[2]).encode(): b"/assay",
        str(Path(sys.base_prefix)).encode(): b"/python",
    }
    colours = re.compile(rb"""("traceback_ansi":\s*)"(?:[^"\\]|\\.)*" """.strip())

    def clean(data):
        for there, here in places.items():
            data = data.replace(there, here)
        return colours.sub(rb"""\1"" """.strip(), data)

    if path.suffix == ".json":
        path.write_bytes(clean(path.read_bytes()))
        return
    with zipfile.ZipFile(path) as log:
        members = [(each, log.read(each)) for each in log.infolist()]
    with zipfile.ZipFile(path, "w") as log:
        for info, data in members:
            log.writestr(info.filename, clean(data), compress_type=info.compress_type)


def newest(folder):
    return max(folder.iterdir(), key=lambda each: each.stat().st_mtime_ns)


def main():
    asked = json.load(sys.stdin)
    folder = Path(asked["folder"])
    work = folder / "work"
    work.mkdir(parents=True, exist_ok=True)
    count_words()
    import inspect_ai

    version = inspect_ai.__version__.split("+")[0]
    made = {}
    if number(version) < 20:
        first_version(work)
        made["capitals.json"] = newest(work)
    else:
        for name, write in (("capitals", capitals), ("agent", agent)):
            for form in ("eval", "json"):
                if form == "json" and (name == "agent" and not asked["all"]):
                    continue
                write(work, form, version)
                made[f"{name}.{form}"] = newest(work)
        if asked["all"]:
            interrupted(work, version)
            made["interrupted.eval"] = newest(work)
            made["edited.eval"] = work / "edited.eval"
            edited(made["capitals.eval"], made["edited.eval"])
            from inspect_ai.log._recorders.chunked import convert_eval_logs_to_chunked

            convert_eval_logs_to_chunked(str(made["agent.eval"]), str(work / "chunked"), chunk_size=3, attachments_chunk_bytes=1000)
            made["chunked.eval"] = next((work / "chunked").iterdir())
    for name, path in made.items():
        path.replace(folder / name)
        plain(folder / name)
    print(json.dumps({"version": version, "files": sorted(made)}), file=sys.__stdout__)


if __name__ == "__main__":
    sys.stdout = sys.stderr
    main()
