"""Tables of actions and of what people said of them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Action(models.Model):
    """Something proposed, by what it is (`kind`, `ref`); `predicted` is written once, `result` when it is measured."""

    class State(models.TextChoices):
        """How far it is."""

        OPEN = "open"
        ACCEPTED = "accepted"
        DONE = "done"
        MEASURED = "measured"
        DECLINED = "declined"
        DUPLICATE = "duplicate"

    kind = models.CharField(max_length=20)
    ref = models.BigIntegerField()
    title = models.CharField(max_length=200)
    stores = models.ManyToManyField("shops.Store", related_name="+")
    currency = models.CharField(max_length=3)
    owner = models.CharField(max_length=10)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    due_on = models.DateField()
    predicted = models.JSONField()
    result = models.JSONField(null=True)
    receipt = models.CharField(max_length=64, blank=True)
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "ref"], name="actions_action_once"),
        ]


class Answer(models.Model):
    """What somebody said of an action: accepted, declined (with a reason), later (with the new day), or duplicate (of another
    one, whose number is the reason)."""

    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="+")
    said = models.CharField(max_length=10)
    reason = models.CharField(max_length=500, blank=True)
    by = models.CharField(max_length=200)
    at = models.DateTimeField()
