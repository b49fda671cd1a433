"""Tables of waves. People are keyed hashes; what identifies them is sealed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Rules(models.Model):
    """What holds for all waves: texts by name (one row)."""

    said = models.JSONField(default=dict)


class Budget(models.Model):
    """What coupons and messages of a month may cost at most, and what exported waves have taken of it (minor units)."""

    month = models.DateField()
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField()
    taken = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["month", "currency"], name="campaigns_budget_once"),
            models.CheckConstraint(condition=models.Q(taken__lte=models.F("amount")), name="campaigns_budget_kept"),
        ]


class Wave(models.Model):
    """One touch of an audience. `current` is its newest version; `told` what the check of that version said, `salt` what
    its hold-out is drawn by."""

    class State(models.TextChoices):
        """How far it is."""

        DRAFT = "draft"
        CHECKED = "checked"
        EXPORTED = "exported"
        MEASURED = "measured"
        DECLINED = "declined"

    stores = models.ManyToManyField("shops.Store", related_name="+")
    currency = models.CharField(max_length=3)
    salt = models.CharField(max_length=32)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    current = models.PositiveIntegerField(default=1)
    told = models.JSONField(null=True)
    reason = models.CharField(max_length=500, blank=True)


class WaveVersion(models.Model):
    """A wave as somebody said it; never changed afterwards."""

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    said = models.JSONField()
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["wave", "number"], name="campaigns_wave_version_once"),
        ]


class Drawn(models.Model):
    """A person of a checked wave: held out or not, the province or day she counts to, and the day her line went out."""

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="+")
    person = models.CharField(max_length=64)
    unit = models.CharField(max_length=60, blank=True)
    held = models.BooleanField()
    sent_on = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["wave", "person"], name="campaigns_drawn_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["sent_on", "person"], name="campaigns_contacted")]


class WaveFile(models.Model):
    """The receipt of a file that went out: its hash, under which it is kept sealed, its lines, and by which `way`."""

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10)
    way = models.CharField(max_length=10, default="file")
    sha256 = models.CharField(max_length=64)
    lines = models.PositiveIntegerField()
    cost = models.BigIntegerField()
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["wave", "kind"], name="campaigns_wave_file_once"),
        ]


class Message(models.Model):
    """A line of a wave that a gateway sends. `key` tells the receiver that it is the same message; `sending` while nobody
    knows yet what became of it, `unclear` where nobody ever will."""

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting"
        SENDING = "sending"
        SENT = "sent"
        UNCLEAR = "unclear"
        FAILED = "failed"
        LEFT_OUT = "left_out"

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, default="list")
    person = models.CharField(max_length=64)
    key = models.CharField(max_length=32, unique=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    reason = models.CharField(max_length=20, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["wave", "kind", "person"], name="campaigns_message_of_kind_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["wave", "kind", "state"], name="campaigns_message_of_kind")]


class Reason(models.Model):
    """Why somebody whom a wave has reached does not buy any more, in her words (`note`, sealed); the newest counts."""

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="+")
    person = models.CharField(max_length=64)
    code = models.CharField(max_length=20)
    note = models.BinaryField(default=b"")
    by = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["wave", "person"], name="campaigns_reason_once"),
        ]


class Contact(models.Model):
    """How a person may be reached: a phone with consent, or a platform id, sealed; `stopped_at`: since when no more."""

    person = models.CharField(max_length=64)
    channel = models.CharField(max_length=10)
    sealed = models.BinaryField()
    consented_at = models.DateTimeField(null=True)
    source = models.CharField(max_length=100, blank=True)
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "channel"], name="campaigns_contact_once"),
        ]


class Totals(models.Model):
    """What the platform's own tool said of a wave: pushed, claimed, used, expired, stopped; the newest counts."""

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="+")
    said = models.JSONField()
    by = models.CharField(max_length=200)
    at = models.DateTimeField()


class Result(models.Model):
    """What a wave brought, as the days up to `known_on` told it; kept for ever."""

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="+")
    known_on = models.DateField()
    told = models.JSONField()
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["wave", "known_on"], name="campaigns_result_once"),
        ]
