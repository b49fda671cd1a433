"""Tables of what people decided, agreed to and wrote; whoever is meant is named by a keyed hash, words are sealed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

KEY = 32  # hex characters of a keyed hash


class MergeDecision(models.Model):
    """Somebody decided that two keys are one person's (merge) or two people's (apart), or that a key is nobody else's (split).

    It holds until it is taken back; nothing is ever deleted. An apart rests while the merge stands that joined the two later
    (`joined_by`). `reason` is sealed, as it may name the person.
    """

    class Kind(models.TextChoices):
        """What was decided."""

        MERGE = "merge"
        SPLIT = "split"
        APART = "apart"

    kind = models.CharField(max_length=5, choices=Kind.choices)
    one = models.CharField(max_length=KEY, db_index=True)
    other = models.CharField(max_length=KEY, blank=True, db_index=True)
    reason = models.BinaryField()
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    undone_by = models.CharField(max_length=200, blank=True)
    undone_at = models.DateTimeField(null=True)
    joined_by = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "one", "other"], condition=models.Q(undone_at=None), name="members_decision_once"
            ),
        ]


class Consent(models.Model):
    """A person agreed to be written to at an address of her own; `key` is the keyed hash by which it is found."""

    key = models.CharField(max_length=KEY, db_index=True)
    kind = models.CharField(max_length=5, choices=[("phone", "phone"), ("email", "email")])
    address = models.BinaryField()
    source = models.CharField(max_length=200)
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    made_by = models.CharField(max_length=200)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["key"], name="members_consent_of_address")]


class PersonNote(models.Model):
    """What somebody wrote about a person, who is named by one of her keys."""

    key = models.CharField(max_length=KEY, db_index=True)
    text = models.BinaryField()
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
