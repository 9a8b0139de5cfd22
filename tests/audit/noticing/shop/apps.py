from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models import signals
from noticed import note


def heard(signal, sender, **_):
    # The lookups of a model's class while it is loaded are no use of the project's.
    note(f"signal {sender}")


class ShopConfig(AppConfig):
    name = "shop"

    def ready(self):
        user = self.get_model("User")
        for signal in (
            *(signals.pre_init, signals.post_init, signals.pre_save, signals.post_save),
            *(signals.pre_delete, signals.post_delete, signals.m2m_changed),
            *(signals.pre_migrate, signals.post_migrate, connection_created),
        ):
            signal.connect(heard, weak=False)
            signal.connect(heard, sender=user, weak=False)
