from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("condition", "0001_initial"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="draftarticle",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "DRAFT")),
                fields=("user",),
                name="condition_draftarticle_one_a_user",
            ),
        ),
    ]
