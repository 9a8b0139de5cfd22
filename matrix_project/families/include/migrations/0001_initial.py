from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="CoveringBooking",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("room", models.IntegerField()),
                ("date", models.DateField()),
                ("full_name", models.CharField(max_length=30)),
            ],
        ),
        migrations.CreateModel(
            name="PlainBooking",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("room", models.IntegerField()),
                ("date", models.DateField()),
                ("full_name", models.CharField(max_length=30)),
            ],
        ),
    ]
