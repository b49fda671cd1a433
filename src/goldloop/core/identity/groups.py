"""Groups of keys that are one person's: connected components over exact keys, whatever the order in which they came.

The rules, in this order (docs/decisions/0033-one-member.md):

1. A key that more than MOST_BUYERS buyers share is nobody's (a phone of a warehouse, a mail address of a company).
2. A key that two platform accounts of one store share is not enough to call them one person.
3. A group that still holds two platform accounts of one store, or more than MOST_KEYS buyers, is tried again without
   phones, which change hands; if it holds then, its parts stand, else none of its links does.
4. Two buyers who were said to be apart are like two accounts of one store: a key beside both links nobody, and a group
   that still joins them, merges among it, is tried again without phones, then without any link.
5. What people decided comes last: a merge holds whatever the rules say, a split takes every link of its key away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MOST_BUYERS = 5  # buyers with one key
MOST_KEYS = 20  # buyers in one group
SHARED, CONFLICT, LARGE, APART = 1, 2, 3, 4  # why a link does not hold; 0: it does


@dataclass(frozen=True, slots=True)
class Links:
    """Pairs of a buyer and another key of hers, as numbers of nodes from 0 to `nodes` - 1.

    `weak`: the key is a phone. `account`: a number for the store of a buyer who is a platform account, -1 for others.
    """

    nodes: int
    buyer: np.ndarray
    key: np.ndarray
    weak: np.ndarray
    account: np.ndarray


@dataclass(frozen=True, slots=True)
class Solved:
    """`group` of each node (the number of a node in it), and for each link why it does not hold (0: it does)."""

    group: np.ndarray
    refused: np.ndarray


def solve(
    links: Links,
    *,
    merges: np.ndarray | None = None,
    splits: np.ndarray | None = None,
    aparts: np.ndarray | None = None,
) -> Solved:
    """The groups of all nodes; `merges` are pairs of nodes (n x 2), `splits` nodes whose links do not count, `aparts` pairs
    of nodes (n x 2) that no link joins. Merges that join such a pair by themselves do so all the same."""
    pairs, two = _pairs(merges), _pairs(aparts)
    cut = np.zeros(links.nodes, dtype=bool)
    if splits is not None:
        cut[splits] = True
    considered = ~cut[links.buyer] & ~cut[links.key]
    refused = np.where(_shared(links), SHARED, 0)
    refused = np.where((refused == 0) & _of_two_accounts(links, considered), CONFLICT, refused)
    if len(two):
        refused = np.where((refused == 0) & _of_apart(links, considered, two), APART, refused)
    holds = considered & (refused == 0)

    def drop(why: np.ndarray, last: bool) -> None:
        lost = holds & (why > 0) & (links.weak | last)
        refused[lost] = why[lost]
        holds[lost] = False

    for last in (False, True):
        group = components(links.nodes, links.buyer[holds], links.key[holds])
        drop(_bad(links, group, holds)[group[links.buyer]], last)
    for last in (False, True) if len(two) else ():  # what rule 3 took apart joins nobody any more
        drop(APART * _torn(links, _joined(links, holds, pairs), two), last)
    return Solved(_joined(links, holds, pairs), refused)


def components(nodes: int, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """For each node a number that all nodes have in common to which edges lead."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    edges = coo_array((np.ones(len(one), dtype=np.int8), (one, other)), shape=(nodes, nodes))
    return np.asarray(connected_components(edges, directed=False)[1])


def _pairs(some: np.ndarray | None) -> np.ndarray:
    return np.empty((0, 2), dtype=np.int64) if some is None else some.reshape(-1, 2)


def _joined(links: Links, holds: np.ndarray, merges: np.ndarray) -> np.ndarray:
    """The groups that links which hold and merges make."""
    one, other = np.r_[links.buyer[holds], merges[:, 0]], np.r_[links.key[holds], merges[:, 1]]
    return components(links.nodes, one, other)


def _of_apart(links: Links, considered: np.ndarray, aparts: np.ndarray) -> np.ndarray:
    """Where a link leads from one of a pair to the other, or its key stands beside both of them."""
    named = np.zeros(links.nodes, dtype=bool)
    named[aparts.ravel()] = True
    rows = np.flatnonzero(considered & named[links.buyer])
    keys: dict[int, set[int]] = {}
    for buyer, key in zip(links.buyer[rows].tolist(), links.key[rows].tolist(), strict=True):
        keys.setdefault(buyer, set()).add(key)
    nobodys, straight = np.zeros(links.nodes, dtype=bool), np.zeros(len(links.key), dtype=bool)
    for one, other in aparts.tolist():
        nobodys[list(keys.get(one, set()) & keys.get(other, set()))] = True
    said = set(map(frozenset, aparts.tolist()))
    straight[rows] = [
        frozenset(pair) in said for pair in zip(links.buyer[rows].tolist(), links.key[rows].tolist(), strict=True)
    ]
    return np.asarray(nobodys[links.key] | straight)


def _torn(links: Links, group: np.ndarray, aparts: np.ndarray) -> np.ndarray:
    """Where a link belongs to a group that joins a pair said to be apart."""
    both = group[aparts[:, 0]] == group[aparts[:, 1]]
    torn = np.zeros(links.nodes, dtype=bool)
    torn[group[aparts[both, 0]]] = True
    return torn[group[links.buyer]]


def _shared(links: Links) -> np.ndarray:
    """Where a link's key stands beside too many buyers."""
    pairs = np.sort(links.buyer.astype(np.int64) * links.nodes + links.key)
    different = pairs[np.r_[True, np.diff(pairs) > 0]] if len(pairs) else pairs  # a buyer of several stores counts once
    count = np.bincount(different % links.nodes, minlength=links.nodes)
    return np.asarray(count[links.key] > MOST_BUYERS)


def _of_two_accounts(links: Links, considered: np.ndarray) -> np.ndarray:
    """Where a link's key stands beside two platform accounts of one store."""
    rows = np.flatnonzero((links.account >= 0) & considered)
    doubled = _twice(links.key[rows], links.account[rows], links.buyer[rows], links.nodes)
    return np.asarray(doubled[links.key])


def _bad(links: Links, group: np.ndarray, holds: np.ndarray) -> np.ndarray:
    """For each group CONFLICT or LARGE where it cannot be one person's, else 0."""
    rows = np.flatnonzero((links.account >= 0) & holds)
    found = np.where(_twice(group[links.buyer[rows]], links.account[rows], links.buyer[rows], links.nodes), CONFLICT, 0)
    buyers = np.zeros(links.nodes, dtype=bool)
    buyers[links.buyer[holds]] = True
    size = np.bincount(group[buyers], minlength=links.nodes)
    return np.where((found == 0) & (size > MOST_KEYS), LARGE, found)


def _twice(place: np.ndarray, account: np.ndarray, buyer: np.ndarray, size: int) -> np.ndarray:
    """For each place whether two different buyers of one store's accounts stand in it."""
    found = np.zeros(size, dtype=bool)
    order = np.lexsort((buyer, account, place))
    same = (np.diff(place[order]) == 0) & (np.diff(account[order]) == 0) & (np.diff(buyer[order]) != 0)
    found[place[order][1:][same]] = True
    return found
