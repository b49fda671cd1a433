"""Every guide is run as it is printed: its commands in order, in an empty home, with the answers it shows.

In a guide, a block ```` ```console ```` holds commands (`$ ...`) and, below each, lines of its answer; every printed line
must stand in the real answer, in that order, blanks aside; `...` stands for lines, or the rest of a line, left out.
```` ```console refused ```` means that the commands end with an error. ```` ```python ```` is run too. A block with
`title="NAME"` is a file that the reader saves under that name. A Chinese guide is run in a Chinese terminal. The demo is
made once for all guides, by the command that they print, and copied.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.commands import goldloop_on_path
from tests.commands.demo import COMMAND, made_demo

ROOT = Path(__file__).resolve().parents[2]
GUIDES = sorted((ROOT / "docs" / "guides").glob("*.md"))
FENCE = re.compile(r"^```(?P<info>[^\n`]+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Step:
    """One command of a guide with the lines it shows."""

    command: str
    shown: tuple[str, ...]
    refused: bool


def squeezed(line: str) -> str:
    """The words of a line: frames of tables and runs of blanks do not matter."""
    return " ".join(re.sub(r"[│┃|─━┄┏┓┗┛┡┩└┘┌┐├┤┬┴┼╇╈]+", " ", line).split())


def steps_of(body: str, refused: bool) -> list[Step]:
    steps: list[Step] = []
    for line in body.splitlines():
        if line.startswith("$ "):
            steps.append(Step(line[2:], (), refused))
        elif steps and steps[-1].command.endswith("\\"):
            steps[-1] = Step(steps[-1].command[:-1] + line.strip(), (), refused)
        elif steps and (text := squeezed(line)) and text != "...":
            steps[-1] = Step(steps[-1].command, (*steps[-1].shown, text), refused)
    return steps


@pytest.fixture(scope="module", autouse=True)
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A `goldloop` in front of the path that starts fast."""
    with goldloop_on_path(tmp_path_factory) as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", os.pathsep.join((folder, str(Path(sys.executable).parent), os.environ["PATH"])))
        yield


def environment(place: Path, locale: str) -> dict[str, str]:
    """An environment with an empty home and a wide, plain terminal."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GOLDLOOP_", "LC_", "LANG"))}
    home = {"HOME": str(place), "GOLDLOOP_HOME": str(place / "home")}
    return {**kept, **home, "COLUMNS": "160", "NO_COLOR": "1", "TERM": "dumb", "LANG": locale, "PYTHONUTF8": "1"}


def run(step: Step, place: Path, locale: str = "C.UTF-8", demo: Callable[[], Path] | None = None) -> None:
    if step.command == COMMAND and demo is not None:
        shutil.copytree(demo(), place / "demo")
        return
    done = subprocess.run(
        step.command, shell=True, cwd=place, env=environment(place, locale), capture_output=True, text=True, check=False
    )
    answer = done.stdout + done.stderr
    assert (done.returncode != 0) == step.refused, f"$ {step.command}\nended with {done.returncode}\n{answer}"
    rest = [squeezed(line) for line in answer.splitlines()]
    for line in step.shown:
        whole, start = line.removesuffix("...") == line, line.removesuffix("...").strip()
        found = next((i for i, real in enumerate(rest) if (real == line if whole else real.startswith(start))), None)
        assert found is not None, f"$ {step.command}\ndoes not print (or not in this order): {line}\n{answer}"
        rest = rest[found + 1 :]


@pytest.mark.journey
@pytest.mark.parametrize("guide", GUIDES, ids=lambda p: p.name)
def test_guide_runs_as_printed(guide: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    locale = "zh_CN.UTF-8" if guide.stem.endswith(".zh-CN") else "en_US.UTF-8"
    ran = 0
    for fence in FENCE.finditer(guide.read_text("utf-8")):
        info, body = fence["info"], fence["body"]
        if title := re.search(r'title="([^"]+)"', info):
            (tmp_path / title[1]).parent.mkdir(exist_ok=True)
            (tmp_path / title[1]).write_text(body, "utf-8")
        elif info.startswith("console"):
            for step in steps_of(body, refused="refused" in info):
                run(step, tmp_path, locale, lambda: made_demo(tmp_path_factory))
                ran += 1
        elif info == "python":
            run_python(body, tmp_path)
    assert ran


def run_python(code: str, place: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=place,
        env=environment(place, "C.UTF-8"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.journey
@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_python_of_the_readme_runs(name: str, tmp_path: Path) -> None:
    sample = ROOT / "tests" / "data" / "samples" / "shopify_orders_export.csv"
    for command in (
        "goldloop store add S --platform shopify --currency USD --timezone America/New_York",
        f"goldloop import {sample} --store S",
    ):
        run(Step(command, (), refused=False), tmp_path)
    blocks = [f["body"] for f in FENCE.finditer((ROOT / name).read_text("utf-8")) if f["info"] == "python"]
    assert blocks
    for block in blocks:
        run_python(block, tmp_path)


def commands_in(guide: Path) -> list[str]:
    blocks = (f for f in FENCE.finditer(guide.read_text("utf-8")) if f["info"].startswith("console"))
    return [step.command for block in blocks for step in steps_of(block["body"], refused=False)]


@pytest.mark.parametrize("guide", [g for g in GUIDES if not g.stem.endswith(".zh-CN")], ids=lambda p: p.name)
def test_both_languages_show_the_same_commands(guide: Path) -> None:
    chinese = guide.with_name(f"{guide.stem}.zh-CN.md")
    assert commands_in(chinese) == commands_in(guide)


def test_readmes_hold_the_same() -> None:
    english, chinese = (ROOT / name for name in ("README.md", "README.zh-CN.md"))
    assert commands_in(english) == commands_in(chinese)
    links = re.compile(r"\]\(([^)#]+)\)")

    def targets(path: Path) -> list[str]:
        return sorted(t.replace(".zh-CN", "") for t in links.findall(path.read_text("utf-8")) if "README" not in t)

    assert targets(english) == targets(chinese)
    assert english.read_text("utf-8").count("\n## ") == chinese.read_text("utf-8").count("\n## ")


@pytest.mark.parametrize(
    "text", sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]), ids=lambda p: str(p.relative_to(ROOT))
)
def test_links_lead_somewhere(text: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", text.read_text("utf-8"))
    assert [t for t in targets if not (text.parent / t).exists()] == []
