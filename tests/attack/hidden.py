"""The attacker's bench: questions go in as one person before one audience, and what comes out is held against numbers
that this audience may not see.

A *family* is one idea of an attack, tried many times. A try combines what the answers say (rows, notes, receipt; not
the SQL) into estimates. An `Amount` is computed when an estimate is right to the cent; an `Existence` is told when the
reply about a hidden thing differs from the reply about an invented one. Every family has controls: somebody who may see
the thing gets it, so that a bot which refuses everything does not pass.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import pytest
from northstar_truth import Truth

from bot.ask import answer_meaning
from bot.ask import ask as ask_in_words
from bot.outcome import Outcome
from bot.render.text import outcome_text
from bot.runtime import Runtime
from bot.wording import words_for
from metrics import Answer, Audience, Metrics, Person, Query, Table, UserError, Viewer
from nlq import Meaning

__all__ = [
    "FAMILIES",
    "RESULTS",
    "Amount",
    "Asker",
    "Attacker",
    "Company",
    "Existence",
    "Family",
    "Result",
    "cell",
    "family",
    "run",
]

CENT = 0.01
LEAST = 100  # an amount worth guessing: smaller ones are met by chance
MOST_COMBINED = 12  # numbers of one try that are also added and subtracted in pairs


@dataclass(frozen=True)
class Attacker:
    """`sees`: the ids of the sellers whose rows everybody in the audience may see."""

    person: Person
    audience: Audience
    sees: frozenset[str]

    def __str__(self) -> str:
        return f"{self.person.id} in {self.audience.name or 'a DM'}"


@dataclass(frozen=True)
class Company:
    """A loaded workspace and, beside it, the truth by independent SQL over its files."""

    metrics: Metrics
    truth: Truth
    as_of: dt.datetime
    runtime: Runtime | None = None

    @property
    def sellers(self) -> frozenset[str]:
        return frozenset(p.id for p in self.metrics.org.people.values() if p.sells)

    def attacker(self, who: str, *others: str, name: str = "") -> Attacker:
        """`who` in a DM, or in a channel with `others`."""
        people = self.metrics.org.people
        asker = people[who]
        if not others:
            return Attacker(asker, Audience.only_viewer(), self._sees(asker))
        members = [asker, *(people[o] for o in others)]
        seen = frozenset.intersection(*(self._sees(m) for m in members))
        return Attacker(asker, Audience.channel(members, name=name or f"a channel with {', '.join(others)}"), seen)

    def boss(self, who: str) -> str:
        """Who sees at least as much: the manager, of a lead somebody who sees all."""
        return self.metrics.org.people[who].manager_id or "OPS"

    def attackers(self, who: str) -> list[Attacker]:
        """In a DM; in a channel with the boss, who sees at least as much; of those who lead, in a channel with one of
        their sellers, who sees less."""
        below = sorted((self.metrics.org.subtree(who) & self.sellers) - {who})
        return [self.attacker(who), self.attacker(who, self.boss(who)), *(self.attacker(who, b) for b in below[:1])]

    def among_everybody(self, who: str) -> Attacker:
        return self.attacker(who, *(p for p in self.metrics.org.people if p != who), name="a channel of everybody")

    def _sees(self, person: Person) -> frozenset[str]:
        return self.sellers & (self.sellers if person.sees == "all" else self.metrics.org.subtree(person.id))


class Asker:
    """Asks in the place of an attacker, keeps every answer and counts."""

    def __init__(self, company: Company, attacker: Attacker) -> None:
        self._company, self._attacker = company, attacker
        self.answers: list[Answer | Table] = []
        self.asked = 0

    def __call__(self, query: Query, *, as_of: dt.datetime | None = None) -> Answer | None:
        """The answer, None when it is refused."""
        reply = self.reply(query, as_of=as_of)
        return reply if isinstance(reply, Answer) else None

    def reply(self, query: Query, *, as_of: dt.datetime | None = None) -> Answer | UserError:
        self.asked += 1
        try:
            answer = self._company.metrics.answer(
                query,
                viewer=Viewer.of(self._attacker.person),
                audience=self._attacker.audience,
                as_of=as_of or self._company.as_of,
            )
        except UserError as error:
            return error
        self.answers.append(answer)
        return answer

    def say(self, text: str) -> tuple[Outcome, str]:
        """A question in words: what became of it, and the text of the reply."""
        runtime = self._company.runtime
        assert runtime is not None
        self.asked += 1
        made = ask_in_words(
            runtime,
            text,
            asker=self._attacker.person,
            audience=self._attacker.audience,
            as_of=self._company.as_of,
        )
        self._keep(made)
        return made, outcome_text(words_for(runtime.metrics.model, made.language, runtime.lexicon), made)

    def choose(self, meaning: Meaning) -> None:
        """One of the readings of a question in words."""
        runtime = self._company.runtime
        assert runtime is not None
        self.asked += 1
        who = self._attacker
        self._keep(
            answer_meaning(
                runtime, meaning, asker=who.person, audience=who.audience, as_of=self._company.as_of, language="en"
            )
        )

    def _keep(self, made: Outcome) -> None:
        parts = made.findings.parts if made.findings is not None else ()
        self.answers += [table for table in (made.table, *(part.table for part in parts)) if table is not None]


@dataclass(frozen=True)
class Amount:
    """`hidden`: what is to be computed. `attack` asks and yields estimates; every number in the answers, and the sums
    and differences of a few, are estimates too."""

    about: str
    attacker: Attacker
    hidden: Sequence[float]
    attack: Callable[[Asker], Iterable[float | None]]
    control: bool = False
    exact_only: bool = False  # small counts: chance would meet them among all the numbers of an answer

    def told(self, asker: Asker) -> bool:
        estimates = [e for e in self.attack(asker) if e is not None]
        if not self.exact_only:
            found = [n for a in asker.answers for n in numbers(a)]
            estimates += found
            if len(found) <= MOST_COMBINED:
                estimates += [x for a, b in combinations(found, 2) for x in (a + b, a - b, b - a)]
        return any(abs(e - h) < CENT for h in self.hidden if h for e in estimates)


@dataclass(frozen=True)
class Existence:
    """`attack` asks and says whether what is hidden could be told from what does not exist."""

    about: str
    attacker: Attacker
    attack: Callable[[Asker], bool]
    control: bool = False

    def told(self, asker: Asker) -> bool:
        return self.attack(asker)


Try = Amount | Existence


@dataclass(frozen=True)
class Family:
    name: str
    company: str  # "demo" | "star"
    tries: Callable[[Company], Iterator[Try]]


FAMILIES: dict[str, Family] = {}


def family(
    name: str, company: str = "demo"
) -> Callable[[Callable[[Company], Iterator[Try]]], Callable[[Company], Iterator[Try]]]:
    def register(tries: Callable[[Company], Iterator[Try]]) -> Callable[[Company], Iterator[Try]]:
        FAMILIES[name] = Family(name, company, tries)
        return tries

    return register


@dataclass
class Result:
    """Of one family. `told`: what was computed or told, by kind; `answered`: tries of which any question was
    answered."""

    name: str
    tries: dict[type, int] = field(default_factory=lambda: {Amount: 0, Existence: 0})
    told: dict[type, list[str]] = field(default_factory=lambda: {Amount: [], Existence: []})
    answered: int = 0
    controls: int = 0
    silent: list[str] = field(default_factory=list)  # controls that did not get what they may see

    def __str__(self) -> str:
        exact, existence = (f"{len(self.told[k]):3d} of {self.tries[k]:3d}" for k in (Amount, Existence))
        answered = f"{self.answered:3d} of {sum(self.tries.values()):3d}"
        seen = f"{self.controls - len(self.silent)} of {self.controls}"
        return f"{self.name:44s} exact {exact}   existence {existence}   answered {answered}   controls {seen}"


RESULTS = pytest.StashKey[list[Result]]()


def run(company: Company, of: Family) -> Result:
    result = Result(of.name)
    for each in of.tries(company):
        asker = Asker(company, each.attacker)
        told = each.told(asker)
        if each.control:
            result.controls += 1
            if not told:
                result.silent.append(f"{each.attacker}: {each.about}")
            continue
        result.tries[type(each)] += 1
        result.answered += bool(asker.answers)
        if told:
            result.told[type(each)].append(f"{each.attacker}: {each.about}")
    return result


def cell(answer: Answer | Table | None, role: str, row: int = 0) -> float | None:
    """The number of that role in a row."""
    if answer is None or row >= len(answer.rows):
        return None
    places = [i for i, c in enumerate(answer.columns) if c.role == role]
    value = answer.rows[row][places[0]] if places else None
    return float(value) if isinstance(value, int | float) else None


def numbers(answer: Answer | Table) -> list[float]:
    """Every number in an answer that is large enough not to be met by chance."""
    said = [str(v) for note in answer.notes for v in note.fields.values()]
    proof = answer.proof if isinstance(answer, Table) else answer.receipt
    said += [str(v) for v in proof.params.values()] + [repr(proof.conditions)]
    found = [float(v) for row in answer.rows for v in row if isinstance(v, int | float)]
    found += [float(m) for text in said for m in re.findall(r"\d+\.\d+", text)]
    return list(dict.fromkeys(n for n in found if abs(n) >= LEAST))
