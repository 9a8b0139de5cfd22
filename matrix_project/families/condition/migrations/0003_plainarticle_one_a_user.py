from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("condition", "0002_draftarticle_one_a_user"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="plainarticle",
            constraint=models.UniqueConstraint(
                fields=("user",), name="condition_plainarticle_one_a_user"
            ),
        ),
    ]
