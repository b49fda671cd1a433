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


@dataclass(frozen=True)
class Sparse:
    """Leaves of a few thousand orders of uneven amounts, the `squares` of these, and the segment that lost some or none."""

    codes: np.ndarray
    before: np.ndarray
    after: np.ndarray
    squares: np.ndarray
    planted: tuple[dict[int, int], ...]


def sparse(seed, orders, *, hit=True, surprising=7.0):
    """Two months of a small shop, order by order; in one value of a cut half or more of the orders stayed away.

    It was lost beyond chance: `surprising` standard errors of the logarithm of its change beside the rest's.
    """
    rng = np.random.default_rng([seed, orders])
    sizes = [(3, 10, 10, 3, 24, 5)[c] for c in rng.permutation(6)[: int(rng.integers(3, 5))]]
    shares = [rng.dirichlet(np.full(size, 4.0)) for size in sizes]
    counts = (rng.poisson(orders), rng.poisson(orders * rng.uniform(0.85, 1.25)))
    (old, new), amounts = (
        [np.stack([rng.choice(s, n, p=p) for s, p in zip(sizes, shares, strict=True)], axis=1) for n in counts],
        [np.rint(np.exp(rng.normal(9.5, 0.8, n))) for n in counts],
    )
    planted = ()
    while hit and not planted:
        cut = int(rng.integers(len(sizes)))
        cause = {cut: int(rng.integers(sizes[cut]))}
        kept = ~inside(new, cause) | (rng.random(len(new)) < rng.uniform(0.3, 0.6))
        if _apart((amounts[0], amounts[1][kept]), (inside(old, cause), inside(new[kept], cause))) > surprising:
            new, amounts[1], planted = new[kept], amounts[1][kept], (cause,)
    codes, owner = np.unique(np.concatenate([old, new]), axis=0, return_inverse=True)
    owner, money = owner.ravel(), np.concatenate(amounts)
    sides = [np.bincount(owner[part], money[part], len(codes)) for part in (slice(len(old)), slice(len(old), None))]
    return Sparse(codes, *sides, np.bincount(owner, money**2, len(codes)), planted)


def _apart(amounts, hit):
    """By how many standard errors a segment's growth differs from that of the rest."""
    logs, errors = [], 0.0
    for money, mine in zip(amounts, hit, strict=True):
        for part in (money[mine], money[~mine]):
            if not part.sum():
                return 0.0
            logs.append(np.log(part.sum()))
            errors += (part**2).sum() / part.sum() ** 2
    return abs((logs[2] - logs[0]) - (logs[3] - logs[1])) / np.sqrt(errors)
