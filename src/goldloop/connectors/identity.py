"""From a buyer's account, e-mail or phone to a keyed hash that names nobody; masks and ciphers give no key."""

from __future__ import annotations

import hmac
import re
import unicodedata

import pyarrow as pa

from goldloop.core.store import Store

KEY_LENGTH = 32  # hex characters kept of the 64
FAMILIES = {"taobao": "taobao", "tmall": "taobao", "jd": "jd"}  # platforms whose accounts are the same in every store
_MASK = re.compile(r"[*＊●•]|##|\$\$|密文|匿名|脱敏|^~.*~$|^[xX]{3,}|未知|游客")
_CROSSED = re.compile(r"^[xX]{3,}")  # what a mask of letters and digits can look like
_NOBODY = frozenset({"null", "none", "nan", "guest", "anonymous"})
_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
_VIRTUAL = re.compile(r"[-转,#]\s*\d{1,6}$")  # a forwarding number with an extension


def buyer_keys(values: pa.Array, *, kind: str, store: Store, secret: bytes) -> pa.Array:
    """HMAC-SHA256(secret, family + ":" + normalised value), the first 32 hex characters; null where nothing is usable.

    `kind` is email, phone, or a platform family (taobao and tmall share one); `platform` stands for the family of the
    store's platform, `store` (and a platform whose accounts mean something in one store only) for the store itself.
    """
    family = _family(kind, store)
    return pa.array([_key(v, kind, family, secret) for v in values.to_pylist()], pa.string())


def kind_of_key(kind: str) -> str:
    """What `buyer_kind` says of a key: email, phone or platform_id."""
    return kind if kind in ("email", "phone") else "platform_id"


def usable(value: str, kind: str) -> str | None:
    """The value as it is hashed, or None when it is a mask, a cipher, a virtual number or no identity at all.

    >>> usable(" Buyer1@Example.COM ", "email"), usable("1**", "taobao"), usable("+86 138 0013 8000", "phone")
    ('buyer1@example.com', None, '13800138000')
    """
    text = value.strip() if value.isascii() else unicodedata.normalize("NFKC", value).strip()
    plain = text.isascii() and text.isalnum()
    if len(text) < 2 or (_CROSSED if plain else _MASK).search(text) or text.casefold() in _NOBODY:
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


def _key(value: str | None, kind: str, family: str, secret: bytes) -> str | None:
    text = None if value is None else usable(value, kind)
    if text is None:
        return None
    return hmac.digest(secret, f"{family}:{text}".encode(), "sha256").hex()[:KEY_LENGTH]
