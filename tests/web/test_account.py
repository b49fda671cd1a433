"""Log-in: lock-out, second step, time limits, passwords, and taking over an account (SEC-11)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.web.conftest import PASSWORD, Group

LOG_IN = "/log-in"


@pytest.fixture(autouse=True)
def no_failures(group: Group) -> None:
    """Every test begins with nobody locked out."""
    from axes.models import AccessAttempt

    AccessAttempt.objects.all().delete()


@pytest.fixture
def browser(client_of: Any) -> Any:
    return client_of()


def log_in(browser: Any, name: str = "the operator", password: str = PASSWORD, **more: Any) -> Any:
    return browser.post(LOG_IN, {"login": name, "password": password}, **more)


def test_log_in_leads_to_the_page_and_changes_the_session(browser: Any) -> None:
    browser.get(LOG_IN)
    browser.post("/language", {"lang": "en"})
    before = browser.cookies.get("sessionid")
    answer = log_in(browser)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert browser.cookies["sessionid"].value != (before.value if before else "")
    first = browser.cookies["sessionid"].value
    log_in(browser, "the finance")
    assert browser.cookies["sessionid"].value == first  # who is signed in is not signed in again
    assert browser.cookies["sessionid"]["httponly"] and browser.cookies["sessionid"]["samesite"] == "Lax"


def test_a_session_that_was_planted_before_log_in_is_worth_nothing(client_of: Any) -> None:
    browser, thief = client_of(), client_of()
    browser.get("/welcome/planted")
    planted = browser.cookies["sessionid"].value
    log_in(browser)
    thief.cookies["sessionid"] = planted
    assert thief.get("/settings").status_code == 302


def test_wrong_name_and_wrong_password_are_answered_alike(browser: Any) -> None:
    texts = []
    for name in ("the operator", "no such person"):
        answer = log_in(browser, name, "wrong password")
        assert answer.status_code == 200
        texts.append(re.sub(r'value="[^"]*"', "", answer.content.decode()))
    assert texts[0] == texts[1]


def test_five_wrong_passwords_lock_a_person_out_at_that_address_only(client_of: Any) -> None:
    here, there = client_of(), client_of()
    codes = [log_in(here, password="wrong password").status_code for _ in range(6)]
    assert codes == [200, 200, 200, 200, 429, 429]
    assert log_in(here).status_code == 429  # the right one too
    assert log_in(here, "no such person").status_code == 200
    assert log_in(there, REMOTE_ADDR="10.1.1.1").status_code == 302


def test_a_thousand_guesses_from_one_address_are_at_most_twenty_tries(browser: Any) -> None:
    from unittest.mock import patch

    from goldloop.apps.shops.models import User as Person

    tried = []
    with patch.object(Person, "check_password", lambda self, raw: tried.append(raw) or False):
        for n in range(60):
            log_in(browser, ("the operator", "the finance", "the analyst")[n % 3], f"guess {n}")
    assert 5 < len(tried) <= 20
    assert log_in(browser, "owner").status_code == 429


def test_signing_in_oneself_does_not_buy_more_guesses_at_others(client_of: Any) -> None:
    guesser, codes = client_of(), []
    for n in range(24):
        codes.append(log_in(guesser, "the owner", f"guess {n}").status_code)
        own = client_of()
        log_in(own, "the analyst")
    assert codes.count(200) < 20
    assert codes[-1] == 429


def test_an_account_is_held_after_fifty_failures_from_many_addresses(client_of: Any) -> None:
    browser = client_of()
    for n in range(50):
        log_in(browser, password="wrong password", REMOTE_ADDR=f"10.2.{n}.1")
    assert log_in(browser, REMOTE_ADDR="10.3.0.1").status_code == 429


def test_a_log_in_ends_after_twelve_idle_hours_and_after_seven_days(client_of: Any) -> None:
    from unittest.mock import patch

    from goldloop.web import sessions

    hour, start = 3600.0, 1_000_000.0
    with patch.object(sessions, "time") as clock:
        for steps, code in (([11.9], 200), ([12.1], 302), ([11.0] * 15, 200), ([11.0] * 16, 302)):
            browser = client_of()
            clock.return_value = start
            log_in(browser)
            for step in steps:
                clock.return_value += step * hour
                answer = browser.get("/settings")
            assert answer.status_code == code, steps


def test_log_out_kills_the_session(browser: Any, client_of: Any) -> None:
    log_in(browser)
    kept = browser.cookies["sessionid"].value
    assert browser.get("/log-out").status_code == 405
    assert browser.post("/log-out").status_code == 302
    thief = client_of()
    thief.cookies["sessionid"] = kept
    assert thief.get("/settings").status_code == 302


def test_a_new_password_ends_the_other_log_ins(client_of: Any) -> None:
    here, there = client_of(), client_of()
    for one in (here, there):
        log_in(one, "the members")
    new = "a much longer pass phrase " * 4
    form = {"oldpassword": PASSWORD, "password1": new.strip(), "password2": new.strip()}
    assert here.post("/settings/password", form).status_code == 302
    assert here.get("/settings").status_code == 200
    assert there.get("/settings").status_code == 302
    assert log_in(client_of(), "the members").status_code == 200
    assert log_in(client_of(), "the members", new.strip()).status_code == 302


@pytest.mark.parametrize("good", ["k7#mQp2x", "correct horse battery staple " * 5 + "!"])
def test_a_password_has_eight_characters_or_very_many(client_of: Any, good: str) -> None:
    browser = client_of("analyst")
    form = {"oldpassword": PASSWORD, "password1": good, "password2": good}
    assert browser.post("/settings/password", form).status_code == 302
    assert log_in(client_of(), "the analyst", good).status_code == 302
    back = {"oldpassword": good, "password1": PASSWORD, "password2": PASSWORD}
    assert browser.post("/settings/password", back).status_code == 302


@pytest.mark.parametrize("bad", ["short 7", "password1", "the traffic", "12345678"])
def test_weak_passwords_are_refused(client_of: Any, bad: str) -> None:
    browser = client_of("traffic")
    form = {"oldpassword": PASSWORD, "password1": bad, "password2": bad}
    answer = browser.post("/settings/password", form)
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode() or 'class="error"' in answer.content.decode()
    assert log_in(client_of(), "the traffic").status_code == 302


def test_the_second_step_asks_for_a_code_and_recovery_codes_stand_in_once(client_of: Any) -> None:
    from allauth.mfa.models import Authenticator
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    def code_for(secret: str) -> str:
        return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))

    browser = client_of()
    log_in(browser, "the merchandiser")
    assert browser.get("/settings/second-step/on")["Location"].startswith("/log-in/again")
    again = browser.post("/log-in/again?next=/settings/second-step/on", {"password": PASSWORD})
    assert again["Location"] == "/settings/second-step/on"
    page = browser.get("/settings/second-step/on").content.decode()
    secret = re.search(r'<code class="wrap">(\w+)</code>', page)[1]
    assert browser.post("/settings/second-step/on", {"code": "000000"}).status_code == 200
    assert browser.post("/settings/second-step/on", {"code": code_for(secret)}).status_code == 302
    codes = re.findall(r"<li>(\w+)</li>", browser.get("/settings/recovery-codes").content.decode())
    assert len(codes) == 10

    other = client_of()
    assert log_in(other, "the merchandiser")["Location"] == "/log-in/code"
    assert other.get("/settings").status_code == 302  # the password alone opens nothing
    assert other.post("/log-in/code", {"code": "123456"}).status_code == 200
    assert other.post("/log-in/code", {"code": codes[0]}).status_code == 302
    assert other.get("/settings").status_code == 200
    third = client_of()
    log_in(third, "the merchandiser")
    wrong = [third.post("/log-in/code", {"code": codes[0]}).status_code for _ in range(5)]
    assert wrong[-1] == 429  # a used code is a wrong one, and wrong codes count
    Authenticator.objects.all().delete()


def test_nobody_signs_up(browser: Any) -> None:
    for path in ("/account/signup/", "/signup", "/log-in/signup", "/account/password/reset/"):
        assert browser.get(path).status_code == 404


def test_an_invited_person_takes_over_her_account_once(client_of: Any) -> None:
    page = client_of("group owner").post(
        "/settings/people/invite", {"name": "new one", "role": "operator", "where": "everything"}
    )
    link = re.search(r"http://localhost(/welcome/[\w-]+)", page.content.decode())[1]
    browser = client_of()
    assert browser.get(link)["Location"] == "/welcome"
    assert browser.post("/welcome", {"name": "Anna 安娜", "password": "short"}).status_code == 400
    assert browser.post("/welcome", {"name": "the owner", "password": "long enough words"}).status_code == 400
    assert browser.post("/welcome", {"name": "Anna 安娜", "password": "long enough words"}).status_code == 302
    assert log_in(browser, "Anna 安娜", "long enough words").status_code == 302
    assert browser.get("/settings").status_code == 200
    second = client_of()
    second.get(link)
    assert second.get("/welcome").status_code == 404


def test_a_link_expires_and_is_kept_as_a_digest_only(group: Group, client_of: Any) -> None:
    from datetime import UTC, datetime, timedelta

    from goldloop.apps.shops import api, models

    user = models.User.objects.create(username="late")
    made = datetime.now(UTC) - timedelta(days=8)
    api.link_make(user=user, by=None, secret="secret-of-a-link", now=made)
    assert not models.Invitation.objects.filter(digest__contains="secret-of").exists()
    browser = client_of()
    browser.get("/welcome/secret-of-a-link")
    assert browser.get("/welcome").status_code == 404


def test_preferences_show_on_the_next_page(client_of: Any) -> None:
    browser = client_of("analyst")
    form = {"language": "zh", "theme": "dark", "direction": "blue-orange", "landing": "data"}
    assert browser.post("/settings/preferences", form).status_code == 302
    page = browser.get("/settings").content.decode()
    assert '<html lang="zh-CN"' in page and 'data-theme="dark"' in page and 'data-direction="blue-orange"' in page
    assert browser.post("/settings/preferences", {**form, "theme": "pink"}).status_code == 400


def test_another_log_in_of_mine_can_be_ended_and_nobody_elses(client_of: Any) -> None:
    from allauth.usersessions.models import UserSession

    here, there, other = client_of(), client_of(), client_of()
    for one in (here, there):
        log_in(one, "the finance")
    log_in(other, "the admin")
    of = {s.session_key: s.id for s in UserSession.objects.all()}
    assert here.post(f"/settings/sessions/{of[other.cookies['sessionid'].value]}/end").status_code == 404
    assert other.get("/settings").status_code == 200
    assert here.post(f"/settings/sessions/{of[there.cookies['sessionid'].value]}/end").status_code == 302
    assert there.get("/settings").status_code == 302
    assert here.get("/settings").status_code == 200
