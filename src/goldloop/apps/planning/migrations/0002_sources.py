from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('planning', '0001_first'),
    ]

    operations = [
        migrations.AddField(
            model_name='version',
            name='sources',
            field=models.JSONField(default=dict),
        ),
    ]
