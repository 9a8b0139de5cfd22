from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("check", "0001_initial"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.CheckConstraint(
                condition=models.Q(("age__gte", 18)), name="check_customer_of_age"
            ),
        ),
    ]
