"""People and their roles: who may give what to whom, what a role reaches when the tree changes, and keys for programs."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.web.conftest import Group

from goldloop.core.errors import GoldloopError

NOW = datetime(2026, 3, 5, 4, tzinfo=UTC)


@pytest.fixture
def api(group: Group) -> Any:
    """The door, inside a transaction that is taken back."""
    from django.db import transaction

    from goldloop.apps.shops import api

    with transaction.atomic():
        yield api
        transaction.set_rollback(True)


@pytest.fixture
def user(api: Any) -> Any:
    from goldloop.apps.shops import models

    return models.User.objects.create(username="somebody")


def stores_of(api: Any, user: Any, now: datetime = NOW, right: str = "figures") -> frozenset[int]:
    return api.access_of(user=user, now=now).viewer(right).stores


def give(api: Any, user: Any, role: str, **scope: int) -> Any:
    everything = api.access_of(user=api.owner(), now=NOW)
    return api.grant_give(
        giver=everything, by=api.owner(), user=user.pk, role_name=role, scope=api.Scope(**scope), now=NOW
    )


def refusal(work: Any, *args: Any, **given: Any) -> str:
    with pytest.raises(GoldloopError) as caught:
        work(*args, **given)
    return caught.value.code


def test_nobody_may_see_anything_before_she_has_a_role(api: Any, user: Any) -> None:
    access = api.access_of(user=user, now=NOW)
    assert access.rights == {"account"}
    assert access.viewer("figures").stores == access.viewer("account").stores == frozenset()


def test_a_role_for_a_unit_follows_the_stores_that_are_in_it(api: Any, group: Group, user: Any) -> None:
    company = api.company_ensure()
    unit = api.unit_add(name="North", kind="business_unit", parent=company)
    team = api.unit_add(name="Team", kind="department", parent=unit)
    give(api, user, "operator", unit=unit)
    ours = group.stores["Ours"]
    assert stores_of(api, user) == frozenset()
    api.store_move(store=ours, unit=team, valid_from=date(2026, 3, 5))
    assert stores_of(api, user, NOW) == {ours}
    # the store's own day counts: 2026-03-04 15:59 UTC is still the 4th in Shanghai, 16:00 is the 5th
    assert stores_of(api, user, datetime(2026, 3, 4, 15, 59, tzinfo=UTC)) == frozenset()
    assert stores_of(api, user, datetime(2026, 3, 4, 16, 0, tzinfo=UTC)) == {ours}
    api.store_move(store=ours, unit=company, valid_from=date(2026, 4, 1))
    assert stores_of(api, user, datetime(2026, 4, 2, tzinfo=UTC)) == frozenset()


def test_a_role_for_everything_reaches_stores_that_come_later(api: Any, user: Any) -> None:
    give(api, user, "analyst")
    later = api.store_add(name="Later", platform="tmall")
    assert later.id in stores_of(api, user)


def test_a_right_shows_only_the_stores_where_it_is_held(api: Any, group: Group, user: Any) -> None:
    give(api, user, "orders", store=group.stores["Ours"])
    give(api, user, "analyst", store=group.stores["Theirs"])
    assert stores_of(api, user, right="figures") == {group.stores["Theirs"]}
    assert stores_of(api, user, right="reveal") == {group.stores["Ours"]}
    assert stores_of(api, user, right="data") == set(group.stores.values())


def test_group_rights_need_a_role_for_everything(api: Any, group: Group, user: Any) -> None:
    give(api, user, "admin", store=group.stores["Ours"])
    assert "people" not in api.access_of(user=user, now=NOW).rights
    give(api, user, "admin")
    access = api.access_of(user=user, now=NOW)
    assert {"people", "audit", "back_office"} <= access.rights
    assert access.viewer("figures").stores == frozenset()  # keeps the system running, sees no figures


@pytest.mark.parametrize("role", ["owner", "admin", "finance"])
def test_an_admin_gives_no_role_above_hers(api: Any, user: Any, role: str) -> None:
    from goldloop.apps.shops import models

    give(api, user, "admin")
    admin = api.access_of(user=user, now=NOW)
    other = models.User.objects.create(username="other")
    scope = api.Scope()
    given = {"giver": admin, "by": user, "role_name": role, "scope": scope, "now": NOW}
    assert refusal(api.grant_give, user=other.pk, **given) == "role_not_yours"
    assert refusal(api.grant_give, user=user.pk, **given) == "role_not_yours"
    assert refusal(api.person_invite, name="x", secret="s", **given) == "role_not_yours"
    held = give(api, other, role)
    assert refusal(api.grant_take, giver=admin, id=held.pk) == "role_not_yours"
    assert refusal(api.link_renew, giver=admin, by=user, user=other.pk, secret="s", now=NOW) == "role_not_yours"
    assert refusal(api.person_end, giver=admin, user=other.pk) == "role_not_yours"
    assert refusal(api.link_renew, giver=admin, by=user, user=api.owner().pk, secret="s", now=NOW) == "role_not_yours"


def test_the_owner_cannot_be_closed(api: Any) -> None:
    owner = api.access_of(user=api.owner(), now=NOW)
    assert refusal(api.person_end, giver=owner, user=api.owner().pk) == "owner_needed"


def test_what_does_not_exist_cannot_be_given(api: Any, user: Any) -> None:
    assert refusal(give, api, user, "king") == "role_unknown"
    assert refusal(give, api, user, "operator", store=99) == "store_unknown"
    assert refusal(give, api, user, "operator", unit=99) == "unit_unknown"


def test_a_role_taken_away_ends_with_the_next_request(client_of: Any, group: Group) -> None:
    from goldloop.apps.shops import models

    browser, owner = client_of("traffic"), client_of("group owner")
    assert browser.get("/data").status_code != 403
    grant = models.Grant.objects.get(user_id=group.people["traffic"])
    assert owner.post(f"/settings/roles/{grant.pk}/end").status_code == 302
    assert browser.get("/data").status_code == 403
    where = f"store:{group.stores['Ours']}"
    assert (
        owner.post(f"/settings/people/{group.people['traffic']}/roles", {"role": "traffic", "where": where}).status_code
        == 302
    )
    assert browser.get("/data").status_code != 403


def test_a_closed_account_is_out_at_once(client_of: Any, group: Group) -> None:
    browser = client_of("members")
    assert client_of("group owner").post(f"/settings/people/{group.people['members']}/end").status_code == 302
    assert browser.get("/settings")["Location"].startswith("/log-in")


def test_the_pages_of_people_and_organisation(client_of: Any, group: Group) -> None:
    from goldloop.apps.shops import api

    owner = client_of("group owner")
    assert "the operator" in owner.get("/settings/people").content.decode()
    assert (
        owner.post("/settings/organisation/units", {"name": "South", "parent": api.company_ensure()}).status_code == 302
    )
    unit = next(one for one in api.unit_tree() if one["name"] == "South")
    move = {"unit": unit["id"], "from": "2020-01-01"}
    assert owner.post(f"/settings/organisation/stores/{group.stores['Theirs']}", move).status_code == 302
    page = owner.get("/settings/organisation").content.decode()
    assert re.search(r"South</b>.*?Theirs", page, re.DOTALL)
    assert (
        owner.post("/settings/organisation/units", {"name": "South", "parent": api.company_ensure()}).status_code == 400
    )
    assert owner.post("/settings/people/invite", {"name": "x", "role": "operator", "where": "moon"}).status_code == 400


# --- keys ------------------------------------------------------------------------------------------------------------
def make(api: Any, user: Any, **changed: Any) -> Any:
    given = {"name": "report", "rights": ["figures"], "stores": [], "days": 30, "secret": "gl_secret", "now": NOW}
    return api.token_make(user=user, access=api.access_of(user=user, now=NOW), **given | changed)


def test_a_key_may_do_part_of_what_its_person_may(api: Any, group: Group, user: Any) -> None:
    give(api, user, "finance")
    make(api, user, stores=[group.stores["Ours"]], rights=["figures", "export"])
    _, access = api.token_use(secret="gl_secret", now=NOW)
    assert access.rights == {"figures", "export", "api"}
    assert access.viewer("figures").stores == {group.stores["Ours"]}
    assert access.viewer("data").stores == frozenset()
    assert access.gives == ()


def test_a_key_loses_what_its_person_loses_and_ends_on_its_day(api: Any, user: Any) -> None:
    from goldloop.apps.shops import models

    held = give(api, user, "finance")
    token = make(api, user)
    assert api.token_use(secret="gl_secret", now=NOW) is not None
    assert api.token_use(secret="gl_secret", now=NOW + timedelta(days=31)) is None
    assert api.token_use(secret="gl_other", now=NOW) is None
    held.delete()
    assert api.token_use(secret="gl_secret", now=NOW) is None
    give(api, user, "orders")  # a role without keys
    assert api.token_use(secret="gl_secret", now=NOW) is None
    give(api, user, "finance")
    api.token_end(user=user, id=token.pk, now=NOW)
    assert api.token_use(secret="gl_secret", now=NOW) is None
    assert refusal(api.token_end, user=user, id=token.pk, now=NOW) == "token_unknown"
    assert not models.ApiToken.objects.filter(digest__contains="secret").exists()


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"rights": []}, "token_rights_bad"),
        ({"rights": ["people"]}, "token_rights_bad"),
        ({"rights": ["reveal"]}, "token_rights_bad"),
        ({"stores": [99]}, "store_unknown"),
        ({"days": 0}, "token_days_bad"),
        ({"days": 367}, "token_days_bad"),
        ({"name": " "}, "token_name_bad"),
    ],
)
def test_a_key_beyond_its_person_is_refused(api: Any, user: Any, changed: dict[str, Any], code: str) -> None:
    give(api, user, "owner")
    assert refusal(make, api, user, **changed) == code


def test_a_key_opens_no_page(client_of: Any, group: Group) -> None:
    owner = client_of("group owner")
    made = owner.post("/settings/keys", {"name": "n", "rights": ["figures", "data"], "days": "5"}).content.decode()
    key = re.search(r"gl_[\w-]{20,}", made)[0]
    assert key not in owner.get("/settings").content.decode()  # shown once
    browser = client_of()
    for path in ("/", "/settings", "/data", "/settings/people"):
        answer = browser.get(path, headers={"Authorization": f"Bearer {key}"})
        assert answer["Location"].startswith("/log-in")


def test_a_key_counts_below_its_path_only_and_needs_no_form_token(group: Group) -> None:
    from django.contrib.auth.models import AnonymousUser
    from django.db import transaction
    from django.test import RequestFactory

    from goldloop.apps.shops import api, models
    from goldloop.web.shops import attach

    def asked(path: str, header: str) -> Any:
        request = RequestFactory().post(path, headers={"Authorization": header})
        request.user = AnonymousUser()
        attach(request)
        return request

    with transaction.atomic():
        user, now = models.User.objects.create(username="program's person"), datetime.now(UTC)
        give(api, user, "finance", store=group.stores["Ours"])
        given = {"name": "n", "rights": ["figures"], "stores": [], "days": 9, "secret": "gl_k", "now": now}
        api.token_make(user=user, access=api.access_of(user=user, now=now), **given)
        found = asked("/api/v1/figures", "Bearer gl_k")
        assert (found.user, found.rights, found.csrf_processing_done) == (user, {"figures", "api"}, True)
        assert found.access.viewer("figures").stores == {group.stores["Ours"]}
        for path, header in (
            ("/settings", "Bearer gl_k"),
            ("/api/v1/figures", "Bearer gl_x"),
            ("/api/v1/figures", "Basic gl_k"),
        ):
            other = asked(path, header)
            assert not other.user.is_authenticated and other.rights == frozenset()
        transaction.set_rollback(True)


def test_a_new_link_takes_password_and_second_step_away(client_of: Any, group: Group) -> None:
    from allauth.mfa.models import Authenticator

    from goldloop.apps.shops import models

    user = models.User.objects.get(pk=group.people["analyst"])
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    browser = client_of("analyst")
    assert client_of("group owner").post(f"/settings/people/{user.pk}/link").status_code == 200
    user.refresh_from_db()
    assert not user.has_usable_password()
    assert not Authenticator.objects.filter(user=user).exists()
    assert browser.get("/settings")["Location"].startswith("/log-in")


@pytest.mark.parametrize(("behind", "address"), [(False, "127.0.0.1"), (True, "10.9.9.9")])
def test_the_address_is_what_our_own_proxy_says(behind: bool, address: str, group: Group) -> None:
    """What comes before its own entry was sent by the reader and may be anything."""
    from django.test import RequestFactory, override_settings

    from goldloop.web.audit import address_of

    request = RequestFactory().get("/", headers={"X-Forwarded-For": "1.2.3.4, 10.9.9.9"})
    with override_settings(BEHIND_PROXY=behind):
        assert address_of(request) == address
