from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("include", "0001_initial"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="coveringbooking",
            constraint=models.UniqueConstraint(
                fields=("room", "date"),
                include=("full_name",),
                name="include_coveringbooking_once_a_day",
            ),
        ),
    ]
