"""Simulated shop cubes with planted causes: what the drill-down must find again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

CUTS = (("channel", 5), ("category", 12), ("province", 10), ("price_band", 5), ("buyer", 3), ("day_type", 3))
NOISE = 0.05  # every leaf's own, relative, on the later side
LEAST = 0.04  # of the change: what a cause must move to be looked for
FALL, RISE = (-0.6, -0.2), (0.25, 0.8)


@dataclass(frozen=True)
class Shop:
    """Leaves of one shop: `codes` (leaves, cuts), the figure on both sides, and the segments that were hit."""

    codes: np.ndarray
    before: np.ndarray
    after: np.ndarray
    planted: tuple[dict[int, int], ...]


def inside(codes, segment):
    """Which leaves a segment holds."""
    return np.logical_and.reduce([codes[:, cut] == value for cut, value in segment.items()])


def leaves(rng):
    """Value codes and sizes: four to six cuts in any order, uneven shares, some combinations that nobody buys."""
    chosen = rng.permutation(len(CUTS))[: int(rng.integers(4, len(CUTS) + 1))]
    sizes = [CUTS[c][1] for c in chosen]
    codes = np.indices(sizes).reshape(len(sizes), -1).T
    codes = codes[rng.random(len(codes)) < rng.uniform(0.5, 1)]
    value = np.exp(rng.normal(8, 0.7, len(codes)))
    for cut, size in enumerate(sizes):
        value *= rng.dirichlet(np.full(size, 4.0))[codes[:, cut]] * size
    return codes, value


def segment(rng, codes, value, taken=()):
    """A segment of one to three cuts that can be told from its neighbours: some leaves, other values beside it."""
    while True:
        depth = int(rng.integers(1, 4))
        cuts = sorted(int(c) for c in rng.choice(codes.shape[1], depth, replace=False))
        found = {cut: int(rng.integers(codes[:, cut].max() + 1)) for cut in cuts}
        hit = inside(codes, found)
        apart = all(not (found.items() <= other.items() or other.items() <= found.items()) for other in taken)
        wide = all(len(np.unique(codes[hit, cut])) > 1 for cut in range(codes.shape[1]) if cut not in found)
        covered = np.logical_or.reduce([hit, *(inside(codes, other) for other in taken)])
        if hit.sum() >= 8 and apart and wide and value[covered].sum() <= value.sum() / 2:
            return found


def factor(rng):
    """What a cause does: a fall or a rise that a shop owner would ask about."""
    low, high = (FALL, RISE)[int(rng.integers(2))]
    return 1 + rng.uniform(low, high)


def moved(rng, value):
    """The later side of a quiet shop: noise, and in every second shop a season that moves everything."""
    season = rng.uniform(0.85, 1.2) if rng.random() < 0.5 else 1.0
    return value * season * (1 + NOISE * rng.normal(size=len(value)))


def shop(seed, causes):
    """A shop whose sum was hit by so many causes; the same seed gives the same shop."""
    rng = np.random.default_rng([seed, causes])
    codes, value = leaves(rng)
    quiet = moved(rng, value)
    while True:
        after, planted, worth = quiet.copy(), [], []
        for _ in range(causes):
            planted.append(segment(rng, codes, value, planted))
            hit, by = inside(codes, planted[-1]), factor(rng)
            worth.append(abs(after[hit].sum() * (by - 1)))
            after[hit] *= by
        if min(worth, default=0) >= LEAST * abs(after.sum() - value.sum()) or not causes:
            break
    return Shop(codes, np.rint(value * 100), np.rint(after * 100), tuple(planted))


@dataclass(frozen=True)
class Visits:
    """Leaves of one shop's conversion: buyers over visitors, and the segment whose rate or traffic was hit."""

    codes: np.ndarray
    buyers: tuple[np.ndarray, np.ndarray]
    visitors: tuple[np.ndarray, np.ndarray]
    planted: tuple[dict[int, int], ...]


def visits(seed, effect):
    """A shop whose conversion was hit by a cause: `rate` (fewer or more of its visitors buy), `mix` (its traffic moved) or None."""
    rng = np.random.default_rng([seed, 7, len(effect or "")])
    codes, size = leaves(rng)
    own = np.full(len(codes), 0.03)
    for cut in range(codes.shape[1]):
        own *= np.exp(rng.normal(0, 0.4, codes[:, cut].max() + 1))[codes[:, cut]]
    before, quiet = size, moved(rng, size)
    while True:
        after, rate = quiet.copy(), own * (1 + NOISE * rng.normal(size=len(codes)))
        cause, by = segment(rng, codes, size), factor(rng)
        hit = inside(codes, cause)
        if effect == "rate":
            rate[hit] *= by
        elif effect == "mix":
            after[hit] *= by
        worth = abs((after * rate)[hit].sum() / after.sum() - (size * own)[hit].sum() / size.sum())
        whole = [(u * r).sum() / u.sum() for u, r in ((size, own), (after, rate))]
        moved_by = abs((whole[0] + whole[1]) / 2 * (after[hit].sum() / after.sum() - size[hit].sum() / size.sum()))
        if (
            effect is None
            or abs(worth - (moved_by if effect == "mix" else 0)) >= 0.2 * abs(whole[1] - whole[0]) > 0.002 * whole[0]
        ):
            return Visits(codes, (size * own, after * rate), (before, after), (cause,) if effect else ())
