from django.db import migrations, models

import matrix_project.families.one_field_set.proxies


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="ArcadeScore",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("type", models.IntegerField(choices=[(1, "Points"), (2, "Duration")])),
                ("value_points", models.IntegerField(blank=True, null=True)),
                ("value_duration", models.DurationField(blank=True, null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="GeneratedScore",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "type",
                    models.IntegerField(choices=[(1, "Points"), (2, "Duration"), (3, "Distance")]),
                ),
                ("value_points", models.IntegerField(blank=True, null=True)),
                ("value_duration", models.DurationField(blank=True, null=True)),
                ("value_distance", models.IntegerField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Score",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("type", models.IntegerField(choices=[(1, "Points"), (2, "Duration")])),
                ("value_points", models.IntegerField(blank=True, null=True)),
                ("value_duration", models.DurationField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="TrackScore",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("type", models.IntegerField(choices=[(1, "Points"), (2, "Duration")])),
                ("value_points", models.IntegerField(blank=True, null=True)),
                ("value_duration", models.DurationField(blank=True, null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="DurationScore",
            fields=[],
            options={
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=(matrix_project.families.one_field_set.proxies.ForcedType, "one_field_set.score"),
        ),
        migrations.CreateModel(
            name="PointsScore",
            fields=[],
            options={
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=(matrix_project.families.one_field_set.proxies.ForcedType, "one_field_set.score"),
        ),
    ]
