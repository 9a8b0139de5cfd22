"""What Django itself says of a constraint: its system checks, and its validation of rows.

https://docs.djangoproject.com/en/stable/ref/checks/#models
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from types import SimpleNamespace
from typing import Any, Literal

from django.core.checks import CheckMessage
from django.core.checks.model_checks import check_all_models
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import router
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import CompositePrimaryKey, Model
from msgspec.structs import replace

from matrix_project.observe.contents import build
from matrix_project.observe.subject import Subject
from matrix_project.observe.targets import Target
from matrix_project.results.evidence import Outcome, Probe, SystemCheck, Validation

__all__ = ["about", "absence", "compared", "routed", "system_checks", "validations"]

_LEVELS = ((50, "critical"), (40, "error"), (30, "warning"), (20, "info"), (0, "debug"))


def absence(model: type[Model], connection: Any) -> str | None:
    """Return why Django creates no table for the model there; None where it does."""
    meta: Any = model._meta
    if not meta.managed:
        return f"Django does not create {meta.label}: its table is not managed."
    if meta.can_migrate(connection):
        return None
    lacking = [
        feature
        for feature in meta.required_db_features
        if not getattr(connection.features, feature, False)
    ]
    needs = ", ".join(lacking) or f"required_db_vendor = {meta.required_db_vendor}"
    return f"Django does not create {meta.label} here: the model asks for {needs}."


# The code of an error of `full_clean()` about a field's own constraint.
_CODES = {"check": "min_value", "foreign_key": "invalid"}


def system_checks(
    subject: Subject, full: ProjectState, plain: ProjectState, alias: str
) -> list[SystemCheck]:
    """Return what the checks say of the subject's models, constraint or not.

    What they say of the same models without the constraint is not about it. What they say of a
    model that stands for another, and not of that one, stops no `migrate` and warns nobody.
    """
    with_it = Counter(_messages(_rendered(subject, full), alias))
    without = Counter(_messages(_rendered(subject, plain), alias))
    if subject.stands_for:
        said = Counter(_messages([subject.stands_for[each] for each in subject.models], alias))
        with_it, without = with_it & said, without & said
    return [
        SystemCheck(id=id_, level=level, message=message, about_constraint=about)  # type: ignore[arg-type]
        for about, found in ((True, with_it - without), (False, with_it & without))
        for id_, level, message in sorted(found)
    ]


def _rendered(subject: Subject, state: ProjectState) -> list[type[Model]]:
    """Return the subject's models as a state has them."""
    if any(each.options.get("unique_together") for each in state.models.values()):
        state = ProjectState({key: _declarable(each) for key, each in state.models.items()})
    models = []
    for model in subject.models:
        with suppress(LookupError):
            models.append(state.apps.get_model(model._meta.label))
    return models


def _messages(models: Sequence[type[Model]], alias: str) -> Iterator[tuple[str, str, str]]:
    """Yield what the checks say of each model, and of names that several have.

    What the settings silence stops no `migrate`, and warns nobody.
    """
    application: Any = SimpleNamespace(get_models=lambda: models)
    for found in check_all_models([application], databases=[alias]):
        if not found.is_silenced():
            yield str(found.id), _level(found), _text(found)


def _declarable(model: ModelState) -> ModelState:
    """Return the model with its `unique_together` as it is declared; a state has a set."""
    copy = model.clone()
    if together := model.options.get("unique_together"):
        copy.options = {**model.options, "unique_together": sorted(together)}
    return copy


def _level(message: CheckMessage) -> str:
    return next(word for number, word in _LEVELS if message.level >= number)


def _text(message: CheckMessage) -> str:
    return " ".join(filter(None, (str(message.msg), str(message.hint or ""))))


def validations(subject: Subject, model: type[Model], alias: str) -> list[Validation]:
    """Return what `full_clean()` says of the subject's rows, the rows that are there beside them.

    Only an error about the observed constraint counts as its answer. The comparison with the
    database is left open.
    """
    targets = [target for target in subject.targets if target.rows_of is model]
    asked: list[tuple[str, Mapping[str, Any], Collection[str]]] = [
        *((f"violating {number}", row, ()) for number, row in enumerate(subject.violating, 1)),
        *((f"valid {number}", row, ()) for number, row in enumerate(subject.valid, 1)),
        *(
            (f"own {number}", act.validates, act.exclude)
            for number, act in enumerate(subject.acts, 1)
            if act.validates is not None
        ),
    ]
    classes = list(dict.fromkeys([subject.stands_for.get(model, model), model]))
    found = [
        _validation(
            name,
            [partial(build, subject, row, each) for each in classes],
            targets,
            alias,
            exclude,
        )
        for name, row, exclude in asked
        if not _is_raw(row, targets)
    ]
    return [each for each in found if each is not None]


def _is_raw(row: Mapping[str, Any], targets: Sequence[Target]) -> bool:
    """Return whether a row breaks a field's check by SQL, which no validation sees."""
    checked = [name for target in targets if target.kind == "check" for name in target.fields]
    return any(hasattr(row.get(name), "resolve_expression") for name in checked)


