"""Keys with which programs act for a person: made, used, ended. Only digests of their secrets are kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from goldloop.apps.shops import models
from goldloop.apps.shops.rights import Access, access_of
from goldloop.core.errors import GoldloopError

PREFIX = "gl_"  # so that a leaked one is recognised by what scans for secrets
LONGEST = timedelta(days=366)
KEYS = "api"  # the right to have keys; every key carries it, for what is asked about the API itself
SIGNING = ("sign_operations", "sign_traffic", "sign_members")
FOR_TOKENS = ("figures", "export", "annotate", "plan", *SIGNING, "rules", "data")


def hint(secret: str) -> str:
    """The beginning of a key, by which it is recognised in lists."""
    return secret[:8] if secret.startswith(PREFIX) else ""


def token_make(
    *,
    user: models.User,
    access: Access,
    name: str,
    rights: Sequence[str],
    stores: Sequence[int],
    days: int,
    secret: str,
    now: datetime,
) -> models.ApiToken:
    """A key for some of a person's rights and stores (none named: all of hers) that ends after so many days.

    Raises `token_name_bad`, `token_days_bad`, `token_rights_bad` or `store_unknown`.
    """
    clean = " ".join(name.split())
    if not 1 <= len(clean) <= 100 or not clean.isprintable():
        raise GoldloopError("token_name_bad", "A key needs a name of 1 to 100 printable characters.", given=name)
    if not 1 <= days <= LONGEST.days:
        raise GoldloopError("token_days_bad", "A key ends after 1 to 366 days.", given=days, allowed="1..366")
    allowed = [right for right in FOR_TOKENS if right in access.rights]
    if not rights or set(rights) - set(allowed):
        raise GoldloopError(
            "token_rights_bad", "A key gets one or more of its person's rights.", given=list(rights), allowed=allowed
        )
    for store in stores:
        if store not in access.at:
            raise GoldloopError("store_unknown", f"There is no store '{store}'.", given=store, name=store)
    return models.ApiToken.objects.create(
        user=user,
        name=clean,
        digest=models.digest(secret),
        hint=hint(secret),
        rights=sorted(rights),
        stores=sorted(stores),
        made_at=now,
        expires_at=now + timedelta(days=days),
    )


def token_use(*, secret: str, now: datetime) -> tuple[models.User, Access] | None:
    """Whose key this is, with what it may do now: never more than its person may; None for one that does not hold.

    A person who has lost the right to keys, or her account, loses them at once.
    """
    row = models.ApiToken.objects.select_related("user").filter(digest=models.digest(secret), ended_at=None).first()
    if row is None or row.expires_at <= now:
        return None
    access = access_of(user=row.user, now=now)
    if KEYS not in access.rights:
        return None
    if row.used_on != now.date():
        models.ApiToken.objects.filter(pk=row.pk).update(used_on=now.date())
    return row.user, access.within((*row.rights, KEYS), row.stores)


def token_list(*, user: models.User) -> list[models.ApiToken]:
    """A person's keys that were not ended, newest first."""
    return list(models.ApiToken.objects.filter(user=user, ended_at=None).order_by("-id"))


def token_end(*, user: models.User, id: int, now: datetime) -> models.ApiToken:
    """End a key of this person; raises `token_unknown`, also for somebody else's."""
    row = models.ApiToken.objects.filter(user=user, pk=id, ended_at=None).first()
    if row is None:
        raise GoldloopError("token_unknown", f"There is no key {id}.", given=id, id=id)
    row.ended_at = now
    row.save(update_fields=["ended_at"])
    return row
