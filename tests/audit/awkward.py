"""Models that are hard to make a row of, one reason each."""

from __future__ import annotations

import base64
import enum
import hashlib
import os
import uuid
from decimal import Decimal

from django.apps.registry import Apps
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import (
    ArrayField,
    DateRangeField,
    DateTimeRangeField,
    HStoreField,
    IntegerRangeField,
    RangeOperators,
)
from django.contrib.postgres.search import SearchVectorField
from django.core import validators
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.db.models.functions import Coalesce, Length, Lower, Now, TruncDate
from django.db.models.lookups import GreaterThanOrEqual

REGISTRY = Apps()
CASCADE = models.CASCADE


class Base(models.Model):
    class Meta:
        abstract = True
        apps = REGISTRY
        app_label = "awkward"


class Colour(models.TextChoices):
    RED = "r", "Red"
    BLUE = "b", "Blue"


class Level(enum.Enum):
    LOW = "low"
    HIGH = "high"


class LevelField(models.CharField):
    """Takes and gives members of an enumeration; a text that is no member's is an error."""

    levels = Level

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"max_length": 9, **kwargs})

    def to_python(self, value):
        return value if value is None or isinstance(value, Level) else Level(value)

    def get_prep_value(self, value):
        return None if value is None else self.to_python(value).value

    def clean(self, value, model_instance):
        return self.to_python(value)


class SecretField(models.TextField):
    """Stores something else than it is given, and not the same each time."""

    def get_prep_value(self, value):
        return base64.b64encode(os.urandom(2) + value.encode()).decode()

    def from_db_value(self, value, *_):
        return base64.b64decode(value)[2:].decode()


class PlateField(models.Field):
    """Of no known class: its column says what it is, and its conversion what it takes."""

    def db_type(self, connection):
        return "varchar(9)"

    def to_python(self, value):
        if not str(value).startswith("#"):
            raise ValueError(value)
        return value

    def get_prep_value(self, value):
        return self.to_python(value)


class _Spelled:
    """An attribute that makes something of what it is given."""

    def __init__(self, name):
        self.name = name

    def __get__(self, instance, owner=None):
        return self if instance is None else instance.__dict__[self.name]

    def __set__(self, instance, value):
        if value is not None and "@" not in value:
            raise ValueError(value)
        instance.__dict__[self.name] = value


class SpelledField(models.CharField):
    """Its attribute on an instance takes few of the values that its column takes."""

    def contribute_to_class(self, cls, name, **kwargs):
        super().contribute_to_class(cls, name, **kwargs)
        setattr(cls, name, _Spelled(name))


class ChecksumField(models.CharField):
    """Made from another field, whatever it is given."""

    def pre_save(self, model_instance, add):
        return hashlib.sha256(model_instance.token.encode()).hexdigest()


def _refuse():
    message = "no function of the project's is asked for a default"
    raise AssertionError(message)


def _nobody():
    return 999


class Kinds(Base):
    """A value for each kind of field."""

    big = models.BigIntegerField(unique=True)
    binary = models.BinaryField()
    boolean = models.BooleanField()
    char = models.CharField(max_length=1, unique=True)
    date = models.DateField(unique=True)
    moment = models.DateTimeField(unique=True)
    decimal = models.DecimalField(max_digits=3, decimal_places=3, unique=True)
    exact = models.DecimalField(max_digits=32, decimal_places=30, unique=True)
    duration = models.DurationField(unique=True)
    email = models.EmailField(unique=True)
    file = models.FileField(unique=True)
    path = models.FilePathField(unique=True)
    float = models.FloatField(unique=True)
    address = models.GenericIPAddressField(unique=True)
    newer = models.GenericIPAddressField(protocol="IPv6", unique=True)
    json = models.JSONField()
    counted = models.PositiveBigIntegerField(unique=True)
    small = models.PositiveSmallIntegerField(unique=True)
    slug = models.SlugField(unique=True)
    text = models.TextField()
    time = models.TimeField(unique=True)
    url = models.URLField(unique=True)
    uuid = models.UUIDField(unique=True)


