import django.db.models.constraints
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("deferrable_unique", "0001_initial"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="deferredtrack",
            constraint=models.UniqueConstraint(
                deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                fields=("position",),
                name="deferrable_unique_deferredtrack_order",
            ),
        ),
    ]
