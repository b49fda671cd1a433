"""Tables of the calendar: annotations, and events with their versions, checklist and reviews."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Note(models.Model):
    """What somebody says of a day or a run of days, of one store or (without one) of all: a promotion, a price change."""

    store = models.ForeignKey("shops.Store", null=True, on_delete=models.CASCADE, related_name="+")
    first_on = models.DateField()
    last_on = models.DateField(db_index=True)
    kind = models.CharField(max_length=10, default="note")  # one of `contracts.NOTE_KINDS`
    text = models.CharField(max_length=200)
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(last_on__gte=models.F("first_on")), name="calendar_note_in_order"
            ),
        ]


class Event(models.Model):
    """What some stores do together on some days. `current` is the number of its newest version, whose days these are.

    `owner`: who proposes it (operations, traffic or members); operations answers for the calendar.
    """

    class State(models.TextChoices):
        """Whether operations has taken it into the calendar."""

        PROPOSED = "proposed"
        ACCEPTED = "accepted"
        DECLINED = "declined"
        CANCELLED = "cancelled"

    stores = models.ManyToManyField("shops.Store", related_name="+")
    currency = models.CharField(max_length=3)
    owner = models.CharField(max_length=10)
    state = models.CharField(max_length=10, choices=State.choices)
    first_on = models.DateField()
    last_on = models.DateField(db_index=True)
    current = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(last_on__gte=models.F("first_on")), name="calendar_event_in_order"
            ),
        ]


class EventVersion(models.Model):
    """An event as somebody proposed it; never changed afterwards.

    `said`: field -> text (see `core.event.Content`); `baseline`: store -> day -> normal sales in minor units, as they could
    be told when the version was made.
    """

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    said = models.JSONField()
    baseline = models.JSONField(default=dict)
    note = models.CharField(max_length=500, blank=True)
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["event", "number"], name="calendar_event_version_once"),
        ]


class EventAnswer(models.Model):
    """What somebody said of a version: accepted, declined or cancelled, and why."""

    version = models.ForeignKey(EventVersion, on_delete=models.CASCADE, related_name="+")
    said = models.CharField(max_length=10)
    why = models.CharField(max_length=500, blank=True)
    by = models.CharField(max_length=200)
    at = models.DateTimeField()


class Task(models.Model):
    """Something to be ready for an event: a `code` of the checklist, or words of its own.

    `days` before the opening, or (negative) after the last open day.
    """

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="+")
    code = models.CharField(max_length=20, blank=True)
    text = models.CharField(max_length=200, blank=True)
    owner = models.CharField(max_length=10)
    days = models.SmallIntegerField()


class TaskMark(models.Model):
    """That a task was done, opened again or left out; the newest holds."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10)
    by = models.CharField(max_length=200)
    at = models.DateTimeField()


class EventReview(models.Model):
    """What a version of an event brought one store, as the data up to `known_on` told it; `told` as the command line answers."""

    version = models.ForeignKey(EventVersion, on_delete=models.CASCADE, related_name="+")
    store = models.ForeignKey("shops.Store", on_delete=models.CASCADE, related_name="+")
    known_on = models.DateField()
    told = models.JSONField()
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "store", "known_on"], name="calendar_event_review_once"),
        ]
