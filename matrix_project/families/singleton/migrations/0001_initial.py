from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="PlainKeyAPIAccount",
            fields=[
                ("access_token", models.CharField(max_length=120)),
                ("access_token_expires", models.DateTimeField()),
                ("id", models.IntegerField(primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name="RemoteAPIAccount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("access_token", models.CharField(max_length=120)),
                ("access_token_expires", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="UnconstrainedAPIAccount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("access_token", models.CharField(max_length=120)),
                ("access_token_expires", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
    ]
