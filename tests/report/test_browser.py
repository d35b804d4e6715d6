"""The page in a real browser: nothing is wider than a phone, and it prints on few sheets."""

import html
import re
import shutil
import subprocess

import msgspec
import pytest

from assay.report import Report, render_html

BROWSER = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--hide-scrollbars")  # fmt: skip

pytestmark = [pytest.mark.slow, pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")]


@pytest.fixture(scope="module")
def page(scene):
    return render_html(
        Report(
            results=scene.results, manifests=scene.manifests, examples=scene.examples, comparisons=scene.comparisons(), flips=scene.flips()
        )
    )


@pytest.fixture(scope="module")
def long_names(scene):
    """Nine models with the names that clouds give them, on the same tasks."""
    names = [f"openai-compatible/accounts/fireworks/models/llama-v3p{each}-405b-instruct-long-context" for each in range(9)]
    results = [
        msgspec.structs.replace(each, model=name, run_dir=f"{each.run_dir}-{at}", scenario="instruction_following_and_format")
        for at, name in enumerate(names)
        for each in scene.results[:5]
    ]
    return render_html(Report(results=results))


def browse(tmp_path, *options):
    done = subprocess.run(
        [BROWSER, *QUIET, f"--user-data-dir={tmp_path / 'profile'}", *options], capture_output=True, timeout=120, check=True
    )
    return done.stdout.decode()


@pytest.mark.parametrize("opened", [False, True])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("which", ["page", "long_names"])
def test_nothing_is_wider_than_the_screen(request, tmp_path, which, width, opened):
    """Measured in a frame, from outside: the page itself lets no script run, so its policy is taken out."""
    page = request.getfixturevalue(which)
    text = re.sub(r"<meta http-equiv[^>]*>", "", page)
    text = re.sub(r"<details( class=\"\w+\")?( open)?>", r"<details\1 open>", text) if opened else text
    script = "document.title='width '+document.querySelector('iframe').contentDocument.documentElement.scrollWidth"
    frame = f'<iframe style="width:{width}px;border:0" srcdoc="{html.escape(text)}" onload="{script}"></iframe>'
    (tmp_path / f"{which}.html").write_text(page, encoding="utf-8")
    (tmp_path / "frame.html").write_text(f"<!doctype html><title>none</title>{frame}", encoding="utf-8")
    shown = browse(tmp_path, "--virtual-time-budget=5000", "--dump-dom", (tmp_path / "frame.html").as_uri())
    assert re.search(r"<title>width (\d+)</title>", shown)[1] == str(width)


def test_it_prints_on_few_sheets(page, tmp_path):
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    browse(tmp_path, "--no-pdf-header-footer", f"--print-to-pdf={tmp_path / 'page.pdf'}", (tmp_path / "page.html").as_uri())
    assert 1 <= len(re.findall(rb"/Type ?/Page\b", (tmp_path / "page.pdf").read_bytes())) <= 15
