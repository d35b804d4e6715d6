"""What Inspect's own reader tells of logs: paths on standard input, header and samples of each on standard output.

Events and attachments are left out (texts are where they belong); so is what says nothing.
"""

import json
import sys


def main():
    asked = json.load(sys.stdin)
    from inspect_ai.log import read_eval_log, read_eval_log_sample_summaries, write_eval_log

    found = {}
    for path in asked["logs"]:
        log = read_eval_log(path, resolve_attachments=True)
        plain = json.loads(log.model_dump_json())
        for sample in plain["samples"] or ():
            for name in ("attachments", "events_data", "timelines", *(() if asked.get("events") else ("events",))):
                sample.pop(name, None)
        found[path] = {
            "header": {name: said(value) for name, value in plain.items() if name not in ("samples", "location")},
            "samples": [said(each) for each in plain["samples"] or ()],
            "summaries": len(read_eval_log_sample_summaries(path)) if path.endswith(".eval") else None,
        }
        if asked.get("rewrite"):
            write_eval_log(log, path.replace(".eval", ".again.eval"))
    json.dump(found, sys.__stdout__)


def said(value):
    """A value without its empty parts; numbers that are none by their names."""
    if isinstance(value, dict):
        inner = {key: said(each) for key, each in value.items()}
        return {key: each for key, each in inner.items() if each is not None and each != [] and each != {}}
    if isinstance(value, list):
        return [said(each) for each in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    return value


if __name__ == "__main__":
    sys.stdout = sys.stderr
    main()
