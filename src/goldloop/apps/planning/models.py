"""Tables of plans, their versions, what the owners answered and what people said."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Plan(models.Model):
    """What one or several stores want to reach between two days. `current` is the number of its newest version.

    `beside`: the plan that this one is a scenario of. `four_eyes_from`: sales (major units) from which one person alone
    cannot sign.
    """

    name = models.CharField(max_length=100)
    beside = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="+")
    stores = models.ManyToManyField("shops.Store", related_name="+")
    first_on = models.DateField()
    last_on = models.DateField()
    currency = models.CharField(max_length=3)
    four_eyes_from = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    current = models.PositiveIntegerField(default=1)
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(last_on__gte=models.F("first_on")), name="planning_plan_in_order"
            ),
        ]


class Version(models.Model):
    """A plan as somebody proposed it; never changed afterwards, only answered.

    `values`: variable -> text in major units; `locks`: rows held by hand; `shapes`: store -> driver -> day -> weight as it
    was spread with; `sources`: source group -> its share of the visitors, in any common unit.
    """

    class State(models.TextChoices):
        """How far the three owners are with it."""

        PROPOSED = "proposed"
        COUNTERED = "countered"
        ACCEPTED = "accepted"
        SIGNED = "signed"

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    values = models.JSONField()
    locks = models.JSONField(default=list)
    shapes = models.JSONField(default=dict)
    sources = models.JSONField(default=dict)
    note = models.CharField(max_length=500, blank=True)
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "number"], name="planning_version_once"),
        ]


class Answer(models.Model):
    """What one owner said of a version: accepted, countered or signed."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="+")
    owner = models.CharField(max_length=10)
    said = models.CharField(max_length=10)
    by = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "owner", "said"], name="planning_answer_once"),
        ]


class Comment(models.Model):
    """What somebody said of a version, or of a row of it (`about`: a variable or a period)."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="+")
    about = models.CharField(max_length=60, blank=True)
    text = models.CharField(max_length=1000)
    by = models.CharField(max_length=200)
    at = models.DateTimeField()
