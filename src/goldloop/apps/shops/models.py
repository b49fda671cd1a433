"""Tables of people, organisation, stores and exclusion rules."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from tree_queries.models import TreeNode


class User(AbstractUser):
    """A person who works with the shop group."""


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

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(day_starts__lt=1440), name="shops_store_day_starts_in_day"),
            models.CheckConstraint(
                condition=models.Q(identity_limit__gte=0, identity_limit__lte=1),
                name="shops_store_identity_limit_share",
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
