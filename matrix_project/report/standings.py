"""What each vendor keeps and loses, in a sentence that is computed from the document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from matrix_project.report.folding import Folding
from matrix_project.report.labels import Place
from matrix_project.report.reading import MARKS, NEVER_CREATED, ORDER, UNKNOWN, Answer, answer
from matrix_project.report.words import counted, family
from matrix_project.results.contract import Level, Matrix, Verdict

__all__ = ["Loss", "Standing", "standings"]

_SAYS = {
    NEVER_CREATED: "Django never creates {}",
    MARKS[Verdict.IGNORED]: "the database takes {} and does not enforce {them}",
    MARKS[Verdict.PARTIAL]: "{} {hold} in part",
    MARKS[Verdict.REFUSED]: "the database refuses {}",
    MARKS[Verdict.TOO_STRICT]: "{} {keep} valid rows out",
    MARKS[Verdict.UNUSABLE]: "{} {leave} a table that takes no row",
    MARKS[Verdict.ABSENT]: "{} {are} not available",
    MARKS[Verdict.UNKNOWN]: "{} {were} not observed",
}
_PLURAL = {"them": "them", "hold": "hold", "keep": "keep", "leave": "leave", "are": "are"}
_SINGULAR = {"them": "it", "hold": "holds", "keep": "keeps", "leave": "leaves", "are": "is"}


@dataclass(frozen=True)
class Loss:
    """How many promises of a family do not hold."""

    family: str
    lost: int
    of: int

    @property
    def name(self) -> str:
        """The family as it reads."""
        return family(self.family)


@dataclass(frozen=True)
class Standing:
    """How a vendor stands, by its newest series that was observed, without a variant's settings."""

    vendor: str
    name: str
    """Of what the sentence speaks: `MySQL 9.7`."""
    backend: str
    kept: int
    of: int
    sentence: str
    losses: list[Loss]
    lost: list[str]
    """The verdicts of what is lost, as a link has them."""
    django: str
    """The Django of all this."""
    others: str
    """What is to be told of the other series: that some keep less, or were not observed."""


def standings(matrix: Matrix, folding: Folding) -> list[Standing]:
    """Return how each vendor of the document stands; none where nothing counts as a promise."""
    promises = counted(matrix.cases.items())
    return [
        _standing(matrix, folding, column.vendor, promises)
        for column in folding.columns
        if promises
    ]


def _standing(matrix: Matrix, folding: Folding, vendor: str, promises: Sequence[str]) -> Standing:
    places = [each for each in folding.places if each.vendor == vendor and "~" not in each.backend]
    seen = _newest(each for each in places if each.environment in folding.observed)
    unseen = {each.server: None for each in places if each.backend not in seen}
    missing = f"Not observed: {', '.join(unseen)}." if unseen else ""
    if not seen:
        return Standing(
            vendor, places[0].name if places else vendor, "", 0, 0, "", [], [], "", missing
        )
    *older, newest = seen.values()
    answers = _answers(matrix, folding, newest, promises)
    kept = sum(map(_holds, answers))
    missed = [case for case, each in zip(promises, answers, strict=True) if _is_lost(each)]
    lost = Counter(matrix.cases[case].family for case in missed)
    verdicts = {folding.record(case, newest.environment).verdict for case in missed}
    of = Counter(matrix.cases[case].family for case in promises)
    return Standing(
        vendor=vendor,
        name=f"{newest.name} {newest.server}",
        backend=newest.backend,
        kept=kept,
        of=len(promises),
        sentence=_sentence(answers, kept),
        losses=[Loss(name, count, of[name]) for name, count in lost.most_common()],
        lost=[str(each) for each in Verdict if each in verdicts],
        django=newest.django,
        others=" ".join(filter(None, (_older(matrix, folding, older, promises, kept), missing))),
    )


def _newest(places: Iterable[Place]) -> dict[str, Place]:
    """Return for each backend its place on the newest Django."""
    return {each.backend: each for each in places}


def _answers(
    matrix: Matrix, folding: Folding, place: Place, promises: Sequence[str]
) -> list[Answer]:
    return [
        answer(matrix.cases[case], folding.record(case, place.environment)) for case in promises
    ]


def _holds(given: Answer) -> bool:
    return given.level == Level.HOLDS


def _is_lost(given: Answer) -> bool:
    """Return whether a promise was seen not to hold: what was not observed is not lost."""
    return given != UNKNOWN and not _holds(given)


def _sentence(answers: Sequence[Answer], kept: int) -> str:
    """Return what a backend does: `keeps 51 of 73 promises; Django never creates 12, …`."""
    if kept == len(answers):
        return f"keeps all {kept} promises." if kept > 1 else "keeps the one promise."
    found = Counter(
        (ORDER.index(each.mark), each.by == "django" and each.mark != NEVER_CREATED)
        for each in answers
        if not _holds(each)
    )
    told = []
    for (mark, by_django), count in sorted(found.items(), key=lambda each: -each[1]):
        forms = _SINGULAR if count == 1 else _PLURAL
        were = "was" if count == 1 else "were"
        said = _SAYS[ORDER[mark]].format(count, **forms, were=were)
        told.append(said.replace("the database", "Django") if by_django else said)
    start = "keeps none of the" if not kept else f"keeps {kept} of"
    return f"{start} {len(answers)} promises: {', '.join(told)}."


def _older(
    matrix: Matrix,
    folding: Folding,
    older: Sequence[Place],
    promises: Sequence[str],
    kept: int,
) -> str:
    """Return which of the other series keep another number: `14 keeps 69.`."""
    counts: dict[int, list[str]] = {}
    for each in older:
        answers = _answers(matrix, folding, each, promises)
        count = sum(map(_holds, answers))
        if count != kept and UNKNOWN not in answers:
            counts.setdefault(count, []).append(each.server)
    told = [
        f"{', '.join(servers)} {'keeps' if len(servers) == 1 else 'keep'} {count or 'none'}"
        for count, servers in counts.items()
    ]
    return f"{'; '.join(told)}." if told else ""
