"""Draw the pictures of README and docs from a real run: `python tools/pictures.py`. The terminal as SVG, the report as PNG (needs Chromium).

They are the output of `assay demo`: the embedded model's last four checkpoints on the built-in suite. Draw them again when the weights, the suite or the looks change.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path

from rich.console import Console

from assay import report
from assay.api import compare_results, load_runs, resolve_tasks, write_report
from assay.store import list_runs

IMAGES = Path(__file__).parents[1] / "docs" / "images"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDTH, HEIGHT = 1160, 1180
# rich's own template, with no font from a network.
SVG = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" role="img" aria-label="Output of assay demo: a table of estimates with intervals" xmlns="http://www.w3.org/2000/svg">
<style>.{unique_id}-matrix {{ font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
{styles}</style>
<defs><clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" /></clipPath>
{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">{backgrounds}<g class="{unique_id}-matrix">{matrix}</g></g>
</svg>
"""


def main() -> int:
    """Run the demo in a folder of its own and draw what it shows."""
    assay = shutil.which("assay", path=str(Path(sys.executable).parent)) or "assay"
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        subprocess.run([assay, "demo"], cwd=place, check=True)
        runs = [run.path for run in list_runs(f"{place}/runs") if run.result is not None]
        draw_terminal(runs[::-1], IMAGES / "terminal.svg")
        draw_report(runs[::-1], Path(place) / "report.html", IMAGES / "report.png")
    for path in sorted(IMAGES.iterdir()):
        print(f"{path.name:<16} {path.stat().st_size / 1000:,.0f} kB")
    return 0


def in_order(places: list[str]) -> tuple[list, list]:
    """Results and manifests, models in order of training, tasks in order of the suite."""
    results, manifests = load_runs(places)
    tasks = [task.name for task in resolve_tasks(["builtin"])]
    pairs = sorted(zip(results, manifests, strict=True), key=lambda pair: (pair[0].model, tasks.index(pair[0].task)))
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def draw_terminal(places: list[str], path: Path) -> None:
    """The table of `assay demo`, 120 columns wide."""
    results, manifests = in_order(places)
    models = list(dict.fromkeys(result.model for result in results))
    comparisons = compare_results(results)
    console = Console(record=True, width=120, file=StringIO(), force_terminal=True, color_system="truecolor")
    console.print(f"[bold]$ assay run builtin[/] {' '.join(f'-m {model}' for model in models)}\n", highlight=False)
    table = report.terminal_table(results, manifests=manifests, comparisons=comparisons, report="runs/report.html", pairs="last")
    console.print(table)
    path.write_text(console.export_svg(title="assay demo", code_format=SVG, unique_id="assay"), encoding="utf-8")


def draw_report(places: list[str], page: Path, path: Path) -> None:
    """The first screen of the HTML report."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        print("No Chromium here: report.png is left as it is.", file=sys.stderr)
        return
    write_report(*in_order(places), str(page))
    flags = ["--headless", "--disable-gpu", "--hide-scrollbars", f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={path}"]
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    subprocess.run([browser, *flags, *root, page.as_uri()], check=True, capture_output=True, timeout=120)


if __name__ == "__main__":
    sys.exit(main())
