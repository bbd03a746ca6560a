"""Copies stand out however they are disguised; what everybody writes alike does not."""

import ast
import random
import re
import time

import pytest

from autograder.report.similarity import FEWEST, MOST_PAIRS, Likeness, Text, likeness

STUB = Text('def solve(rows, limit):\n    """What is asked."""\n    raise NotImplementedError()\n')
OBVIOUS = "def solve(rows, limit):\n    return np.sqrt(rows @ rows.T + limit * np.eye(len(rows)))\n"
_FUNCTIONS = ("exp", "tanh", "log1p", "square", "abs", "sign", "floor", "sqrt")


def own_way(chance: random.Random, statements: int = 8) -> str:
    """A program that no two students write alike: random arithmetic, in loops and branches."""
    lines = ["def solve(rows, limit):", "    total = 0"]
    for i in range(statements):
        expression = f"rows[{chance.randrange(4)}]"
        for _ in range(chance.randrange(1, 5)):
            form = chance.choice(["np.{f}({e})", "({e} {o} limit)", "{e} {o} rows[{n}]", "-{e}"])
            expression = form.format(
                f=chance.choice(_FUNCTIONS),
                e=expression,
                o=chance.choice("+-*/"),
                n=chance.randrange(4),
            )
        head = chance.choice(["", "for value in rows:", f"if total > {i}:", "while total < limit:"])
        body = chance.choice([f"total += {expression}", f"part_{i} = {expression}"])
        lines += [f"    {head}", f"        {body}"] if head else [f"    {body}"]
    return "\n".join([*lines, "    return total"]) + "\n"


def disguised(source: str) -> str:
    """The same with other names, other comments, another docstring, and statements put between."""
    for i, name in enumerate(["total", "value", "part_1", "part_2", "part_3", "limit", "rows"]):
        source = re.sub(rf"\b{name}\b", f"my_{i}", source)
    first, *rest, last = source.splitlines()
    mine = "    print('a line of my own')  # quite my own"
    return "\n".join([first, '    """My very own solution."""', mine, *rest, mine, last, ""])


def a_class(size: int, exercises: int = 4, seed: int = 1) -> dict[str, dict[str, Text]]:
    chance = random.Random(seed)
    return {
        f"student-{i:03d}": {
            f"exercise {k}": Text(OBVIOUS if chance.random() < 0.5 else own_way(chance))
            for k in range(exercises)
        }
        for i in range(size)
    }


def looked_at(answers: dict[str, dict[str, Text]]) -> Likeness:
    names = {name for texts in answers.values() for name in texts}
    return likeness(answers, dict.fromkeys(sorted(names), STUB))


@pytest.mark.parametrize("size", [12, 40])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_disguised_copy_is_found_and_nobody_else(size: int, seed: int) -> None:
    answers = a_class(size, seed=seed)
    answers["student-001"] |= {"exercise 0": Text(own_way(random.Random(f"longer {seed}"), 12))}
    answers["copy"] = {n: Text(disguised(t.source)) for n, t in answers["student-001"].items()}
    found = looked_at(answers)
    assert [{pair.one, pair.other} for pair in found.pairs] == [{"copy", "student-001"}]
    passage = found.pairs[0].passages[0]
    assert passage.exercise == "exercise 0"
    assert passage.share > 0.8
    assert "<mark>" in passage.one
    assert "<mark>" in passage.other
    assert "a line of my own" in re.sub(r"<mark>.*?</mark>", "", passage.one, flags=re.DOTALL)


def test_an_honest_class_has_no_pairs() -> None:
    for seed in range(5):
        assert looked_at(a_class(30, seed=seed)).pairs == ()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_copy_is_found_where_the_class_knows_few_ways_to_answer(seed: int) -> None:
    chance = random.Random(seed)
    ways = {f"exercise {k}": [Text(own_way(chance, 4)) for _ in range(5)] for k in range(12)}
    answers = {
        f"student-{i:03d}": {name: chance.choice(texts) for name, texts in ways.items()}
        for i in range(40)
    }
    assert looked_at(answers).pairs == ()
    answers["copy"] = answers["student-001"]
    (pair,) = looked_at(answers).pairs
    assert {pair.one, pair.other} == {"copy", "student-001"}
    assert pair.share == pytest.approx(1.0)
    assert pair.score < looked_at(answers).fence


