"""Every error has a sentence in both languages, and a Chinese one names only values that its raiser passes."""

from __future__ import annotations

import ast
import re
import string
from collections import defaultdict
from pathlib import Path

import pytest

import goldloop
from goldloop.cli.words import Words, language, messages
from goldloop.core.errors import GoldloopError

SRC = Path(goldloop.__file__).parent
OWN = {"given", "allowed", "todo"}


def raised() -> dict[str, list[set[str]]]:
    """Error code -> the names of the values of each place that raises it."""
    found: dict[str, list[set[str]]] = defaultdict(list)
    for path in SRC.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            first, called = node.args[0], ast.unparse(node.func)
            name = called.rpartition(".")[2]
            is_error = name.endswith(("Error", "WorkFailed")) or called == "super().__init__"
            if is_error and isinstance(first, ast.Constant) and isinstance(first.value, str):
                found[first.value].append({k.arg for k in node.keywords if k.arg})
    return found


RAISED = raised()


def names_in(template: str) -> set[str]:
    return {name.partition(".")[0] for _, name, _, _ in string.Formatter().parse(template) if name}


def test_every_code_has_a_chinese_sentence() -> None:
    catalogue = messages()["error"]  # the English one is written by whoever raises it
    assert sorted(code for code in RAISED if "zh" not in catalogue.get(code, {})) == []


def prose() -> dict[str, str]:
    """Error code -> what is allowed, where a place that raises it says so in English words."""
    found = {}
    for path in SRC.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            for said in (k.value for k in getattr(node, "keywords", ()) if k.arg == "allowed"):
                parts = said.values if isinstance(said, ast.JoinedStr) else [said]
                text = "".join(p.value for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str))
                if re.search(r"[a-z]{2,} |^[a-z ]{3,}$", text) and isinstance(node.args[0], ast.Constant):
                    found[node.args[0].value] = text
    return found


def test_words_of_what_is_allowed_are_translated() -> None:
    said = prose()
    assert said["archive_nested"] == "one level of ZIP"
    assert sorted(code for code in said if "allowed_zh" not in messages()["error"].get(code, {})) == []
    error = GoldloopError("archive_nested", "x", allowed="one level of ZIP", file="a")
    assert (Words("zh").allowed(error), Words("en").allowed(error)) == ("一层 ZIP", "one level of ZIP")
    assert Words("zh").allowed(GoldloopError("store_unknown", "x", allowed=["A"])) == ["A"]


def test_the_columns_of_every_template_are_explained_in_chinese() -> None:
    from goldloop.connectors.templates import template_columns
    from goldloop.lake.schema import FILLED

    said = {text: Words("zh").meaning(text) for table in FILLED.values() for text in template_columns(table).values()}
    assert [
        text for text, chinese in said.items() if not re.search(r"[\u4e00-\u9fff。]", chinese) or "Required" in chinese
    ] == []
    assert said["Units paid. (whole number, units)"] == "支付件数。（整数，件）"
    assert said["Day of the rate. (2026-10-01) Required."] == "汇率日期。（2026-10-01）必填。"


def test_one_thing_is_not_several() -> None:
    assert Words("en")("ignored", count=1) == "1 row set aside"
    assert Words("en")("ignored", count=11) == "11 rows set aside"


def test_the_catalogue_holds_no_code_that_nobody_raises() -> None:
    source = "\n".join(path.read_text("utf-8") for path in SRC.rglob("*.py"))
    assert sorted(code for code in messages()["error"] if f'"{code}"' not in source) == []


@pytest.mark.parametrize("code", sorted(RAISED))
def test_chinese_sentences_name_only_values_that_are_passed(code: str) -> None:
    entry = messages()["error"].get(code, {})
    passed = set.intersection(*RAISED[code]) | OWN
    for key in ("zh", "todo_zh", "allowed_zh"):
        assert names_in(entry.get(key, "")) <= passed, key


def test_every_issue_of_a_row_has_a_chinese_sentence() -> None:
    from goldloop.connectors.issues import TEXTS

    catalogue = messages()["issue"]
    assert sorted(code for code in TEXTS if not {"zh", "todo_zh"} <= set(catalogue.get(code, {}))) == []
    for code, sentences in TEXTS.items():
        said = set().union(*(names_in(s) for s in sentences)) | {"raw", "column"}
        assert names_in(catalogue[code]["zh"]) | names_in(catalogue[code]["todo_zh"]) <= said, code


def test_labels_have_both_languages_and_the_same_values() -> None:
    for key, words in messages()["label"].items():
        assert set(words) == {"en", "zh"}, key
        assert names_in(words["en"]) == names_in(words["zh"]), key


def test_all_help_is_translated() -> None:
    from goldloop.cli.app import application

    tree = application(Words("en"))
    said: set[str] = set()

    def look(command) -> None:
        said.add(command.help)
        said.update(param.help for param in command.params if getattr(param, "help", None))
        for child in getattr(command, "commands", {}).values():
            look(child)

    look(tree)
    said -= {"", None, "Show this message and exit."}
    assert sorted(said - set(messages()["help"])) == []


def test_a_sentence_is_built_from_its_values() -> None:
    error = GoldloopError("store_unknown", "There is no store 'x'.", given="x", todo="goldloop store list", name="x")
    assert Words("zh").error(error) == "没有店铺“x”。"
    assert Words("en").error(error) == "There is no store 'x'."
    assert Words("zh").todo(error) == "goldloop store list"


def test_an_unknown_code_falls_back_to_english() -> None:
    assert Words("zh").error(GoldloopError("never_heard_of", "Something.")) == "Something."


@pytest.mark.parametrize(
    ("given", "environment", "expected"),
    [
        ("zh", {}, "zh"),
        ("", {"GOLDLOOP_LANG": "zh", "LANG": "en_US.UTF-8"}, "zh"),
        ("en", {"GOLDLOOP_LANG": "zh"}, "en"),
        ("", {"LANG": "zh_CN.UTF-8"}, "zh"),
        ("", {"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, "en"),
        ("", {}, "en"),
    ],
)
def test_the_language_is_as_said(
    given: str, environment: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GOLDLOOP_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert language(given) == expected
