"""Mistakes in a command line are told in Chinese, too."""

from __future__ import annotations

import pytest

from goldloop.cli import main


@pytest.mark.parametrize("line", ["--help", "import --help", "store --help", "store add --help", "store"])
def test_the_frame_of_help_is_chinese(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--lang", "zh", *line.split()])
    shown = capsys.readouterr().out
    assert shown.startswith("用法：goldloop ")
    for english in ("Usage", "Options", "OPTIONS", "Commands", "Arguments", "[required]", "[default", "Show this"):
        assert english not in shown
    main(["--lang", "en", *line.split()])
    assert "Show this message and exit." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("store add", "缺少参数 name。"),
        ("store add B", "缺少选项 --platform。"),
        ("nothing", "没有命令“nothing”。"),
        ("store list --wrong", "没有选项 --wrong（可能是 "),
        ("store list x y", "多余的参数：x y。"),
        ("import a --interval abc", "--interval 要写数字，不是 'abc'。"),
        ("import a --interval 0", "--interval 的值 0.0 超出范围 x>=0.1。"),
        ("import --interval", "选项 --interval 后面要有值。"),
        ("import a --watch=3", "选项 --watch 后面不能有值。"),
        ("quarantine list --state moon", "--state 没有 'moon'，可以是 'open', 'fixed', 'ignored', 'all'。"),
        ("imports show x", "id 要写整数，不是 'x'。"),
    ],
)
def test_a_mistake_is_told_in_chinese(line: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--lang", "zh", *line.split()]) == 2
    told = capsys.readouterr().err.replace("\n", "").replace("│", "")
    assert said.replace(" ", "") in told.replace(" ", "")
    assert "命令写法有误" in told
