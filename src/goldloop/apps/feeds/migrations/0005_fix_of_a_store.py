import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('feeds', '0004_fix_store'),
    ]

    operations = [
        migrations.AlterField(
            model_name='fix',
            name='store',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='shops.store'),
        ),
        migrations.AddConstraint(
            model_name='fix',
            constraint=models.UniqueConstraint(fields=('store', 'content_hash', 'column'), name='feeds_fix_once'),
        ),
    ]
