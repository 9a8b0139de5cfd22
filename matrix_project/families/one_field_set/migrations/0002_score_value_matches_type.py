from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("one_field_set", "0001_initial"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="score",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("type", 1),
                        ("value_duration__isnull", True),
                        ("value_points__isnull", False),
                    ),
                    models.Q(
                        ("type", 2),
                        ("value_duration__isnull", False),
                        ("value_points__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="one_field_set_score_value_matches_type",
            ),
        ),
    ]
