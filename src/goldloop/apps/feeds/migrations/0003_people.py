from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('feeds', '0002_mending'),
    ]

    operations = [
        migrations.CreateModel(
            name='Forgotten',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mark', models.CharField(max_length=64, unique=True)),
            ],
        ),
    ]
