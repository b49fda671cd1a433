"""Groups of keys: whatever the order, a shared key is nobody's, two accounts are two people, decisions come last."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from goldloop.core.identity import APART, CONFLICT, LARGE, MOST_BUYERS, MOST_KEYS, SHARED, Links, Solved, solve

Pair = tuple[int, int, bool, int]  # buyer, key, is a phone, store of the account (-1: no account)


def links(pairs: list[Pair], nodes: int = 40) -> Links:
    buyer, key, weak, account = (np.array(column) for column in zip(*pairs, strict=True))
    return Links(nodes, buyer, key, weak.astype(bool), account)


def together(solved: Solved) -> set[frozenset[int]]:
    """The groups of several nodes."""
    order = np.argsort(solved.group, kind="stable")
    starts = np.flatnonzero(np.diff(solved.group[order])) + 1
    return {frozenset(part.tolist()) for part in np.split(order, starts) if len(part) > 1}


def test_a_key_that_two_buyers_have_makes_them_one() -> None:
    found = solve(links([(0, 20, True, -1), (1, 20, True, -1), (1, 21, False, -1), (2, 21, False, -1)]))
    assert together(found) == {frozenset({0, 1, 2, 20, 21})}
    assert not found.refused.any()


def test_a_key_of_many_is_nobodys() -> None:
    shared = [(buyer, 30, False, -1) for buyer in range(MOST_BUYERS + 1)]
    found = solve(links([*shared, (0, 31, False, -1), (9, 31, False, -1)]))
    assert together(found) == {frozenset({0, 9, 31})}
    assert found.refused.tolist() == [SHARED] * len(shared) + [0, 0]
    assert len(together(solve(links(shared[:-1])))) == 1


def test_two_accounts_of_one_store_are_two_people() -> None:
    direct = solve(links([(0, 20, False, 1), (1, 20, False, 1)]))
    assert together(direct) == set() and direct.refused.tolist() == [CONFLICT, CONFLICT]
    assert together(solve(links([(0, 20, False, 1), (1, 20, False, 2)]))) == {frozenset({0, 1, 20})}
    # 0 and 2 share nothing, 1 is between them: the phone is what does not hold
    chain = solve(links([(0, 20, False, 1), (1, 20, False, -1), (1, 21, True, -1), (2, 21, True, 1)]))
    assert together(chain) == {frozenset({0, 1, 20})}
    assert chain.refused.tolist() == [0, 0, CONFLICT, CONFLICT]


def test_a_group_too_large_for_one_person_is_none() -> None:
    pairs = [(n + d, 60 + n, False, -1) for n in range(MOST_KEYS + 1) for d in (0, 1)]
    found = solve(links(pairs, nodes=100))
    assert together(found) == set()
    assert set(found.refused.tolist()) == {LARGE}
    largest = solve(links([pair for pair in pairs if pair[0] < MOST_KEYS and pair[1] < 60 + MOST_KEYS - 1], nodes=100))
    assert [len(group & set(range(60))) for group in together(largest)] == [MOST_KEYS]


def test_decisions_come_last() -> None:
    pairs = [(0, 20, False, 1), (1, 20, False, 1), (2, 21, False, -1), (3, 21, False, -1), (4, 21, False, -1)]
    found = solve(links(pairs), merges=np.array([[0, 1]]), splits=np.array([4]))
    assert together(found) == {frozenset({0, 1}), frozenset({2, 3, 21})}
    # with one account taken out, the key tells nobody apart any more
    third = (5, 20, False, -1)
    assert together(solve(links([*pairs[:2], third]), splits=np.array([1]))) == {frozenset({0, 5, 20})}


def test_two_who_are_apart_are_like_two_accounts_of_a_store() -> None:
    aparts = np.array([0, 1])
    straight = [(0, 20, False, -1), (1, 20, False, -1), (2, 20, False, -1), (0, 21, False, -1), (3, 21, False, -1)]
    found = solve(links(straight), aparts=aparts)
    assert together(found) == {frozenset({0, 3, 21})} and found.refused.tolist() == [APART] * 3 + [0, 0]
    own = solve(
        links([(0, 1, False, -1), (1, 22, False, -1), (2, 1, False, -1)]), aparts=aparts
    )  # 1 is called by its mail
    assert together(own) == {frozenset({1, 2, 22})} and own.refused.tolist() == [APART, 0, 0]
    chain = [(0, 20, False, -1), (2, 20, False, -1), (2, 21, True, -1), (1, 21, True, -1), (1, 22, False, -1)]
    found = solve(links(chain), aparts=aparts)
    assert together(found) == {frozenset({0, 2, 20}), frozenset({1, 22})}
    assert found.refused.tolist() == [0, 0, APART, APART, 0]
    assert together(solve(links(chain[:2]), merges=np.array([1, 2]), aparts=aparts)) == {frozenset({1, 2})}
    assert together(solve(links(chain), merges=np.array([0, 1]), aparts=aparts)) == {frozenset({0, 1})}
    # a group of two accounts of one store falls apart by itself: what a merge joins to a part of it is not touched
    doubled = [(0, 20, False, -1), (2, 20, False, -1), (3, 20, False, 1), (0, 22, False, -1), (4, 22, False, 1)]
    found = solve(links([*doubled, (1, 21, False, -1)]), merges=np.array([2, 1]), aparts=aparts)
    assert together(found) == {frozenset({1, 2, 21})} and found.refused.tolist() == [CONFLICT] * 5 + [0]


def pairs_of(draw: st.DrawFn) -> list[Pair]:
    found = draw(st.lists(st.tuples(st.integers(0, 11), st.integers(12, 23), st.booleans()), min_size=1, max_size=30))
    kind = {key: weak for _, key, weak in found}
    stores = {buyer: draw(st.sampled_from([-1, 1, 2])) for buyer in sorted({buyer for buyer, _, _ in found})}
    return [(buyer, key, kind[key], stores[buyer]) for buyer, key, _ in found]


two_of_them = st.lists(st.integers(0, 11), min_size=2, max_size=2, unique=True)


@given(st.data())
def test_neither_order_nor_names_of_nodes_matter(data: st.DataObject) -> None:
    pairs = data.draw(st.composite(pairs_of)())
    merges = data.draw(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=3))
    splits = data.draw(st.lists(st.integers(0, 11), max_size=3, unique=True))
    aparts = data.draw(st.lists(two_of_them, max_size=3))
    name = data.draw(st.permutations(range(24)))
    other = [(name[b], name[k], weak, store) for b, k, weak, store in data.draw(st.permutations([*pairs, pairs[0]]))]

    def solved(some: list[Pair], of: list[int]) -> set[frozenset[int]]:
        decided = np.array([[of[a], of[b]] for a, b in merges]).reshape(-1, 2).astype(int)
        cut = np.array([of[one] for one in splits], dtype=int)
        two = np.array([[of[a], of[b]] for a, b in aparts]).reshape(-1, 2).astype(int)
        return together(solve(links(some, 24), merges=decided, splits=cut, aparts=two))

    expected = solved(pairs, list(range(24)))
    assert solved(other, list(name)) == {frozenset(name[n] for n in group) for group in expected}


@given(st.data())
def test_no_group_holds_two_accounts_of_a_store_and_a_decision_taken_back_leaves_nothing(data: st.DataObject) -> None:
    pairs = data.draw(st.composite(pairs_of)())
    plain = solve(links(pairs, 24))
    accounts = {(plain.group[buyer], store): buyer for buyer, _, _, store in pairs if store >= 0}
    assert all(accounts[plain.group[buyer], store] == buyer for buyer, _, _, store in pairs if store >= 0)
    cut = data.draw(st.integers(0, 11))
    split = solve(links(pairs, 24), splits=np.array([cut]))
    assert (split.group == split.group[cut]).sum() == 1
    assert (solve(links(pairs, 24)).group == plain.group).all()


@given(st.data())
def test_whatever_files_say_who_is_apart_stays_apart_unless_merges_alone_join_them(data: st.DataObject) -> None:
    pairs = data.draw(st.composite(pairs_of)())
    aparts = np.array(data.draw(st.lists(two_of_them, min_size=1, max_size=4)))
    merges = np.array(data.draw(st.lists(two_of_them, max_size=4)), dtype=int).reshape(-1, 2)
    alone = solve(links(pairs, 24), splits=np.arange(12), merges=merges).group
    found = solve(links(pairs, 24), merges=merges, aparts=aparts)
    one, other = found.group[aparts[:, 0]], found.group[aparts[:, 1]]
    assert ((one == other) <= (alone[aparts[:, 0]] == alone[aparts[:, 1]])).all()
    plain = solve(links(pairs, 24), merges=merges)
    if not (plain.group[aparts[:, 0]] == plain.group[aparts[:, 1]]).any() and not _meet(pairs, aparts.tolist()):
        assert together(found) == together(plain)  # what would not join them anyway is left as it was


def _meet(pairs: list[Pair], aparts: list[list[int]]) -> bool:
    """Whether a key stands beside both of a pair, as one that links nobody for another reason may."""
    beside = {buyer: {key for of, key, _, _ in pairs if of == buyer} for buyer in range(12)}
    return any(beside[one] & beside[other] for one, other in aparts)
