"""Tables of people and their roles, organisation, stores, exclusion rules and the audit log."""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from tree_queries.models import TreeNode

REFUSED = "a line of the audit log is never changed or deleted"


def digest(secret: str) -> str:
    """What is kept of a secret that is given out once: SHA-256. It is random and long, so it needs no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


class User(AbstractUser):
    """A person who works with the shop group, and how she wants her pages; an empty choice follows the browser."""

    language = models.CharField(max_length=2, blank=True)
    theme = models.CharField(max_length=10, blank=True)
    direction = models.CharField(max_length=20, blank=True, help_text="which colour means more")
    meaning = models.BooleanField(default=True, help_text="whether a badge says what is good or bad")
    landing = models.CharField(max_length=20, blank=True, help_text="name of the page after log-in")
    single_keys = models.BooleanField(default=True, help_text="whether single letters are shortcuts")


class OrgUnit(TreeNode):
    """A node of the organisation tree: company > business unit > department; stores hang on it by membership."""

    class Kind(models.TextChoices):
        """What the node is."""

        COMPANY = "company"
        BUSINESS_UNIT = "business_unit"
        DEPARTMENT = "department"

    kind = models.CharField(max_length=20, choices=Kind.choices)
    name = models.CharField(max_length=200)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["parent", "name"], name="shops_unit_name_once_per_parent"),
            # null parents are distinct to the constraint above, so the roots need their own
            models.UniqueConstraint(fields=["name"], condition=models.Q(parent=None), name="shops_company_name_once"),
        ]


class Store(models.Model):
    """One store (店铺) and the settings that its figures depend on."""

    name = models.CharField(max_length=200, unique=True)
    platform = models.CharField(max_length=30)
    currency = models.CharField(max_length=3)
    timezone = models.CharField(max_length=64)
    day_starts = models.PositiveSmallIntegerField(default=0, help_text="minutes after midnight")
    opened_on = models.DateField(null=True)
    identity_limit = models.FloatField(default=0.95)
    gmv_amount = models.CharField(max_length=10, default="merchant", help_text="which amount of a sale is gmv")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(day_starts__lt=1440), name="shops_store_day_starts_in_day"),
            models.CheckConstraint(
                condition=models.Q(identity_limit__gte=0, identity_limit__lte=1),
                name="shops_store_identity_limit_share",
            ),
            models.CheckConstraint(
                condition=models.Q(gmv_amount__in=["merchant", "paid"]), name="shops_store_gmv_amount_known"
            ),
        ]


class StoreMembership(models.Model):
    """From `valid_from` until the store's next membership begins, the store belongs to this unit."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+")
    unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "valid_from"], name="shops_membership_one_unit_a_day"),
        ]


class ExclusionRule(models.Model):
    """Orders and lines that stay loaded but do not count in gmv.

    It holds for the named stores and for every store of the named platforms; with neither, for all stores.
    """

    code = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=20)
    values = models.JSONField()
    platforms = models.JSONField(default=list)
    stores = models.ManyToManyField(Store, related_name="+")


class Grant(models.Model):
    """A role that a person holds: for one store, for a unit of the tree and all below it, or (with neither) for everything."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=20)
    unit = models.ForeignKey(OrgUnit, null=True, on_delete=models.CASCADE, related_name="+")
    store = models.ForeignKey(Store, null=True, on_delete=models.CASCADE, related_name="+")
    given_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    given_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(unit=None) | models.Q(store=None), name="shops_grant_unit_or_store"
            ),
            models.UniqueConstraint(fields=["user", "role", "store"], name="shops_grant_store_once"),
            models.UniqueConstraint(fields=["user", "role", "unit"], name="shops_grant_unit_once"),
            models.UniqueConstraint(
                fields=["user", "role"],
                condition=models.Q(unit=None, store=None),
                name="shops_grant_everything_once",
            ),
        ]


class Invitation(models.Model):
    """A link with which a person sets her name and password, once; only a digest of its secret is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class ApiToken(models.Model):
    """A key with which a program acts for a person, within some of her rights and stores, until a day.

    Only a digest of its secret is kept; `hint` are its first characters. Without `stores` it reaches all of hers.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=12)
    rights = models.JSONField()
    stores = models.JSONField(default=list)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_on = models.DateField(null=True)
    ended_at = models.DateTimeField(null=True)


class SavedView(models.Model):
    """A page with its choices that a person keeps under a name; `key` is its address for good.

    `query` is the page's address after the question mark; with `rolling` its days end on the newest loaded day whenever
    it is opened. `shared`: people who see all of `stores` find it, too.
    """

    key = models.CharField(max_length=16, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    query = models.TextField()
    stores = models.JSONField(default=list)
    rolling = models.BooleanField(default=False)
    shared = models.BooleanField(default=False)
    saved_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "name"], name="shops_view_name_once")]


class AuditHead(models.Model):
    """The end of the audit log, one row: its last number and seal. Who writes locks it first."""

    number = models.BigIntegerField(default=0)
    seal = models.CharField(max_length=64, blank=True)


class AuditEntry(models.Model):
    """One line of the audit log. `seal` covers it and the seal before it, so that no line can change, go or come unseen.

    People and stores are kept as plain numbers: a line outlives them.
    """

    number = models.BigIntegerField(primary_key=True)
    moment = models.DateTimeField(db_index=True)
    actor = models.BigIntegerField(null=True, db_index=True)
    actor_name = models.CharField(max_length=150, blank=True)
    action = models.CharField(max_length=40)
    route = models.CharField(max_length=60, blank=True)
    target = models.CharField(max_length=200, blank=True, help_text="what it was done to")
    stores = models.JSONField(default=list)
    request_id = models.CharField(max_length=40, blank=True)
    address = models.CharField(max_length=45, blank=True)
    result = models.CharField(max_length=40)
    detail = models.JSONField(default=dict)
    seal = models.CharField(max_length=64)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write a new line; a line that stands is never written again."""
        if not self._state.adding:
            raise TypeError(REFUSED)
        super().save(*args, force_insert=True, using=kwargs.get("using"))

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        """Refused."""
        raise TypeError(REFUSED)
