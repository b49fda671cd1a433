"""From a buyer's account, e-mail or phone to a keyed hash that names nobody; masks and ciphers give no key."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldloop.core.store import Store

KEY_LENGTH = 32  # hex characters kept of the 64
MOST_KNOWN = 1_000_000  # people that are remembered while a sheet is read: about 100 bytes each
_BLOCK = 64  # bytes that SHA-256 takes in at a time
FAMILIES = {"taobao": "taobao", "tmall": "taobao", "jd": "jd"}  # platforms whose accounts are the same in every store
_MASK = re.compile(r"[*＊●•]|##|\$\$|密文|匿名|脱敏|^~.*~$|^[xX]{3,}|未知|游客")
_MAYBE = r"[*＊●•\s\x00-\x1f]|##|\$\$|密文|匿名|脱敏|~|^[xX]{3,}|未知|游客|^\p{Z}|\p{Z}$"  # whatever _MASK may find, and blanks
_CROSSED = re.compile(r"^[xX]{3,}")  # what a mask of letters and digits can look like
_NOBODY = frozenset({"null", "none", "nan", "guest", "anonymous"})
_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
_OF_PARCELS = ("name", "address")  # kinds of which letters and digits alone count
_SHORTEST = {"name": 2, "address": 6}
_COVERED = r"[*＊●•]|##|\$\$|密文|匿名|脱敏|~|^[xX]{3,}|未知|游客"  # what of a parcel is masked, and what may be
_VIRTUAL = re.compile(r"[-转,#]\s*\d{1,6}$")  # a forwarding number with an extension


def buyer_keys(values: pa.Array, *, kind: str, store: Store, secret: bytes) -> pa.Array:
    """HMAC-SHA256(secret, family + ":" + normalised value), the first 32 hex characters; null where nothing is usable.

    `kind` is email, phone, name or address (of a parcel), or a platform family (taobao and tmall share one); `platform` stands for the family of the
    store's platform, `store` (and a platform whose accounts mean something in one store only) for the store itself.
    """
    family = _family(kind, store)
    if kind in _OF_PARCELS:
        texts = _of_parcels(values, kind).to_pylist()
    elif kind not in ("email", "phone"):  # most accounts stand as they are hashed; only the others are looked at singly
        odd = _odd(values).to_numpy(zero_copy_only=False)
        texts = values.to_pylist()
        for i in np.flatnonzero(odd):
            texts[i] = None if texts[i] is None else usable(texts[i], kind)
    else:
        texts = [None if v is None else usable(v, kind) for v in values.to_pylist()]
    return pa.array(_hashed(texts, family, secret), pa.string())


class Keys:
    """The keys of one store's buyers, made once for each: the pieces of a sheet share it, as many people stand in several."""

    def __init__(self) -> None:
        nobody = pa.array([], pa.string())
        self._known: defaultdict[str, tuple[pa.Array, pa.Array]] = defaultdict(lambda: (nobody, nobody))

    def of(self, values: pa.Array, *, kind: str, store: Store, secret: bytes) -> pa.Array:
        """As `buyer_keys`; `values` are different from one another."""
        people, keys = self._known[kind]
        if not len(people):
            made = buyer_keys(values, kind=kind, store=store, secret=secret)
            self._known[kind] = values, made
            return made
        at = pc.index_in(values, value_set=people)
        is_new = pc.is_null(at)
        fresh = values.filter(is_new)
        every = pa.concat_arrays([keys, buyer_keys(fresh, kind=kind, store=store, secret=secret)])
        if len(every) <= MOST_KNOWN:
            self._known[kind] = pa.concat_arrays([people, fresh]), every
        place = at.fill_null(0).to_numpy().astype(np.int64)
        place[is_new.to_numpy(zero_copy_only=False)] = np.arange(len(keys), len(every))
        return every.take(pa.array(place))


