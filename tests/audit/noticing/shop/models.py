"""Models whose every hook notes that it ran."""

from django.contrib.auth.models import AbstractUser
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from noticed import note


class Manager(models.Manager):
    use_in_migrations = True

    def get_queryset(self):
        note("manager")
        message = "no rows are to be had by this manager"
        raise RuntimeError(message)


class Mixin:
    """A part of a model that is no model."""

    def save(self, *given, **named):
        note("save()")
        cache.set("saved", 1)
        super().save(*given, **named)

    def delete(self, *given, **named):
        note("delete()")
        return super().delete(*given, **named)

    def save_base(self, *given, **named):
        note("save_base()")
        super().save_base(*given, **named)

    def refresh_from_db(self, *given, **named):
        note("refresh_from_db()")
        super().refresh_from_db(*given, **named)

    def full_clean(self, *given, **named):
        note("full_clean()")
        super().full_clean(*given, **named)

    def clean(self):
        note("clean()")
        message = "clean() of the shop fails"
        raise RuntimeError(message)


class Noticing(Mixin, models.Model):
    objects = Manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"
        default_manager_name = "objects"

    def __init__(self, *given, **named):
        note("__init__()")
        super().__init__(*given, **named)

    @classmethod
    def from_db(cls, *given):
        note("from_db()")
        return super().from_db(*given)


class User(AbstractUser):
    def save(self, *given, **named):
        note("save()")
        super().save(*given, **named)


class Customer(Noticing):
    user = models.OneToOneField(User, models.CASCADE)
    email = models.EmailField(unique=True)
    photo = models.FileField(upload_to="photos")
    tags = models.ManyToManyField("Tag")


class Tag(Noticing):
    name = models.CharField(max_length=20)
    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.PositiveIntegerField()
    tagged = GenericForeignKey()

    class Meta(Noticing.Meta):
        unique_together = [("content_type", "object_id", "name")]


class Order(Noticing):
    customer = models.ForeignKey(Customer, models.CASCADE)
    before = models.ForeignKey("self", models.SET_NULL, null=True)
    opened = models.DateField()
    paid = models.DateField(null=True)
    status = models.CharField(max_length=10, choices=[("open", "open"), ("paid", "paid")])

    class Meta(Noticing.Meta):
        constraints = [
            CheckConstraint(condition=Q(paid__gte=F("opened")), name="paid_after_opened"),
            UniqueConstraint(fields=["customer"], condition=Q(status="open"), name="one_open"),
        ]
