"""UX-04: every page speaks both languages: all keys in both, no text in a template that is not in the catalogue."""

from __future__ import annotations

import re
import string
from pathlib import Path

from goldloop.web.words import LANGUAGES, catalogue

WEB = Path(__file__).parents[2] / "src" / "goldloop" / "web"
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))


def test_every_word_is_there_in_both_languages_with_the_same_names() -> None:
    for key, texts in catalogue().items():
        assert set(texts) == set(LANGUAGES), key
        assert all(texts.values()), key
        names = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in texts.values()]
        assert names[0] == names[1], key


def test_templates_and_views_name_words_that_exist() -> None:
    used = set()
    for template in TEMPLATES:
        used |= set(re.findall(r"""\{% t ["']([\w.]+)["']""", template.read_text("utf-8")))
    for view in sorted(WEB.glob("*.py")):
        used |= set(re.findall(r"""\bword\(\s*"([\w.]+)\"""", view.read_text("utf-8")))
    assert len(used) > 100
    known = set(catalogue())
    # `{% t "people.right_"|add:one %}` names the beginning of a key
    assert {
        one for one in used - known if not one.endswith("_") or not any(key.startswith(one) for key in known)
    } == set()


def test_templates_hold_no_text_of_their_own() -> None:
    for template in TEMPLATES:
        text = template.read_text("utf-8")
        text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "", text, flags=re.S)
        text = re.sub(r"<(script|style)\b.*?</\1>", "", text, flags=re.S)
        shown = re.sub(r"<[^>]*>|&\w+;", " ", text)
        assert not re.search(r"[\u4e00-\u9fff]", shown.replace("中文", "")), template.name
        words = [one for one in re.findall(r"[A-Za-z]{2,}", shown) if one not in ("English", "Ctrl", "Enter")]
        assert words == [], (template.name, words)


def test_templates_obey_the_content_security_policy() -> None:
    for template in TEMPLATES:
        text = re.sub(r"\{%.*?%\}", "", template.read_text("utf-8"))
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", text), template.name
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text)), template.name
        assert not re.search(r"""(src|href|action)=["']https?:""", text), template.name