def _validation(
    row: str,
    made: Sequence[Callable[[], Model]],
    targets: Sequence[Target],
    alias: str,
    exclude: Collection[str],
) -> Validation | None:
    """Ask an instance of the first class that can be validated.

    A class of a project's own may fail by its own code: that is told, and the plain one is asked.
    """
    raised = None
    for make in made:
        try:
            with routed(alias):
                error = _rejection(make(), targets, alias, exclude)
            break
        except _NotAskedError:
            return None
        except Exception as failed:  # noqa: BLE001 (Django cannot ask this database, or validate it)
            raised = " ".join(f"{type(failed).__name__}: {failed}".split())
    else:
        return None
    return Validation(
        row=row,
        outcome="rejected" if error else "accepted",
        code=error.code if error else None,
        message=" ".join(error.messages) if error else None,
        compared=None,
        raised=raised,
    )


class _NotAskedError(Exception):
    """Django does not ask of the constraint, for something else is wrong with its fields."""


class _Router:
    """Sends all queries to one connection."""

    def __init__(self, alias: str) -> None:
        self._alias = alias

    def db_for_read(self, _model: type[Model], **_hints: Any) -> str:
        return self._alias


@contextmanager
def routed(alias: str) -> Iterator[None]:
    """Have the block's queries sent to a connection.

    Django looks for rows that are equal in unique fields by the manager alone, wherever the
    instance belongs.
    """
    kept = router.routers
    router.routers = [_Router(alias)]
    try:
        yield
    finally:
        router.routers = kept


def _rejection(
    instance: Model, targets: Sequence[Target], alias: str, exclude: Collection[str]
) -> ValidationError | None:
    instance._state.db = alias  # noqa: SLF001 (Django has no other way to say it)
    try:
        instance.full_clean(exclude=exclude)
    except ValidationError as invalid:
        found = next(about(invalid, instance, targets, alias, exclude), None)
        if found is None and _keeps_from_asking(invalid, targets):
            raise _NotAskedError from invalid
        return found
    return None


def _keeps_from_asking(invalid: ValidationError, targets: Sequence[Target]) -> bool:
    """Return whether fields of a constraint's are invalid, so that Django does not look further."""
    return any(
        name in invalid.error_dict
        for target in targets
        if target.kind != "constraint"
        for name in _together(target) or target.fields
    )


def about(
    invalid: ValidationError,
    instance: Model,
    targets: Sequence[Target],
    alias: str,
    exclude: Collection[str],
) -> Iterator[ValidationError]:
    """Yield the errors that are about the observed constraints."""
    errors: Mapping[str, list[ValidationError]] = invalid.error_dict
    for target in targets:
        if target.kind == "constraint":
            yield from _of_constraint(instance, target, alias, exclude)
        else:
            together = _together(target)
            code = "unique_together" if together else _CODES.get(target.kind, "unique")
            where = NON_FIELD_ERRORS if together else target.fields[0]
            yield from (
                each
                for each in errors.get(where, [])
                if each.code == code and (not together or _checked(each) == together)
            )


def _together(target: Target) -> tuple[str, ...]:
    """Return the fields that Django validates together; none where it validates one."""
    if target.kind == "many_to_many":
        return tuple(target.rows_of._meta.unique_together[0])
    if target.kind == "primary_key" and isinstance(target.model._meta.pk, CompositePrimaryKey):
        return tuple(field.name for field in target.model._meta.pk_fields)
    return target.fields if target.kind == "unique_together" else ()


def _checked(error: ValidationError) -> tuple[str, ...]:
    checked: Any = (error.params or {}).get("unique_check")
    return tuple(checked or ())


def _of_constraint(
    instance: Model, target: Target, alias: str, exclude: Collection[str]
) -> Iterator[ValidationError]:
    (constraint,) = (each for each in instance._meta.constraints if each.name == target.name)
    try:
        constraint.validate(type(instance), instance, exclude=set(exclude), using=alias)
    except ValidationError as error:
        # Of a uniqueness on fields the error is Django's own for those fields.
        yield from getattr(error, "error_list", [error])


def compared(found: Sequence[Validation], probes: Sequence[Probe]) -> list[Validation]:
    """Return the validations, each compared with what the database says of the same row."""
    return [replace(each, compared=_comparison(each, probes)) for each in found]


def _comparison(
    validation: Validation, probes: Sequence[Probe]
) -> Literal["agree", "stricter", "looser"] | None:
    kind, _, number = validation.row.partition(" ")
    id_ = f"own_{number}"
    if kind != "own":
        id_ = "save" if kind == "violating" else "valid_save"
        id_ += "" if number == "1" else f"_{number}"
    probe = next((each for each in probes if each.id.partition(".")[0] == id_), None)
    if probe is None or probe.masked or probe.outcome not in {Outcome.ACCEPTED, Outcome.REJECTED}:
        return None
    if validation.outcome == str(probe.outcome):
        return "agree"
    return "stricter" if validation.outcome == "rejected" else "looser"
