"""What lm-eval asks a server and scores on tasks of a folder: prompts as the server saw them, and its numbers. JSON in, JSON out."""

import contextlib
import json
import logging
import os
import sys
import tempfile
import urllib.request
from pathlib import Path

GIVEN = json.load(sys.stdin)
os.environ.update(HF_HUB_OFFLINE="1", HF_HOME=tempfile.mkdtemp(), TOKENIZERS_PARALLELISM="false", TQDM_DISABLE="1")
os.chdir(GIVEN["folder"])


def seen() -> list:
    """What the server was asked since the last time."""
    with urllib.request.urlopen(f"{GIVEN['url']}/seen") as answer:
        return json.load(answer)["seen"]


def run(name: str, flags: dict, *, chat: bool) -> dict:
    """One task or group."""
    import lm_eval
    from lm_eval.tasks import TaskManager

    route = "chat/completions" if chat else "completions"
    arguments = {"model": "oracle", "base_url": f"{GIVEN['url']}/{route}"}
    if not chat:
        arguments |= {"tokenizer_backend": "remote", "tokenized_requests": False}
    found = lm_eval.simple_evaluate(
        model="local-chat-completions" if chat else "local-completions",
        model_args=arguments,
        tasks=[name],
        task_manager=TaskManager(include_path=GIVEN["folder"], include_defaults=False),
        bootstrap_iters=0,
        apply_chat_template=chat,
        log_samples=False,
        **flags,
    )
    numbers = {**found["results"], **found.get("groups", {})}
    return {
        "seen": seen(),
        "results": {
            task: {key: float(value) for key, value in row.items() if "," in key and "stderr" not in key} for task, row in numbers.items()
        },
    }


def main() -> None:
    """Every task; and where the tasks lie that come with lm-eval."""
    import lm_eval.tasks

    logging.disable(logging.WARNING)
    out = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):
        seen()
        rows = {name: run(name, {}, chat=False) for name in GIVEN["plain"]}
        rows |= {name: run(name, flags, chat=True) for name, flags in GIVEN["chat"].items()}
    json.dump({"tasks": rows, "folder": str(Path(lm_eval.tasks.__file__).parent)}, out)


main()
