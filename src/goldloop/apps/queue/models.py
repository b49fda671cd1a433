"""The tables of jobs and of answers that are kept for a request that may come again."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Job(models.Model):
    """One piece of work somebody asked for.

    `arguments` say everything the work needs but its files, and no personal data. `key` names the wish: the same wish of
    the same person twice is one job. `not_before`: it waits for that moment. `stops` counts how often the process that was at it ended in the middle.
    """

    class State(models.TextChoices):
        """How far it came."""

        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    kind = models.CharField(max_length=40)
    arguments = models.JSONField()
    key = models.CharField(max_length=100, blank=True)
    asked_by = models.ForeignKey("shops.User", null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField()
    not_before = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    cancel = models.BooleanField(default=False, help_text="somebody wants it to end")
    stops = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    stage = models.CharField(max_length=20, blank=True)
    file = models.CharField(max_length=500, blank=True)
    done = models.BigIntegerField(null=True)
    total = models.BigIntegerField(null=True)
    result = models.JSONField(null=True)
    error = models.JSONField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["state", "id"], name="queue_job_by_state")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["asked_by", "kind", "key"], condition=~models.Q(key=""), name="queue_job_asked_once"
            ),
        ]


class KeptAnswer(models.Model):
    """The answer to a request that carried a key: the same request with the same key gets it again.

    `asked` is a digest of everything that makes it the same request.
    """

    user = models.ForeignKey("shops.User", on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    asked = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.TextField(blank=True)
    kept_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "key"], name="queue_answer_kept_once")]
