"""REL-12 on PostgreSQL: the stories of one key and one effect, told again where writers really run at the same time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.postgresql import server
from tests.web.conftest import Group, _people
from tests.web.test_api import (
    asks,
    test_kept_answers_go_after_a_week,
    test_of_32_at_once_one_works,
    test_the_same_files_with_the_same_key_are_one_upload,
    test_the_same_request_with_the_same_key_is_one,
    test_what_failed_changed_nothing_and_may_be_tried_again,
)

__all__ = [
    "asks", "test_kept_answers_go_after_a_week", "test_of_32_at_once_one_works", "test_the_same_files_with_the_same_key_are_one_upload",
    "test_the_same_request_with_the_same_key_is_one", "test_what_failed_changed_nothing_and_may_be_tried_again",
]  # fmt: skip


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Group]:
    """A store and its people in a home whose records are on PostgreSQL."""
    from django.db import connection
    from django.test import override_settings

    from goldloop import home as homes
    from goldloop.shop import Shop

    root = tmp_path_factory.mktemp("postgresql") / "home"
    with server() as address, pytest.MonkeyPatch.context() as patch:
        connection.close()
        patch.setenv("GOLDLOOP_DATABASE_URL", address)
        patch.setenv("GOLDLOOP_HOME", str(root))
        store = Shop(homes.create(root)).store_add("Ours", platform="tmall")
        from goldloop.web.shops import whole_shop  # needs Django, which the home has started

        whole_shop.cache_clear()
        assert connection.vendor == "postgresql"
        with override_settings(
            PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"], FILE_UPLOAD_TEMP_DIR=str(root / "tmp")
        ):
            yield Group(root, {"Ours": store.id}, _people(store.id), {"Ours": 1}, {"Ours": 1})
        connection.close()
        whole_shop.cache_clear()