def test_what_everybody_writes_alike_says_nothing() -> None:
    answers = {f"s{i}": {"one": Text(OBVIOUS), "two": Text(OBVIOUS)} for i in range(30)}
    found = looked_at(answers)
    assert found.compared == 2
    assert (found.pairs, found.usual) == ((), 0.0)


def test_what_was_handed_out_says_nothing() -> None:
    given = own_way(random.Random(7), 20)
    answers = a_class(12)
    for student in ("student-001", "student-002"):
        answers[student] = {
            name: Text(f"{given}\n# mine\nx = {student[-1]}\n") for name in answers[student]
        }
    stubs = {name: Text(given) for name in answers["student-001"]}
    assert likeness(answers, stubs).pairs == ()
    assert likeness(answers, dict.fromkeys(stubs, STUB)).pairs != ()


def test_a_ring_of_copies_does_not_hide_itself() -> None:
    answers = a_class(24)
    for i in range(2, 6):
        answers[f"student-{i:03d}"] = {
            n: Text(disguised(t.source)) for n, t in answers["student-001"].items()
        }
    ring = {f"student-{i:03d}" for i in range(1, 6)}
    pairs = [{pair.one, pair.other} for pair in looked_at(answers).pairs]
    assert len(pairs) == 10
    assert all(pair <= ring for pair in pairs)


def test_too_few_to_know_what_is_usual() -> None:
    answers = {f"s{i}": {"one": Text(own_way(random.Random(0)))} for i in range(FEWEST - 1)}
    assert looked_at(answers) == Likeness((), 0, 0.0, looked_at(answers).fence, 0)
    stubs = {f"s{i}": {"one": STUB} for i in range(30)}
    assert looked_at(stubs).compared == 0
    assert likeness({}, {"one": STUB}).compared == 0


def test_written_answers_are_compared_by_their_words() -> None:
    chance = random.Random(3)
    words = [f"word{i}" for i in range(300)]
    answers = {
        f"s{i:02d}": {"why": Text(" ".join(chance.choices(words, k=120)), prose=True)}
        for i in range(20)
    }
    answers["copy"] = {"why": Text(answers["s04"]["why"].source.upper(), prose=True)}
    (pair,) = looked_at(answers).pairs
    assert {pair.one, pair.other} == {"copy", "s04"}


def test_shown_code_can_do_no_harm() -> None:
    answers = a_class(12)
    bad = own_way(random.Random(5), 20) + "x = '</pre><script>alert(1)</script>\0\u202e&amp;'\n"
    answers["student-001"]["exercise 0"] = answers["student-002"]["exercise 0"] = Text(bad * 40)
    (pair,) = looked_at(answers).pairs
    for text in (pair.passages[0].one, pair.passages[0].other):
        assert "<script" not in text
        assert "&lt;script&gt;" in text
        assert "&amp;amp;" in text
        assert not set(text) & set("\0\u202e")
        assert re.search(r"… and \d+ more lines$", text)
        assert len(text) < 50_000


def test_the_page_does_not_grow_without_end() -> None:
    answers = a_class(40)
    for i in range(8):
        answers[f"student-{i:03d}"] = answers["student-000"]
    found = looked_at(answers)
    assert len(found.pairs) == MOST_PAIRS
    assert len(found.pairs) + found.left_out == 28


def test_hostile_answers_cost_little_time() -> None:
    chance = random.Random(2)
    answers = a_class(30)
    for i, text in enumerate(["(" * 10**6, "a = 1\n" * 10**5, "\0" * 10**6, '"""' * 10**5]):
        answers[f"hostile-{i}"] = {f"exercise {k}": Text(text) for k in range(4)}
    noise = " ".join(f"{chance.randrange(10**6)} +" for _ in range(10**5))
    answers["noise-1"] = answers["noise-2"] = {f"exercise {k}": Text(noise) for k in range(4)}
    start = time.process_time()
    found = looked_at(answers)
    assert time.process_time() - start < 5.0
    assert {"noise-1", "noise-2"} in [{pair.one, pair.other} for pair in found.pairs]


def test_the_order_of_the_students_does_not_matter() -> None:
    answers = a_class(20)
    answers["copy"] = {n: Text(disguised(t.source)) for n, t in answers["student-001"].items()}
    assert looked_at(dict(reversed(answers.items()))) == looked_at(answers)


def test_the_disguise_of_these_tests_is_python() -> None:
    ast.parse(disguised(own_way(random.Random(1))))
