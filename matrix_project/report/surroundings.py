"""What surrounds an environment's answers, as one flat table."""

from __future__ import annotations

from matrix_project.results.contract import Environment, Matrix, environment_id

__all__ = ["differing", "surroundings"]


def surroundings(environment: Environment) -> dict[str, str | None]:
    """Return versions, origin and settings, by the keys of the contract."""
    driver = environment.driver
    return {
        "server_version": environment.server_version,
        "django": environment.django,
        "python": environment.python,
        "driver": f"{driver.name} {driver.version}" if driver else None,
        "provider": environment.provider,
        "origin": environment.origin,
        **{f"settings.{name}": value for name, value in environment.settings.items()},
    }


def differing(matrix: Matrix, id_: str) -> str:
    """Return the settings that a variant has and its backend, with the same Django, has not.

    `collation utf8mb4_bin in place of utf8mb4_0900_ai_ci`; empty where the environment is no
    variant, or the document has none of its backend to compare with.
    """
    own = matrix.environments[id_]
    backend, _, variant = own.backend.partition("~")
    plain = matrix.environments.get(environment_id(backend, own.django)) if variant else None
    if plain is None or not plain.settings or not own.settings:
        return ""
    names = [name for name in own.settings if own.settings[name] != plain.settings.get(name)]
    return ", ".join(
        f"{name} {own.settings[name] or 'none'} in place of {plain.settings.get(name) or 'none'}"
        for name in names
    )
