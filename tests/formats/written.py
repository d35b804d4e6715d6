"""Result folders of other tools, written apart from the importers, from what the tools' documentation and source say of their layout."""

import json
from pathlib import Path
from typing import Any


def write_json(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=4), encoding="utf-8")
    return path


def write_lines(path: Path, rows: list[Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def write_opencompass(folder: Path, model: str, right: list[bool], *, details: str = "list", parts: int = 1) -> Path:
    """A generation run of OpenCompass on `sums`: predictions (in `parts` files) and a result with details as a list, an object, or without."""
    rows = [
        {
            "origin_prompt": [{"role": "HUMAN", "prompt": f"{n}加{n}是多少?"}],
            "prediction": f"是 {2 * n if ok else 7 * n + 1}",
            "gold": str(2 * n),
        }
        for n, ok in enumerate(right, 1)
    ]
    size = -(-len(rows) // parts)
    for part in range(parts):
        name = "sums.json" if parts == 1 else f"sums_{part}.json"
        chunk = rows[part * size : (part + 1) * size]
        write_json(folder / "predictions" / model / name, {str(n): row for n, row in enumerate(chunk)})
    result: dict[str, Any] = {"accuracy": 100 * sum(right) / len(right)}
    told = [{"pred": row["prediction"].split()[-1], "answer": row["gold"], "correct": ok} for row, ok in zip(rows, right, strict=True)]
    if details == "list":
        result["details"] = told
    elif details == "object":
        formatted = {
            str(n): {
                "prompt": row["origin_prompt"],
                "origin_prediction": row["prediction"],
                "predictions": each["pred"],
                "references": each["answer"],
                "correct": each["correct"],
            }
            for n, (row, each) in enumerate(zip(rows, told, strict=True))
        }
        result["details"] = {"type": "GEN", **formatted}
    write_json(folder / "results" / model / "sums.json", result)
    return folder


def write_opencompass_perplexity(folder: Path, model: str, right: list[bool]) -> Path:
    """A multiple-choice run of OpenCompass by perplexity, with details."""
    rows, details = {}, {"type": "PPL"}
    for n, ok in enumerate(right):
        labels = {
            f"label: {letter}": {"testing input": f"Q{n}? {letter}", "prompt": f"Q{n}? {letter}", "PPL": 2.0 + (letter != "A")}
            for letter in "AB"
        }
        rows[str(n)] = {**labels, "prediction": "A", "gold": "A" if ok else "B"}
        details[str(n)] = {
            "origin_prediction": {"A": {"PPL": 2.0}, "B": {"PPL": 3.0}},
            "predictions": "A",
            "references": "A" if ok else "B",
            "correct": ok,
        }  # type: ignore[assignment]
    write_json(folder / "predictions" / model / "choices.json", rows)
    write_json(folder / "results" / model / "choices.json", {"accuracy": 100 * sum(right) / len(right), "details": details})
    return folder


def helm_stat(name: str, value: float, count: int = 1) -> dict[str, Any]:
    return {
        "name": {"name": name, "split": "test"},
        "count": count,
        "sum": value * count,
        "sum_squared": value * value * count,
        "min": value,
        "max": value,
        "mean": value,
    }


def write_helm(folder: Path, model: str, right: list[bool], *, perturbed: bool = True) -> Path:
    """A HELM run of a multiple-choice scenario: every instance, and a misspelt copy of each."""
    arguments = f"subject=anatomy,method=multiple_choice_joint,model={model.replace('/', '_')}"
    spec = {
        "name": f"mmlu:{arguments}",
        "scenario_spec": {"class_name": "helm.MMLUScenario", "args": {"subject": "anatomy"}},
        "adapter_spec": {"method": "multiple_choice_joint", "model": model, "max_train_instances": 5, "temperature": 0.0, "max_tokens": 1},
        "metric_specs": [{"class_name": "helm.BasicMetric", "args": {"names": ["exact_match"]}}],
        "groups": ["mmlu", "mmlu_anatomy"],
    }
    states, stats = [], []
    for n, ok in enumerate(right):
        for perturbation in (None, {"name": "misspellings", "robustness": True})[: 1 + perturbed]:
            good = ok and not (perturbation and n % 5 == 0)
            instance = {
                "input": {"text": f"Which bone is number {n}?"},
                "references": [{"output": {"text": "femur"}, "tags": ["correct"]}, {"output": {"text": "ulna"}, "tags": []}],
                "split": "test",
                "id": f"id{n}",
                **({"perturbation": perturbation} if perturbation else {}),
            }
            states.append(
                {
                    "instance": instance,
                    "train_trial_index": 0,
                    "output_mapping": {"A": "femur", "B": "ulna"},
                    "request": {"model": model, "prompt": f"Question: Which bone is number {n}?\nAnswer:"},
                    "result": {
                        "success": True,
                        "cached": True,
                        "completions": [{"text": " A" if good else " B", "logprob": -0.1, "tokens": [{}]}],
                        "request_time": 0.5,
                    },
                    "num_train_instances": 5,
                    "prompt_truncated": False,
                }
            )
            row = {
                "instance_id": f"id{n}",
                "train_trial_index": 0,
                "stats": [
                    helm_stat("num_prompt_tokens", 40),
                    helm_stat("exact_match", float(good)),
                    helm_stat("quasi_exact_match", float(good)),
                ],
            }
            stats.append({**row, **({"perturbation": perturbation} if perturbation else {})})
    place = folder / f"mmlu:{arguments}"
    write_json(place / "run_spec.json", spec)
    write_json(place / "scenario_state.json", {"adapter_spec": spec["adapter_spec"], "request_states": states})
    write_json(place / "per_instance_stats.json", stats)
    write_json(place / "stats.json", [helm_stat("exact_match", sum(right) / len(right), len(right))])
    return place


def write_openai_evals(path: Path, model: str, right: list[bool]) -> Path:
    """The event log of a `Match` eval."""
    spec = {
        "completion_fns": [model],
        "eval_name": "sums.dev.v0",
        "base_eval": "sums",
        "split": "dev",
        "run_config": {"seed": 20220722, "max_samples": None},
        "created_by": "",
        "run_id": "2601",
        "created_at": "2026-01-02 03:04:05.678901",
    }
    rows: list[Any] = [{"spec": spec}]
    for n, ok in enumerate(right):
        common = {"run_id": "2601", "sample_id": f"sums.dev.{n}", "created_by": "", "created_at": "2026-01-02 03:04:06+00:00"}
        prompt = [{"role": "system", "content": "只答数字"}, {"role": "user", "content": f"{n}+{n}"}]
        said = str(2 * n if ok else 9999)
        rows.append({**common, "event_id": 2 * n, "type": "sampling", "data": {"prompt": prompt, "sampled": [said]}})
        rows.append(
            {
                **common,
                "event_id": 2 * n + 1,
                "type": "match",
                "data": {"correct": ok, "expected": str(2 * n), "picked": said if ok else None, "sampled": said, "options": [str(2 * n)]},
            }
        )
    rows.append({"final_report": {"accuracy": sum(right) / len(right), "boostrap_std": 0.05}})
    return write_lines(path, rows)


def write_evalscope(folder: Path, model: str, right: list[bool]) -> Path:
    """The output folder of EvalScope 1: two subsets of one benchmark."""
    for subset, own in (("main", right[::2]), ("socratic", right[1::2])):
        predictions, reviews = [], []
        for n, ok in enumerate(own):
            messages = [{"role": "user", "content": f"{subset} {n} 题"}]
            output = {
                "model": model,
                "choices": [
                    {
                        "message": {
                            "role": "assistant",
                            "content": [
                                {"type": "reasoning", "reasoning": "想"},
                                {"type": "text", "text": f"ANSWER: {n if ok else n + 1}"},
                            ],
                        },
                        "stop_reason": "stop",
                    }
                ],
                "usage": {"input_tokens": 9, "output_tokens": 4, "total_tokens": 13},
                "time": 0.25,
            }
            predictions.append({"index": n, "model": model, "model_output": output, "messages": messages, "metadata": {"level": n % 2}})
            score = {
                "value": {"acc": float(ok)},
                "extracted_prediction": str(n if ok else n + 1),
                "prediction": f"ANSWER: {n if ok else n + 1}",
                "explanation": None,
                "metadata": {},
                "main_score_name": "acc",
            }
            reviews.append(
                {
                    "index": n,
                    "target": [str(n)],
                    "messages": messages,
                    "sample_score": {"score": score, "sample_id": n, "group_id": n, "sample_metadata": {"level": n % 2}},
                }
            )
        write_lines(folder / "predictions" / model / f"gsm8k_{subset}.jsonl", predictions)
        write_lines(folder / "reviews" / model / f"gsm8k_{subset}.jsonl", reviews)
    report = {
        "name": f"{model}@gsm8k",
        "dataset_name": "gsm8k",
        "model_name": model,
        "score": sum(right) / len(right),
        "metrics": [{"name": "mean_acc", "num": len(right), "score": sum(right) / len(right), "categories": []}],
    }
    write_json(folder / "reports" / model / "gsm8k.json", report)
    return folder


def write_old_evalscope(folder: Path, model: str, right: list[bool]) -> Path:
    """The reviews of EvalScope 0."""
    rows = [
        {
            "answer_id": f"answer-{n}",
            "index": n,
            "model": model,
            "object": "chat.completion",
            "reviewed": True,
            "raw_input": {"question": f"{n}?", "level": "easy" if n % 2 else "hard"},
            "choices": [
                {
                    "index": 0,
                    "finish_reason": "stop",
                    "message": {"role": "assistant", "content": f"It is {n}"},
                    "review": {"gold": str(n), "pred": str(n if ok else 0), "result": ok},
                }
            ],
        }
        for n, ok in enumerate(right, 1)
    ]
    write_lines(folder / "reviews" / model / "arc_ARC-Easy.jsonl", rows)
    write_json(
        folder / "reports" / model / "arc.json", {"name": "x", "dataset_name": "arc", "model_name": model, "score": 0.5, "metrics": []}
    )
    return folder


def write_details(folder: Path, model: str, right: list[bool], *, newer: bool = True) -> Path:
    """Details of lighteval as Parquet: its newer layout (doc, model_response, metric) or that of the first Open LLM Leaderboard."""
    import duckdb

    rows = []
    for n, ok in enumerate(right):
        nats = [-1.0, -2.0] if ok else [-2.0, -1.0]
        if newer:
            doc = {"query": f"第{n}题?", "choices": ["对", "错"], "gold_index": [0], "task_name": "lighteval|yesno|0", "id": str(n)}
            response = {"input": f"第{n}题?", "text": [""], "logprobs": nats, "argmax_logits_eq_gold": [ok, False]}
            rows.append({"doc": doc, "model_response": response, "metric": {"acc": float(ok), "acc_norm": float(ok)}})
        else:
            rows.append(
                {
                    "example": f"第{n}题?",
                    "full_prompt": f"第{n}题?",
                    "choices": ["对", "错"],
                    "gold": 0,
                    "predictions": nats,
                    "acc": float(ok),
                    "acc_norm": float(ok),
                    "truncated": 0,
                }
            )
    where = folder / "details" / model / "2026-01-02T03-04-05.678901"
    where.mkdir(parents=True)
    lines = write_lines(where / "rows.jsonl", rows)
    path = where / "details_lighteval|yesno|0_2026-01-02T03-04-05.678901.parquet"
    duckdb.sql(f"COPY (SELECT * FROM read_json('{lines}', format='newline_delimited')) TO '{path}' (FORMAT parquet)")
    lines.unlink()
    return folder
