from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.db.models.functions import MD5, Right
from django.db.models.lookups import Exact


class Customer(models.Model):
    email = models.EmailField(unique=True)


class Order(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE)
    number = models.IntegerField()
    status = models.CharField(max_length=10, choices=[("open", "open"), ("paid", "paid")])

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(number__gt=0), name="positive_number"),
            UniqueConstraint(fields=["customer"], condition=Q(status="open"), name="one_open"),
            UniqueConstraint(fields=["number"], include=["status"], name="one_number"),
        ]


class Voucher(models.Model):
    code = models.CharField(max_length=20)

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Exact(Right(MD5("code"), 4), "0000"), name="code_has_its_checksum"
            )
        ]
