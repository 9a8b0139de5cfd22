from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("check", "0002_customer_of_age"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="expressioncustomer",
            constraint=models.CheckConstraint(
                condition=models.ExpressionWrapper(
                    models.Q(("age__gte", 18)), output_field=models.BooleanField()
                ),
                name="check_expressioncustomer_of_age",
            ),
        ),
    ]