class Defaults(Base):
    """What has a value of its own is left to it, unless another one is asked for each time."""

    plain = models.IntegerField(default=7)
    listed = models.JSONField(default=list)
    asked = models.CharField(max_length=9, default=_refuse)
    unknown = models.UUIDField(null=True, default=_refuse)
    by_database = models.DateTimeField(db_default=Now())
    touched = models.DateTimeField(auto_now=True)
    alone = models.UUIDField(unique=True, default=uuid.uuid4)
    doubled = models.GeneratedField(
        expression=F("plain") * 2,
        output_field=models.IntegerField(),
        db_persist=True,
    )


class Validated(Base):
    """Validators say what a value looks like."""

    code = models.CharField(
        max_length=9, unique=True, validators=[validators.RegexValidator(r"^[A-Z]{2}-\d{3}$")]
    )
    long = models.CharField(
        max_length=30, unique=True, validators=[validators.MinLengthValidator(12)]
    )
    mail = models.CharField(max_length=90, unique=True, validators=[validators.validate_email])
    page = models.CharField(max_length=90, unique=True, validators=[validators.URLValidator()])
    number = models.IntegerField(
        unique=True,
        validators=[validators.MinValueValidator(1000), validators.MaxValueValidator(1009)],
    )
    share = models.DecimalField(
        max_digits=3,
        decimal_places=2,
        unique=True,
        validators=[validators.MaxValueValidator(Decimal(1))],
    )
    listed = models.CharField(max_length=20, validators=[validators.int_list_validator()])


class Chosen(Base):
    """Choices are all that a field takes: in groups, from a function, of one letter's case."""

    colour = models.CharField(max_length=1, choices=Colour)
    grouped = models.IntegerField(choices=[("few", [(11, "a"), (12, "b")]), ("many", [(99, "z")])])
    called = models.CharField(max_length=9, choices=lambda: [("x", "X"), ("X", "capital X")])

    class Meta(Base.Meta):
        unique_together = [("colour", "grouped")]


class Custom(Base):
    """Fields of the project's own."""

    level = LevelField(unique=True)
    secret = SecretField()
    spelled = SpelledField(max_length=30, unique=True)
    plate = PlateField(unique=True)


class Token(Base):
    """A unique field that is made from another one."""

    token = models.CharField(max_length=90)
    checksum = ChecksumField(max_length=64, unique=True)


class Country(Base):
    code = models.CharField(max_length=2, primary_key=True)


class City(Base):
    country = models.ForeignKey(Country, CASCADE)
    name = models.CharField(max_length=30)
    number = models.UUIDField(unique=True, default=uuid.uuid4)


class Street(Base):
    city = models.ForeignKey(City, CASCADE, to_field="number")


class House(Base):
    """The end of a chain of keys; an owner is not asked for."""

    street = models.ForeignKey(Street, CASCADE)
    owner = models.ForeignKey("Person", models.SET_NULL, null=True, default=_nobody)
    number = models.IntegerField()

    class Meta(Base.Meta):
        constraints = [UniqueConstraint(fields=["street", "number"], name="awkward_house_number")]


class Person(Base):
    house = models.OneToOneField(House, CASCADE)


class Passport(Base):
    """Its key is that of a row, of which each has one."""

    person = models.OneToOneField(Person, CASCADE, primary_key=True)


class Place(Base):
    name = models.CharField(max_length=30, unique=True)
    added = models.DateTimeField(auto_now_add=True)


class Bar(Place):
    drinks = models.BooleanField()


class Pub(Bar):
    """Its table continues another, which continues another."""

    beers = models.IntegerField(unique=True)


class Vehicle(Base):
    plate = models.CharField(max_length=9, unique=True)


class Boat(Vehicle):
    as_boat = models.OneToOneField(Vehicle, CASCADE, primary_key=True, parent_link=True)


class Car(Vehicle):
    as_car = models.OneToOneField(Vehicle, CASCADE, primary_key=True, parent_link=True)


class Amphibian(Boat, Car):
    """Two tables that it continues have one before them in common."""


class Known(Base):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)


class Renamed(Known):
    """Its parent's key has a default: Django inserts both rows each time."""

    name = models.CharField(max_length=30)


class Again(Renamed):
    pass


class Called(Base):
    again = models.OneToOneField(Again, CASCADE)


