
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('shops', '0001_first'),
    ]

    operations = [
        migrations.CreateModel(
            name='Fix',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content_hash', models.CharField(max_length=64)),
                ('column', models.CharField(max_length=500)),
                ('sealed', models.BinaryField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('content_hash', 'column'), name='feeds_fix_once')],
            },
        ),
        migrations.CreateModel(
            name='Import',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content_hash', models.CharField(db_index=True, max_length=64)),
                ('member', models.CharField(blank=True, max_length=500)),
                ('sheet', models.CharField(blank=True, max_length=500)),
                ('profile', models.CharField(max_length=200)),
                ('period', models.CharField(blank=True, max_length=40)),
                ('state', models.CharField(choices=[('reading', 'Reading'), ('done', 'Done'), ('refused', 'Refused'), ('undone', 'Undone')], default='reading', max_length=10)),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('file_name', models.CharField(max_length=500)),
                ('file_size', models.BigIntegerField()),
                ('store_column', models.CharField(blank=True, help_text='column that named the store, if one did', max_length=500)),
                ('error', models.JSONField(null=True)),
                ('confidence', models.FloatField(default=0.0)),
                ('read', models.BigIntegerField(default=0)),
                ('new', models.BigIntegerField(default=0)),
                ('updated', models.BigIntegerField(default=0)),
                ('unchanged', models.BigIntegerField(default=0)),
                ('quarantined', models.BigIntegerField(default=0)),
                ('dropped', models.JSONField(default=dict)),
                ('control', models.JSONField(default=list)),
                ('facts', models.JSONField(default=dict)),
                ('coverage', models.JSONField(null=True)),
                ('columns_unused', models.JSONField(default=list)),
                ('notes', models.JSONField(default=list)),
                ('first_day', models.DateField(null=True)),
                ('last_day', models.DateField(null=True)),
                ('elapsed', models.FloatField(default=0.0)),
                ('parent', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='feeds.import')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='shops.store')),
            ],
        ),
        migrations.CreateModel(
            name='LakeVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('base', models.BigIntegerField(unique=True)),
                ('versions', models.JSONField()),
                ('settings', models.JSONField()),
                ('made_at', models.DateTimeField()),
                ('reason', models.CharField(max_length=20)),
                ('source', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='feeds.import')),
            ],
        ),
        migrations.CreateModel(
            name='QuarantinedRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('row', models.BigIntegerField()),
                ('issues', models.JSONField(help_text='list of {column, code}; values are in `sealed`')),
                ('sealed', models.BinaryField()),
                ('content_hash', models.CharField(db_index=True, max_length=64)),
                ('state', models.CharField(choices=[('open', 'Open'), ('fixed', 'Fixed'), ('ignored', 'Ignored')], default='open', max_length=10)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('fixed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='feeds.import')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='feeds.import')),
            ],
        ),
        migrations.AddConstraint(
            model_name='import',
            constraint=models.UniqueConstraint(condition=models.Q(models.Q(('state', 'undone'), _negated=True), ('parent', None)), fields=('content_hash', 'member', 'sheet', 'store', 'profile', 'period'), name='feeds_import_claimed_once'),
        ),
        migrations.AddConstraint(
            model_name='quarantinedrow',
            constraint=models.UniqueConstraint(fields=('source', 'row'), name='feeds_quarantine_row_once'),
        ),
    ]
