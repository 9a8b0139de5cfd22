from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint


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
