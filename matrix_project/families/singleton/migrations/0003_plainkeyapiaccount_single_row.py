from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("singleton", "0002_remoteapiaccount_single_row"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="plainkeyapiaccount",
            constraint=models.CheckConstraint(
                condition=models.Q(("id", 1)), name="singleton_plainkeyapiaccount_single_row"
            ),
        ),
    ]
