"""What Django is configured with, each of which notes its use."""

from django.core.cache.backends.locmem import LocMemCache
from django.core.files.storage import FileSystemStorage
from django.core.mail.backends.dummy import EmailBackend
from noticed import note


class Router:
    def db_for_read(self, model, **_):
        note(f"router: read {model}")

    def db_for_write(self, model, **_):
        note(f"router: write {model}")

    def allow_relation(self, *_, **__):
        note("router: relation")

    def allow_migrate(self, *_, **__):
        note("router: migrate")


class Cache(LocMemCache):
    def __init__(self, *given):
        note("cache")
        super().__init__("name", {})


class Storage(FileSystemStorage):
    def _save(self, *given):
        note("storage: save")
        return super()._save(*given)

    def _open(self, *given):
        note("storage: open")
        return super()._open(*given)

    def exists(self, name):
        note("storage: exists")
        return super().exists(name)


class Email(EmailBackend):
    def send_messages(self, messages):
        note("e-mail")
        return 0
