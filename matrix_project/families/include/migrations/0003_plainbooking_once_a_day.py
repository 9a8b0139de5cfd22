from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("include", "0002_coveringbooking_once_a_day"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="plainbooking",
            constraint=models.UniqueConstraint(
                fields=("room", "date"), name="include_plainbooking_once_a_day"
            ),
        ),
    ]
