
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# The database itself refuses to change the audit log. (SQLite: a later migration that alters the table rebuilds it and
# must make these again.)
REFUSALS = {
    'sqlite': [
        f"CREATE TRIGGER shops_audit_no_{act.lower()} BEFORE {act} ON shops_auditentry"
        " BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END"
        for act in ('UPDATE', 'DELETE')
    ],
    'postgresql': [
        "CREATE FUNCTION shops_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'the audit log is never changed'; END $$",
        "CREATE TRIGGER shops_audit_refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON shops_auditentry"
        " FOR EACH STATEMENT EXECUTE FUNCTION shops_audit_refuse()",
    ],
}


def seal_the_log(apps, schema_editor):
    apps.get_model('shops', 'AuditHead').objects.create(pk=1)
    for statement in REFUSALS.get(schema_editor.connection.vendor, []):
        schema_editor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [
        ('shops', '0001_first'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('number', models.BigIntegerField(primary_key=True, serialize=False)),
                ('moment', models.DateTimeField(db_index=True)),
                ('actor', models.BigIntegerField(db_index=True, null=True)),
                ('actor_name', models.CharField(blank=True, max_length=150)),
                ('action', models.CharField(max_length=40)),
                ('route', models.CharField(blank=True, max_length=60)),
                ('target', models.CharField(blank=True, help_text='what it was done to', max_length=200)),
                ('stores', models.JSONField(default=list)),
                ('request_id', models.CharField(blank=True, max_length=40)),
                ('address', models.CharField(blank=True, max_length=45)),
                ('result', models.CharField(max_length=40)),
                ('detail', models.JSONField(default=dict)),
                ('seal', models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='AuditHead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.BigIntegerField(default=0)),
                ('seal', models.CharField(blank=True, max_length=64)),
            ],
        ),
        migrations.AddField(
            model_name='user',
            name='direction',
            field=models.CharField(blank=True, help_text='which colour means more', max_length=20),
        ),
        migrations.AddField(
            model_name='user',
            name='landing',
            field=models.CharField(blank=True, help_text='name of the page after log-in', max_length=20),
        ),
        migrations.AddField(
            model_name='user',
            name='language',
            field=models.CharField(blank=True, max_length=2),
        ),
        migrations.AddField(
            model_name='user',
            name='meaning',
            field=models.BooleanField(default=True, help_text='whether a badge says what is good or bad'),
        ),
        migrations.AddField(
            model_name='user',
            name='single_keys',
            field=models.BooleanField(default=True, help_text='whether single letters are shortcuts'),
        ),
        migrations.AddField(
            model_name='user',
            name='theme',
            field=models.CharField(blank=True, max_length=10),
        ),
        migrations.CreateModel(
            name='ApiToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('hint', models.CharField(max_length=12)),
                ('rights', models.JSONField()),
                ('stores', models.JSONField(default=list)),
                ('made_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('used_on', models.DateField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('made_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(null=True)),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Grant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(max_length=20)),
                ('given_at', models.DateTimeField()),
                ('given_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('store', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='shops.store')),
                ('unit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='shops.orgunit')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('unit', None), ('store', None), _connector='OR'), name='shops_grant_unit_or_store'), models.UniqueConstraint(fields=('user', 'role', 'store'), name='shops_grant_store_once'), models.UniqueConstraint(fields=('user', 'role', 'unit'), name='shops_grant_unit_once'), models.UniqueConstraint(condition=models.Q(('store', None), ('unit', None)), fields=('user', 'role'), name='shops_grant_everything_once')],
            },
        ),
        migrations.RunPython(seal_the_log, elidable=False),
    ]
