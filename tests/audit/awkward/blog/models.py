"""A user of the project's own, and a model of a name that another app has too."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models


class Member(AbstractBaseUser):
    email = models.EmailField(unique=True)
    USERNAME_FIELD = "email"
    objects = BaseUserManager()


class Item(models.Model):
    """Another model of the name."""

    code = models.CharField(max_length=5, unique=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~models.Q(code=""), name="blog_item_code")]
