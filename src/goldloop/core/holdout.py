"""Who is held out of a wave: drawn by a hash, so that the same person is always drawn alike, whoever asks and how often."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from goldloop.core.errors import GoldloopError

Keys = Sequence[str]
Bools = NDArray[np.bool_]
MOST = 0.5  # largest share that may be held out
_WHOLE = 1 << 64


def persons(keys: Keys, merged: Mapping[str, str]) -> list[str]:
    """The person of each key: `merged` gives the smallest key of those that are one person; other keys are their own.

    >>> persons(["b", "c"], {"a": "a", "b": "a"})
    ['a', 'c']
    """
    return [merged.get(key, key) for key in keys] if merged else list(keys)


def held_out(people: Keys, salt: str, share: float) -> Bools:
    """Which people are held out: those whose hash, keyed by `salt`, lies in the first `share` (0 to 0.5) of all hashes.

    A larger share holds out the same people and more; another salt draws independently. Raises `holdout_share`.

    >>> held_out(["a", "b", "c", "d"], "wave-1", 0.5).tolist()
    [True, True, False, False]
    """
    if not 0 <= share <= MOST:
        raise GoldloopError(
            "holdout_share", "A hold-out is a share of the people.", given=share, allowed=f"0 to {MOST}", most=MOST
        )
    key = hashlib.sha256(salt.encode()).digest()
    marks = [hashlib.blake2b(one.encode(), digest_size=8, key=key).digest() for one in people]
    return np.frombuffer(b"".join(marks), ">u8") < np.uint64(min(int(share * _WHOLE), _WHOLE - 1))


def sendable(keys: Keys, merged: Mapping[str, str], held: Collection[str]) -> Bools:
    """Which keys may stand in a file: those of a person none of whose keys is among the `held` ones of the wave.

    People are merged after a wave was drawn; a held-out key then keeps the whole person out of all later files.

    >>> sendable(["a", "b", "c"], {"a": "a", "b": "a"}, {"b"}).tolist()
    [False, False, True]
    """
    out = set(persons(list(held), merged))
    return np.array([person not in out for person in persons(keys, merged)], np.bool_)


def drawn_units(units: Sequence[str], salt: str, share: float) -> list[str]:
    """The provinces or days that are held out as a whole: those of the smallest hashes, at least two, at most half of them.

    For lists that nobody can send by name. Raises `holdout_units` for fewer than four.

    >>> drawn_units(["a", "b", "c", "d"], "wave-1", 0.1)
    ['a', 'b']
    """
    if len(units) < 4:
        raise GoldloopError(
            "holdout_units", "To draw among provinces or days by lot takes at least four.", given=len(units)
        )
    size = min(max(2, round(share * len(units))), len(units) // 2)
    key = hashlib.sha256(salt.encode()).digest()
    return sorted(sorted(units, key=lambda one: hashlib.blake2b(one.encode(), key=key).digest())[:size])
