"""The table of annotations."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Note(models.Model):
    """What somebody says of a day or a run of days, of one store or (without one) of all: a promotion, a price change."""

    store = models.ForeignKey("shops.Store", null=True, on_delete=models.CASCADE, related_name="+")
    first_on = models.DateField()
    last_on = models.DateField(db_index=True)
    text = models.CharField(max_length=200)
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(last_on__gte=models.F("first_on")), name="calendar_note_in_order"
            ),
        ]
