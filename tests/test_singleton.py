"""The singleton beside its constraint: the refreshed token, unfit data, the admin."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from matrix_project.families.singleton.models import RemoteAPIAccount, UnconstrainedAPIAccount

NOON = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db


def test_refresh_makes_the_row_then_keeps_to_it():
    assert RemoteAPIAccount.refresh("first", NOON)[1] is True
    account, made = RemoteAPIAccount.refresh("second", NOON)
    assert (made, account.pk) == (False, 1)
    assert list(RemoteAPIAccount.objects.values_list("id", "access_token")) == [(1, "second")]


def test_unfit_finds_the_rows_that_would_fail_the_migration():
    UnconstrainedAPIAccount.objects.create(id=1, access_token="a", access_token_expires=NOON)
    assert not UnconstrainedAPIAccount.objects.unfit().exists()
    UnconstrainedAPIAccount.objects.create(id=7, access_token="b", access_token_expires=NOON)
    assert [account.pk for account in UnconstrainedAPIAccount.objects.unfit()] == [7]


def add_is_offered(admin_client):
    page = admin_client.get(reverse("admin:singleton_remoteapiaccount_changelist"))
    return reverse("admin:singleton_remoteapiaccount_add") in page.content.decode()


def test_admin_offers_add_only_while_there_is_no_row(admin_client):
    assert add_is_offered(admin_client)
    RemoteAPIAccount.refresh("first", NOON)
    assert not add_is_offered(admin_client)
    add = reverse("admin:singleton_remoteapiaccount_add")
    assert admin_client.get(add).status_code == 403


def test_admin_makes_the_row_under_the_one_key_even_after_a_deletion(admin_client):
    # The automatic key has moved on: left to itself it would be 2, and be refused.
    RemoteAPIAccount.objects.create(access_token="a", access_token_expires=NOON)
    RemoteAPIAccount.objects.all().delete()
    answer = admin_client.post(
        reverse("admin:singleton_remoteapiaccount_add"),
        {
            "access_token": "new",
            "access_token_expires_0": "2026-05-01",
            "access_token_expires_1": "12:00:00",
        },
    )
    assert answer.status_code == 302
    assert list(RemoteAPIAccount.objects.values_list("id", "access_token")) == [(1, "new")]
