"""Tables of rules, judgements of days, and alarms."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Rule(models.Model):
    """What is watched: a figure of every named store (of all stores where none is named), or the lateness of feeds.

    `where`: (cut, value) pairs as in a question. A day rings when it is outside its interval and beyond `rate` (share of
    the expectation) and `amount` (major units; of a feed: days); 0 is no limit. Quiet hours are minutes after
    midnight on the store's clock; in them the rule rests.
    """

    code = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=10, default="figure")
    figure = models.CharField(max_length=60, blank=True)
    where = models.JSONField(default=list)
    direction = models.CharField(max_length=10)
    rate = models.FloatField(default=0.0)
    amount = models.DecimalField(max_digits=24, decimal_places=6, default=0)
    least = models.PositiveBigIntegerField(default=0)
    sensitivity = models.CharField(max_length=10, default="normal")
    quiet_from = models.PositiveSmallIntegerField(null=True)
    quiet_to = models.PositiveSmallIntegerField(null=True)
    enabled = models.BooleanField(default=True)
    stores = models.ManyToManyField("shops.Store", related_name="+")


class Alarm(models.Model):
    """Something that rang and has not come back, or has. `subject`: which feed, of a rule about feeds.

    `numbers`, `said` (a sentence by language) and `account` are of the day on which it opened; `last_on` is the newest
    day on which it was still outside.
    """

    class State(models.TextChoices):
        """What became of it."""

        OPEN = "open"
        ACKNOWLEDGED = "acknowledged"
        CLEARED = "cleared"

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="+")
    store = models.ForeignKey("shops.Store", on_delete=models.CASCADE, related_name="+")
    subject = models.CharField(max_length=200, blank=True)
    side = models.CharField(max_length=10)
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    opened_on = models.DateField()
    last_on = models.DateField()
    cleared_on = models.DateField(null=True)
    opened_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=500, blank=True)
    numbers = models.JSONField()
    said = models.JSONField()
    account = models.JSONField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["rule", "store", "subject"],
                condition=~models.Q(state="cleared"),
                name="watch_alarm_open_once",
            ),
        ]


class Judgement(models.Model):
    """What a rule said of one store on one day; `alarm`: the one that was open after it.

    `verdict` is judged, or why it was not. `excess` as in `core.alarm`.
    """

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="+")
    store = models.ForeignKey("shops.Store", on_delete=models.CASCADE, related_name="+")
    subject = models.CharField(max_length=200, blank=True)
    day = models.DateField()
    moment = models.DateTimeField()
    verdict = models.CharField(max_length=20)
    excess = models.FloatField(null=True)
    numbers = models.JSONField()
    alarm = models.ForeignKey(Alarm, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rule", "store", "subject", "day"], name="watch_judgement_once"),
        ]
