import pyarrow as pa
import pytest

from goldloop.connectors.identity import Keys, buyer_keys, kind_of_key, usable
from goldloop.core.store import Store

SECRET = b"secret"
TAOBAO, TMALL, OTHER = Store(1, "a", "taobao"), Store(2, "b", "tmall"), Store(3, "c", "other")


def key(value: str | None, kind: str = "platform", store: Store = TAOBAO, secret: bytes = SECRET) -> str | None:
    return buyer_keys(pa.array([value], pa.string()), kind=kind, store=store, secret=secret)[0].as_py()


@pytest.mark.parametrize(
    "value",
    ["1**", "t***8", "##密文", "$$密文", "匿名买家", "null", "a", "", "~Xy12~", "＊＊", "xxxx12", "None", "guest"],
)
def test_masks_and_ciphers_are_nobody(value: str) -> None:
    assert key(value) is None


def test_a_key_is_a_keyed_hash() -> None:
    import hashlib
    import hmac

    assert key("测试会员") == hmac.new(SECRET, "taobao:测试会员".encode(), hashlib.sha256).hexdigest()[:32]
    assert key("测试会员", secret=b"other") != key("测试会员")
    assert key(None) is None


def test_taobao_and_tmall_share_their_members_other_stores_do_not() -> None:
    assert key("member") == key("member", store=TMALL)
    assert key("13085", store=OTHER) != key("13085", store=Store(4, "d", "other"))
    assert key("13085", "store", OTHER) == key("13085", "store", OTHER)


def test_mail_and_phone_are_the_same_everywhere() -> None:
    assert key("Buyer1@Example.com ", "email", OTHER) == key("buyer1@example.com", "email", TMALL)
    assert key("no mail", "email") is None
    assert key("+86 138-0013-8000", "phone") == key("13800138000", "phone", OTHER)
    assert [kind_of_key(k) for k in ("email", "phone", "taobao", "store")] == [
        "email",
        "phone",
        "platform_id",
        "platform_id",
    ]


@pytest.mark.parametrize(
    ("value", "is_used"),
    [
        ("13800138000-1234", False),
        ("13800138000转8888", False),
        ("138****8000", False),
        ("00000000000", False),
        ("010-12345678", True),
        ("+1 (212) 555-0100", True),
        ("123", False),
    ],
)
def test_virtual_numbers_are_nobody(value: str, is_used: bool) -> None:
    assert (usable(value, "phone") is not None) is is_used


def test_keys_that_were_made_are_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    how = {"kind": "taobao", "store": TAOBAO, "secret": SECRET}
    pieces = [["a1", "b1", "1**"], ["b1", "c1", "1**", "d1"], ["a1", "d1"], ["e1"]]
    expected = [buyer_keys(pa.array(piece), **how).to_pylist() for piece in pieces]
    for most in (1_000_000, 5):
        monkeypatch.setattr("goldloop.connectors.identity.MOST_KNOWN", most)
        keys = Keys()
        assert [keys.of(pa.array(piece), **how).to_pylist() for piece in pieces] == expected
    assert keys.of(pa.array(["a1"]), kind="store", store=TAOBAO, secret=SECRET)[0].as_py() != expected[0][0]
