"""An admin that offers no "add" once the one row exists."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from matrix_project.families.singleton.models import RemoteAPIAccount

__all__ = ["RemoteAPIAccountAdmin"]


@admin.register(RemoteAPIAccount)
class RemoteAPIAccountAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Edit the account; make it only while there is none.

    The constraint admits the key 1 alone, so that a first row whose automatic key is another (one
    was deleted before) would be refused: the admin asks for that key itself.
    """

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Tell whether the user may add, and there is no account yet."""
        return super().has_add_permission(request) and not RemoteAPIAccount.objects.exists()

    def save_model(
        self,
        request: HttpRequest,
        obj: RemoteAPIAccount,
        form: object,
        change: bool,  # noqa: FBT001 (Django's signature)
    ) -> None:
        """Save the account under the one key that the constraint admits."""
        obj.pk = 1
        super().save_model(request, obj, form, change)
