"""Tables of points. People are keyed hashes; reasons are sealed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Program(models.Model):
    """Rules of points for some stores. `rates`: [day, points per currency unit] from that day on, oldest first."""

    name = models.CharField(max_length=100, unique=True)
    stores = models.ManyToManyField("shops.Store", related_name="+")
    currency = models.CharField(max_length=3)
    said = models.JSONField(default=dict)
    rates = models.JSONField(default=list)
    booked_to = models.DateField(null=True)


class Account(models.Model):
    """A person's points: `total` is the sum of her entries; what is below 0 is owed and comes off what she earns next."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="+")
    person = models.CharField(max_length=64)
    total = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["program", "person"], name="loyalty_account_once"),
        ]


class Entry(models.Model):
    """A line of the ledger, never changed. `day`: of the sale, or of the booking; `amount`: net of the sales (minor units);
    `key`: the wish, so that the same one is booked once."""

    class Kind(models.TextChoices):
        """What happened."""

        EARN = "earn"
        REFUND = "refund"
        BURN = "burn"
        EXPIRE = "expire"
        CORRECT = "correct"
        REFER = "refer"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    points = models.BigIntegerField()
    amount = models.BigIntegerField(default=0)
    day = models.DateField()
    key = models.CharField(max_length=100, blank=True)
    reason = models.BinaryField(default=b"")
    made_by = models.CharField(max_length=200, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "key"], condition=~models.Q(key=""), name="loyalty_entry_asked_once"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["account", "day"], name="loyalty_entry_by_day")]


class ReferralCode(models.Model):
    """What somebody hands to her friends; `device` is the hash of where she asked for it."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="+")
    person = models.CharField(max_length=64)
    code = models.CharField(max_length=12, unique=True)
    device = models.CharField(max_length=64, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["program", "person"], name="loyalty_code_once"),
        ]


class Referral(models.Model):
    """A friend who came by somebody's code; once a program. Rewards of both are entries under the key `refer:<id>`.

    `also`: other keys that an import may give her; once it is decided, `friend` is the key that it gave.
    """

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting"
        REWARDED = "rewarded"
        REFUSED = "refused"
        TAKEN_BACK = "taken_back"

    code = models.ForeignKey(ReferralCode, on_delete=models.CASCADE, related_name="+")
    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="+")
    friend = models.CharField(max_length=64)
    also = models.JSONField(default=list)
    device = models.CharField(max_length=64, blank=True, db_index=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    reason = models.CharField(max_length=20, blank=True)
    claimed_on = models.DateField()
    claimed_at = models.DateTimeField()
    bought_on = models.DateField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["program", "friend"], name="loyalty_friend_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["program", "state"], name="loyalty_referral_by_state")]
