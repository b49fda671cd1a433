import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('feeds', '0001_first'),
        ('shops', '0001_first'),
    ]

    operations = [
        migrations.CreateModel(
            name='Rhythm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('profile', models.CharField(max_length=200)),
                ('days', models.PositiveIntegerField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='import',
            name='feeds_import_claimed_once',
        ),
        migrations.AddField(
            model_name='import',
            name='profile_digest',
            field=models.CharField(blank=True, help_text="of the profile's file as it was read", max_length=64),
        ),
        migrations.AddField(
            model_name='import',
            name='replaced_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='feeds.import'),
        ),
        migrations.AddConstraint(
            model_name='import',
            constraint=models.UniqueConstraint(condition=models.Q(models.Q(('state', 'undone'), _negated=True), ('parent', None)), fields=('content_hash', 'member', 'sheet', 'store', 'profile', 'profile_digest', 'period'), name='feeds_import_claimed_once'),
        ),
        migrations.AddField(
            model_name='rhythm',
            name='store',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='shops.store'),
        ),
        migrations.AddConstraint(
            model_name='rhythm',
            constraint=models.UniqueConstraint(fields=('store', 'profile'), name='feeds_rhythm_once'),
        ),
    ]
