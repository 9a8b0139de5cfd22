import django.db.models.constraints
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("deferrable_unique", "0002_deferredtrack_order"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="immediatetrack",
            constraint=models.UniqueConstraint(
                deferrable=django.db.models.constraints.Deferrable["IMMEDIATE"],
                fields=("position",),
                name="deferrable_unique_immediatetrack_order",
            ),
        ),
    ]