def _odd(values: pa.Array) -> pa.Array:
    """Where a value may be a mask or nobody, or is written in another way than it is hashed."""
    plain = pc.and_(pc.equal(pc.utf8_normalize(values, form="NFKC"), values), pc.greater(pc.utf8_length(values), 1))
    odd = pc.or_(pc.invert(plain), pc.match_substring_regex(values, _MAYBE))
    return pc.or_(odd, pc.is_in(pc.utf8_lower(values), pa.array(sorted(_NOBODY)))).fill_null(True)


def _of_parcels(values: pa.Array, kind: str) -> pa.Array:
    """Names and addresses as they are hashed: letters and digits in one form; null where masked, nobody's or too short."""
    plain = pc.utf8_lower(pc.utf8_normalize(values, form="NFKC"))
    text = pc.replace_substring_regex(plain, r"[^\p{L}\p{N}]+", "")
    nobody = pc.is_in(text, pa.array(sorted(_NOBODY)))
    off = pc.or_(
        pc.or_(pc.match_substring_regex(values, _COVERED), pc.less(pc.utf8_length(text), _SHORTEST[kind])), nobody
    )
    return pc.if_else(off, None, text)


def _hashed(texts: list[str | None], family: str, secret: bytes) -> list[str | None]:
    """HMAC-SHA256 of each text (RFC 2104), the key taken in once: both of its states are copied for each text."""
    key = (hashlib.sha256(secret).digest() if len(secret) > _BLOCK else secret).ljust(_BLOCK, b"\0")
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in key) + f"{family}:".encode())
    outer = hashlib.sha256(bytes(b ^ 0x5C for b in key))
    keys: list[str | None] = []
    for text in texts:
        if text is None:
            keys.append(None)
            continue
        within, around = inner.copy(), outer.copy()
        within.update(text.encode())
        around.update(within.digest())
        keys.append(around.hexdigest()[:KEY_LENGTH])
    return keys


def key_of(value: str, kind: str, secret: bytes) -> str:
    """The key of one e-mail or phone as `usable` gives it."""
    (key,) = _hashed([value], kind, secret)
    assert key is not None
    return key


def kind_of_key(kind: str) -> str:
    """What `buyer_kind` and `kind` say of a key: email, phone, platform_id, or the kind of evidence."""
    return kind if kind in ("email", "phone", "receiver_phone", *_OF_PARCELS) else "platform_id"


def usable(value: str, kind: str) -> str | None:
    """The value as it is hashed, or None when it is a mask, a cipher, a virtual number or no identity at all.

    >>> usable(" Buyer1@Example.COM ", "email"), usable("1**", "taobao"), usable("+86 138 0013 8000", "phone")
    ('buyer1@example.com', None, '13800138000')
    """
    text = value.strip() if value.isascii() else unicodedata.normalize("NFKC", value).strip()
    plain = text.isascii() and text.isalnum()
    shortest = 1 if kind == "store" else 2  # the shop's own system can number from 1
    if len(text) < shortest or (_CROSSED if plain else _MASK).search(text) or text.casefold() in _NOBODY:
        return None
    if kind == "email":
        text = text.casefold()
        return text if _EMAIL.match(text) else None
    if kind == "phone":
        return _phone(text)
    return text


def _phone(text: str) -> str | None:
    if re.fullmatch(r"0\d{2,3}-\d{7,8}", text):
        return text.replace("-", "")
    if _VIRTUAL.search(text) and not text.startswith("+") and len(re.sub(r"\D", "", text)) > 11:
        return None
    digits = re.sub(r"\D", "", text)
    digits = re.sub(r"^(?:00)?86(?=1\d{10}$)", "", digits)
    return digits if 7 <= len(digits) <= 15 and len(set(digits)) > 2 else None


def _family(kind: str, store: Store) -> str:
    if kind == "platform":
        return FAMILIES.get(store.platform, f"{store.platform}/{store.id}")
    if kind == "store":
        return f"store/{store.id}"
    return kind
