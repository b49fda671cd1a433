"""Tables of imports, lake versions, quarantined rows, remembered fixes and declared rhythms."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Import(models.Model):
    """The receipt of one sheet of one file for one store.

    A row is claimed (`reading`) before anything is read, so two processes can never load the same thing twice. Undone
    receipts are kept as history and leave the claim free again.
    """

    class State(models.TextChoices):
        """How far it came."""

        READING = "reading"
        DONE = "done"
        REFUSED = "refused"
        UNDONE = "undone"

    content_hash = models.CharField(max_length=64, db_index=True)
    member = models.CharField(max_length=500, blank=True)
    sheet = models.CharField(max_length=500, blank=True)
    store = models.ForeignKey("shops.Store", on_delete=models.PROTECT, related_name="+")
    profile = models.CharField(max_length=200)
    profile_digest = models.CharField(max_length=64, blank=True, help_text="of the profile's file as it was read")
    period = models.CharField(max_length=40, blank=True)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    replaced_by = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.READING)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    file_name = models.CharField(max_length=500)
    file_size = models.BigIntegerField()
    store_column = models.CharField(max_length=500, blank=True, help_text="column that named the store, if one did")
    error = models.JSONField(null=True)

    confidence = models.FloatField(default=0.0)
    read = models.BigIntegerField(default=0)
    new = models.BigIntegerField(default=0)
    updated = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    quarantined = models.BigIntegerField(default=0)
    dropped = models.JSONField(default=dict)
    control = models.JSONField(default=list)
    facts = models.JSONField(default=dict)
    coverage = models.JSONField(null=True)
    columns_unused = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    elapsed = models.FloatField(default=0.0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["content_hash", "member", "sheet", "store", "profile", "profile_digest", "period"],
                condition=~models.Q(state="undone") & models.Q(parent=None),
                name="feeds_import_claimed_once",
            ),
        ]


class LakeVersion(models.Model):
    """One state of the lake: the version of each of its tables. The newest row is what every reader opens.

    `base` is the id of the state it was made from (0: the empty lake); that it is unique keeps two writers, on whatever
    machines, from building on the same state. `settings` holds digests of the stores and exclusion rules by which the
    facts were finished.
    """

    base = models.BigIntegerField(unique=True)
    versions = models.JSONField()
    settings = models.JSONField()
    made_at = models.DateTimeField()
    reason = models.CharField(max_length=20)
    source = models.ForeignKey(Import, null=True, on_delete=models.PROTECT, related_name="+")


class QuarantinedRow(models.Model):
    """A row of a file that could not be loaded. What it held is sealed with the key of its file."""

    class State(models.TextChoices):
        """What became of it."""

        OPEN = "open"
        FIXED = "fixed"
        IGNORED = "ignored"

    source = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="+")
    row = models.BigIntegerField()
    issues = models.JSONField(help_text="list of {column, code}; values are in `sealed`")
    sealed = models.BinaryField()
    content_hash = models.CharField(max_length=64, db_index=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    reason = models.CharField(max_length=500, blank=True)
    fixed_by = models.ForeignKey(Import, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "row"], name="feeds_quarantine_row_once"),
        ]


class Fix(models.Model):
    """A corrected value for a column of every row of a store with this raw content, in this file and all later ones.

    The content is all cells with the names of their columns, so it is one report's, too.
    """

    store = models.ForeignKey("shops.Store", on_delete=models.CASCADE, related_name="+")
    content_hash = models.CharField(max_length=64)
    column = models.CharField(max_length=500)
    sealed = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "content_hash", "column"], name="feeds_fix_once"),
        ]


class Rhythm(models.Model):
    """How often a feed (one report of one store) is expected, as a person declared it."""

    store = models.ForeignKey("shops.Store", on_delete=models.CASCADE, related_name="+")
    profile = models.CharField(max_length=200)
    days = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "profile"], name="feeds_rhythm_once"),
        ]


class Forgotten(models.Model):
    """A person who was forgotten: a keyed hash of the key they had, so that a later import does not bring it back."""

    mark = models.CharField(max_length=64, unique=True)