class Stamped(Base):
    """A key that is made at each insert is a part of the key."""

    pk = models.CompositePrimaryKey("number", "at")
    number = models.IntegerField()
    at = models.DateTimeField(auto_now_add=True)


class Guest(Base):
    pub = models.OneToOneField(Pub, CASCADE)


class Tree(Base):
    """It has to refer to a row of its own table."""

    root = models.ForeignKey("self", CASCADE)
    kept = models.OneToOneField("self", CASCADE, related_name="keeper")


class Hen(Base):
    egg = models.ForeignKey("Egg", CASCADE)


class Egg(Base):
    """It and a hen have to be there first, each for the other."""

    hen = models.ForeignKey(Hen, CASCADE)


class Hatched(Base):
    """A one-to-one field into that circle."""

    egg = models.OneToOneField(Egg, CASCADE)


class Seat(Base):
    """A key of two columns."""

    pk = models.CompositePrimaryKey("place", "row")
    place = models.ForeignKey(Place, CASCADE)
    row = models.IntegerField()


class Group(Base):
    places = models.ManyToManyField(Place)


class Lowered(Base):
    """Uniqueness of expressions, within a condition, of a generated column, of NULLs."""

    name = models.CharField(max_length=30)
    lower = models.GeneratedField(
        expression=Lower("name"), output_field=models.CharField(max_length=30), db_persist=True
    )
    day = models.DateTimeField()
    nothing = models.IntegerField(null=True)
    is_main = models.BooleanField(default=True)

    class Meta(Base.Meta):
        constraints = [
            UniqueConstraint(Lower("name"), name="awkward_lower_name"),
            UniqueConstraint(TruncDate("day"), name="awkward_day"),
            UniqueConstraint(Coalesce("nothing", 0), name="awkward_nothing"),
            UniqueConstraint(fields=["is_main", "day"], condition=Q(is_main=True), name="one_main"),
        ]


class Checked(Base):
    """Check constraints that no row of the plainest values satisfies."""

    start = models.DateField()
    end = models.DateField()
    low = models.IntegerField()
    high = models.IntegerField()
    title = models.CharField(max_length=30, blank=True)
    code = models.CharField(max_length=30)
    status = models.CharField(max_length=9)
    data = models.JSONField(default=dict)
    place = models.ForeignKey(Place, CASCADE, null=True)
    street = models.ForeignKey(Street, CASCADE, null=True)

    class Meta(Base.Meta):
        constraints = [
            CheckConstraint(condition=Q(end__gt=F("start")), name="ends_after_start"),
            CheckConstraint(condition=Q(low__gte=1000, high__gt=F("low")), name="low_then_high"),
            CheckConstraint(condition=~Q(title=""), name="titled"),
            CheckConstraint(condition=GreaterThanOrEqual(Length("code"), 4), name="long_code"),
            CheckConstraint(condition=Q(status__in=["OPEN", "SHUT"]), name="known_status"),
            CheckConstraint(condition=Q(data__kind="a"), name="kind_told"),
            CheckConstraint(
                condition=Q(place__isnull=True) ^ Q(street__isnull=True), name="place_or_street"
            ),
        ]


class Booking(Base):
    """PostgreSQL's own kinds."""

    room = models.ForeignKey(Place, CASCADE)
    days = DateRangeField()
    moments = DateTimeRangeField(unique=True)
    numbers = IntegerRangeField(unique=True)
    tags = ArrayField(models.CharField(max_length=9), unique=True)
    table = ArrayField(ArrayField(models.IntegerField()))
    extra = HStoreField()
    words = SearchVectorField()

    class Meta(Base.Meta):
        constraints = [
            ExclusionConstraint(
                name="no_two_bookings",
                expressions=[("days", RangeOperators.OVERLAPS)],
            )
        ]


class First(Base):
    second = models.OneToOneField("Second", CASCADE)


class Second(Base):
    """Each row needs one of the other's for itself alone: none can be the first."""

    first = models.OneToOneField(First, CASCADE)


EVERYWHERE = [
    Kinds, Defaults, Validated, Chosen, Custom, Token, House, Person, Passport, Pub, Guest, Renamed,
    Again, Called, Amphibian, Tree, Egg, Hatched, Seat, Stamped, Group.places.through, Lowered,
    Checked,
]  # fmt: skip
