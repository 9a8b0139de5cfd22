"""What surrounds an environment's answers, as one flat table."""

from __future__ import annotations

from matrix_project.results.contract import Environment

__all__ = ["surroundings"]


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
