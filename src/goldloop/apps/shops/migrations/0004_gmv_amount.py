from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('shops', '0003_saved_views'),
    ]

    operations = [
        migrations.AddField(
            model_name='store',
            name='gmv_amount',
            field=models.CharField(default='merchant', help_text='which amount of a sale is gmv', max_length=10),
        ),
        migrations.AddConstraint(
            model_name='store',
            constraint=models.CheckConstraint(condition=models.Q(('gmv_amount__in', ['merchant', 'paid'])), name='shops_store_gmv_amount_known'),
        ),
    ]
