import django.db.models.deletion
from django.db import migrations, models


def to_their_stores(apps, schema_editor):
    """A fix was made for rows of this content; it goes on for the stores of these rows."""
    Fix, QuarantinedRow = apps.get_model("feeds", "Fix"), apps.get_model("feeds", "QuarantinedRow")
    for fix in Fix.objects.filter(store=None).order_by("pk"):
        rows = QuarantinedRow.objects.filter(content_hash=fix.content_hash)
        stores = sorted(set(rows.values_list("source__store_id", flat=True)))
        Fix.objects.bulk_create(
            [Fix(store_id=store, content_hash=fix.content_hash, column=fix.column, sealed=fix.sealed) for store in stores]
        )
        fix.delete()  # one without rows corrected a file that was removed on a person's request


class Migration(migrations.Migration):

    dependencies = [
        ('feeds', '0003_people'),
        ('shops', '0001_first'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='fix',
            name='feeds_fix_once',
        ),
        migrations.AddField(
            model_name='fix',
            name='store',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='shops.store'),
        ),
        migrations.RunPython(to_their_stores, migrations.RunPython.noop),
    ]
