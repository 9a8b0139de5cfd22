from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("deferrable_unique", "0003_immediatetrack_order"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="plaintrack",
            constraint=models.UniqueConstraint(
                fields=("position",), name="deferrable_unique_plaintrack_order"
            ),
        ),
    ]
