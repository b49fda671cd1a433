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
