"""Every figure is defined once, explained, and has a hand-written check query."""

from __future__ import annotations

import pytest
from tests.metrics.checks import CHECKED, ESTIMATED

from goldloop.core.formula import IDENTITIES
from goldloop.metrics.cuts import CUTS
from goldloop.metrics.definitions import DEFAULT, FIGURES, FigureUnknown, closure, figure, parts_of
from goldloop.metrics.reasons import NOTES, REASONS


def test_every_figure_has_a_hand_written_check():
    assert set(FIGURES) - CHECKED - ESTIMATED == set()


def test_every_figure_is_explained_in_both_languages():
    for f in FIGURES.values():
        assert f.zh and f.en and f.formula and f.doc.endswith(".") and f.needs, f.name
    for c in CUTS.values():
        assert c.zh and c.en and c.doc.endswith("."), c.name
    for code, words in {**REASONS, **NOTES}.items():
        assert set(words) == {"en", "zh"}, code


def test_identities_speak_of_known_figures():
    for identity in IDENTITIES:
        assert identity.total in FIGURES
        assert all(f in FIGURES for term in identity.terms for f in term)


def test_inputs_come_before_what_is_made_of_them():
    order = [f.name for f in closure(("contribution", "buyer_value"))]
    assert order.index("gmv") < order.index("net") < order.index("contribution")
    assert "visitors" in parts_of(DEFAULT)


def test_an_unknown_figure_names_the_nearest():
    with pytest.raises(FigureUnknown) as caught:
        figure("gmvv")
    assert caught.value.code == "figure_unknown"
    assert "gmv" in caught.value.allowed
