"""Tables of kept segments and of life-cycle limits."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Segment(models.Model):
    """A segment under a name; it is seen by whoever may see all of the stores it was kept for."""

    name = models.CharField(max_length=80)
    stores = models.ManyToManyField("shops.Store", related_name="+")
    removed_at = models.DateTimeField(null=True)


class Version(models.Model):
    """What a segment says from one moment on, in words of the language of segments (English spelling)."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField()
    saved_at = models.DateTimeField()
    saved_by = models.CharField(max_length=200)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["segment", "number"], name="segments_version_once"),
        ]


class StoreLimits(models.Model):
    """Days without a purchase after which buyers of a store sleep, and are lost, as people set them."""

    store = models.OneToOneField("shops.Store", on_delete=models.CASCADE, related_name="+")
    sleeping = models.PositiveIntegerField()
    lost = models.PositiveIntegerField()
    set_at = models.DateTimeField()
    set_by = models.CharField(max_length=200)
