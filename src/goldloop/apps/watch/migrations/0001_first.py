import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('shops', '0001_first'),
    ]

    operations = [
        migrations.CreateModel(
            name='Rule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=60, unique=True)),
                ('kind', models.CharField(default='figure', max_length=10)),
                ('figure', models.CharField(blank=True, max_length=60)),
                ('where', models.JSONField(default=list)),
                ('direction', models.CharField(max_length=10)),
                ('rate', models.FloatField(default=0.0)),
                ('amount', models.DecimalField(decimal_places=6, default=0, max_digits=24)),
                ('least', models.PositiveBigIntegerField(default=0)),
                ('sensitivity', models.CharField(default='normal', max_length=10)),
                ('quiet_from', models.PositiveSmallIntegerField(null=True)),
                ('quiet_to', models.PositiveSmallIntegerField(null=True)),
                ('enabled', models.BooleanField(default=True)),
                ('stores', models.ManyToManyField(related_name='+', to='shops.store')),
            ],
        ),
        migrations.CreateModel(
            name='Alarm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.CharField(blank=True, max_length=200)),
                ('side', models.CharField(max_length=10)),
                ('state', models.CharField(choices=[('open', 'Open'), ('acknowledged', 'Acknowledged'), ('cleared', 'Cleared')], default='open', max_length=12)),
                ('opened_on', models.DateField()),
                ('last_on', models.DateField()),
                ('cleared_on', models.DateField(null=True)),
                ('opened_at', models.DateTimeField()),
                ('cleared_at', models.DateTimeField(null=True)),
                ('acknowledged_at', models.DateTimeField(null=True)),
                ('acknowledged_by', models.CharField(blank=True, max_length=200)),
                ('note', models.CharField(blank=True, max_length=500)),
                ('numbers', models.JSONField()),
                ('said', models.JSONField()),
                ('account', models.JSONField(null=True)),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='shops.store')),
                ('rule', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='watch.rule')),
            ],
        ),
        migrations.CreateModel(
            name='Judgement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.CharField(blank=True, max_length=200)),
                ('day', models.DateField()),
                ('moment', models.DateTimeField()),
                ('verdict', models.CharField(max_length=20)),
                ('excess', models.FloatField(null=True)),
                ('numbers', models.JSONField()),
                ('alarm', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='watch.alarm')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='shops.store')),
                ('rule', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='watch.rule')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('rule', 'store', 'subject', 'day'), name='watch_judgement_once')],
            },
        ),
        migrations.AddConstraint(
            model_name='alarm',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'cleared'), _negated=True), fields=('rule', 'store', 'subject'), name='watch_alarm_open_once'),
        ),
    ]
