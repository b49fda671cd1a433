"""What is wrong with a command line, and the frame of its help, in Chinese; the parser's own words are English."""

from __future__ import annotations

import re

_SENTENCES = (
    (r"Missing command\.", "缺少命令。"),
    (r"Missing argument '(.+)'\.", "缺少参数 {0}。"),
    (r"Missing option '(.+)'\.", "缺少选项 {0}。"),
    (r"No such command '(.+)'\..*", "没有命令“{0}”。"),
    (r"No such option: (\S+) \(Possible options: (.+)\)", "没有选项 {0}（可能是 {1}）。"),
    (r"No such option: (\S+).*", "没有选项 {0}。"),
    (r"Got unexpected extra arguments?(?:\(s\))? \((.+)\)", "多余的参数：{0}。"),
    (r"Option '(.+)' requires an argument\.", "选项 {0} 后面要有值。"),
    (r"Option '(.+)' does not take a value\.", "选项 {0} 后面不能有值。"),
    (r"Invalid value for '(.+)': (.+) is not in the range (.+)\.", "{0} 的值 {1} 超出范围 {2}。"),
    (r"Invalid value for '(.+)': (.+) is not one of (.+)\.", "{0} 没有 {1}，可以是 {2}。"),
    (r"Invalid value for '(.+)': (.+) is not a valid int(?:eger)?(?: range)?\.", "{0} 要写整数，不是 {1}。"),
    (r"Invalid value for '(.+)': (.+) is not a valid float(?: range)?\.", "{0} 要写数字，不是 {1}。"),
    (r"Invalid value for '(.+)': (.+)", "{0} 的值不可用：{1}"),
)


_FRAME = (
    (r"^Usage: ", "用法："),
    (r"\[OPTIONS\]", "[选项]"),
    (r"COMMAND \[ARGS\]\.\.\.", "命令 [参数]..."),
    (r"^Options:$", "选项："),
    (r"^Arguments:$", "参数："),
    (r"^Commands:$", "命令："),
    (r"Show this message and exit\.", "显示本说明。"),
    (r"\[required\]$", "[必填]"),
    (r"\[default:\s+(.*)\]$", r"[默认：\1]"),
)


def help_in_chinese(text: str) -> str:
    """A page of help whose headings are Chinese; what its commands say of themselves is left alone.

    >>> help_in_chinese("Usage: goldloop [OPTIONS] COMMAND [ARGS]...")
    '用法：goldloop [选项] 命令 [参数]...'
    """
    for pattern, words in _FRAME:
        text = re.sub(pattern, words, text, flags=re.MULTILINE)
    return text


def in_chinese(message: str) -> str:
    """The parser's sentence in Chinese; one that is not known stays as it is.

    >>> in_chinese("Missing option '--platform'."), in_chinese("Something else.")
    ('缺少选项 --platform。', 'Something else.')
    """
    for pattern, sentence in _SENTENCES:
        if found := re.fullmatch(pattern, message, re.DOTALL):
            return sentence.format(*found.groups())
    return message
