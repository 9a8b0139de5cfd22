"""Models of every kind that an audit has to know its way around."""

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.db.models.functions import Lower, Now


class Named(models.Model):
    name = models.CharField(max_length=20)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="%(app_label)s_%(class)s"
    )

    class Meta:
        abstract = True
        constraints = [
            UniqueConstraint("owner", Lower("name"), name="%(app_label)s_%(class)s_name"),
            CheckConstraint(condition=~Q(name=""), name="%(class)s named"),
        ]


class Item(Named):
    before = models.OneToOneField("self", models.SET_NULL, null=True)


class Place(Named):
    pass


class Restaurant(Place):
    seats = models.PositiveIntegerField()

    class Meta:
        constraints = [CheckConstraint(condition=Q(seats__lte=100), name="few seats")]


class Diner(Restaurant):
    grill = models.CharField(max_length=3, unique=True)

    class Meta:
        constraints = []


class Nearby(Place):
    class Meta:
        proxy = True


class Legacy(models.Model):
    number = models.IntegerField(unique=True)

    class Meta:
        managed = False


class OnlyThere(models.Model):
    number = models.IntegerField(unique=True)

    class Meta:
        required_db_vendor = "postgresql"


class Feature(models.Model):
    number = models.IntegerField(unique=True)

    class Meta:
        required_db_features = ["supports_deferrable_unique_constraints"]


class Left(models.Model):
    right = models.ForeignKey("Right", models.CASCADE)
    number = models.IntegerField()

    class Meta:
        unique_together = [("right", "number")]


class Right(models.Model):
    back = models.OneToOneField(Left, models.CASCADE, related_name="+")


class Pair(models.Model):
    pk = models.CompositePrimaryKey("one", "two")
    one = models.IntegerField()
    two = models.CharField(max_length=5)
    three = models.IntegerField()

    class Meta:
        constraints = [UniqueConstraint(fields=["three"], name="one_three")]


class Sum(models.Model):
    one = models.IntegerField()
    two = models.IntegerField(db_default=2)
    made = models.DateTimeField(db_default=Now())
    total = models.GeneratedField(
        expression=F("one") + F("two"), output_field=models.IntegerField(), db_persist=True
    )

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(total__lt=100), name="small_total"),
            UniqueConstraint(fields=["total"], name="one_total"),
        ]


class Broken(models.IntegerField):
    def deconstruct(self):
        message = "this field is in no migration"
        raise RuntimeError(message)


class WithBroken(models.Model):
    number = Broken(unique=True)


class Code(models.CharField):
    """A field whose deconstruct() leaves its argument out."""

    def __init__(self, prefix, **named):
        self.prefix = prefix
        super().__init__(**named)


class WithCode(models.Model):
    code = Code("x", max_length=5, unique=True)


class Elsewhere(models.Model):
    number = models.IntegerField(unique=True)

    class Meta:
        db_table = 'audit"."elsewhere'


class Spaces(models.Model):
    number = models.IntegerField(unique=True, db_column="a number")

    class Meta:
        db_table = "a table"
        constraints = [CheckConstraint(condition=Q(number__gt=0), name="a 'name' of \"words\"")]


class Tagged(models.Model):
    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.CharField(max_length=36)
    tagged = GenericForeignKey()

    class Meta:
        constraints = [UniqueConstraint(fields=["content_type", "object_id"], name="tagged_once")]


class Own(models.Model):
    parent = models.ForeignKey("self", models.CASCADE)
    number = models.IntegerField()

    class Meta:
        constraints = [UniqueConstraint(fields=["parent", "number"], name="one_in_parent")]


class WithLost(models.Model):
    lost = models.ForeignKey("Lost", models.CASCADE)
    number = models.IntegerField(unique=True)


class Local(models.IntegerField):
    """A field of one database alone, whose own code says so."""

    def db_type(self, connection):
        if connection.vendor == "sqlite":
            message = "this field is none of SQLite's"
            raise RuntimeError(message)
        return super().db_type(connection)


class WithLocal(models.Model):
    number = Local(unique=True)


class Typeless(models.IntegerField):
    """A field of a type that no database has."""

    def db_type(self, connection):
        return "nonsense(1, 2)[]"


class WithTypeless(models.Model):
    number = Typeless(unique=True)


class Unwritten(CheckConstraint):
    """A constraint whose own code makes no SQL."""

    def constraint_sql(self, model, schema_editor):
        message = "there is no SQL for it"
        raise RuntimeError(message)


class WithUnwritten(models.Model):
    number = models.IntegerField()

    class Meta:
        constraints = [Unwritten(condition=Q(number__gt=0), name="unwritten")]
