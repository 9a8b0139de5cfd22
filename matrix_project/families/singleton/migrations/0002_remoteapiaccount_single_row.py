from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("singleton", "0001_initial"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="remoteapiaccount",
            constraint=models.CheckConstraint(
                condition=models.Q(("id", 1)), name="singleton_remoteapiaccount_single_row"
            ),
        ),
    ]
