"""Exercise 9: a sentence in numbers."""

import numpy as np

from autograder.testing import Exercise, Numbers, Recorder, sized, unchanged
from course_lib.reference.vocabulary import EOS, UNK, encode

WORDS = [EOS, UNK, "goat", "the", "hat", "ate"]
EXAMPLE = [EOS, UNK, "the", "dog", "runs"]

numbered = Exercise(
    encode,
    "ids",
    draw={"vocabulary": lambda rng, shape, sizes: list(WORDS)},
    title="From words to numbers",
    section="sec-lm-vocabulary",
    says="known words, unknown words and the end are right.",
)


def sentence(note: str, tokens: list[str], shown: list[str]) -> object:
    """A case with a sentence of its own, of which the end counts or does not."""
    return sized(note, tokens=tokens, shown={"tokens": shown, "vocabulary": EXAMPLE})


numbered.part(
    "the numbers of the words",
    sentence(
        "For words that are all in the vocabulary, whatever the end:",
        ["the", "goat", "ate", "hat", "the"],
        ["dog", "the", "runs", "dog"],
    ).without_end(),
)
numbered.part(
    "EOS at the end",
    sentence(
        "For words that are all in the vocabulary:", ["goat", "ate", "the", "hat"], ["the", "dog"]
    ),
    sentence("For a sentence without words:", [], []),
)
numbered.part(
    "unknown words",
    sentence(
        "Where words are not in the vocabulary, whatever the end:",
        ["a", "goat", "ate", "my", "hat"],
        ["the", "old", "dog"],
    ).without_end(),
    sentence(
        "Where words differ in capital letters, which makes them unknown:",
        ["Goat", "Hat"],
        ["The", "dog"],
    ).without_end(),
    needs=["the numbers of the words"],
)
numbered.part(
    "its arguments stay as they are",
    unchanged(tokens=["the", "old", "goat"], shown={"tokens": ["a", "dog"], "vocabulary": EXAMPLE}),
    needs=["the numbers of the words"],
)
numbered.mistake(
    "forgets_eos",
    "A sentence consists of its words.",
    hint="The end of the sentence is missing. The network should learn to stop, too.",
    swap={"for word in tokens] + [number[EOS]]": "for word in tokens], dtype=int"},
    spellings=[
        {"for word in tokens] + [number[EOS]]": "for word in tokens]"},
        {
            "number.get(word, number[UNK]) for word in tokens] + [number[EOS]]": "number[word] for word in tokens]"
        },
    ],
)
numbered.mistake(
    "eos_first",
    "A sentence begins with its mark.",
    hint="EOS stands at the beginning of your numbers. What do its letters stand for?",
    swap={
        "[number.get(word, number[UNK]) for word in tokens] + [number[EOS]]": "[number[EOS]] + [number.get(word, number[UNK]) for word in tokens]"
    },
)
numbered.mistake(
    "drops_unknown_words",
    "What is not in the vocabulary cannot be encoded.",
    hint="Unknown words vanish from your sentence. They have a number, too: that of UNK.",
    swap={
        "number.get(word, number[UNK]) for word in tokens": "number[word] for word in tokens if word in number"
    },
    spellings=[
        {
            "number.get(word, number[UNK]) for word in tokens] + [number[EOS]]": "number[word] for word in tokens if word in number], dtype=int"
        },
    ],
)
numbered.mistake(
    "unknown_becomes_zero",
    "0 stands for nothing.",
    hint="Unknown words become 0 in your code. To the network that says: the end.",
    swap={"number[UNK]": "0"},
    spellings=[
        {"number.get(word, number[UNK])": "number.get(word, 0)"},
    ],
)
numbered.mistake(
    "unknown_becomes_minus_one",
    "-1 stands for not found.",
    hint="Unknown words become -1. As an index that means the last word of the list.",
    swap={"number[UNK]": "-1"},
)
numbered.mistake(
    "fails_on_unknown_words",
    "Every word is in the vocabulary.",
    hint=("Your code fails on a word that is not in the vocabulary. Which number should it get?"),
    swap={"number.get(word, number[UNK])": "vocabulary.index(word)"},
    spellings=[
        {"number.get(word, number[UNK])": "number[word]"},
    ],
)
numbered.mistake(
    "lowers_capitals",
    "Capital letters make no difference.",
    hint="Your code knows words only in small letters. A word with a capital letter is another one here.",
    swap={"get(word,": "get(word.lower(),"},
)
numbered.mistake(
    "appends_to_the_tokens",
    "The end mark is put behind the words first.",
    hint="The caller's list of words has changed: append() reaches outside your function.",
    swap={"number = ": ("tokens.append(EOS)\n    number = "), " + [number[EOS]]": ""},
)
numbered.mistake(
    "adds_words_to_the_vocabulary",
    "A new word gets the next free number.",
    hint=(
        "The vocabulary grows in your code. A network has its size fixed: that is what UNK is for."
    ),
    swap={
        "number = ": (
            "vocabulary += [word for word in dict.fromkeys(tokens) if word not in vocabulary]\n"
            "    number = "
        )
    },
)
numbered.mistake(
    "gives_a_list",
    "A list of numbers is an array.",
    hint="A list comes back. Wanted is a NumPy array of integers.",
    swap={
        "np.array([number.get(word, number[UNK]) for word in tokens] + [number[EOS]])": "[number.get(word, number[UNK]) for word in tokens] + [number[EOS]]"
    },
)
numbered.mistake(
    "ends_with_unk",
    "The last number marks the end.",
    hint="Your sentence ends with the number of UNK. Which word marks the end?",
    swap={"[number[EOS]]": "[number[UNK]]"},
)
numbered.mistake(
    "counts_words_from_one",
    "The first word has number 1.",
    hint="Every number is one too large: a word's number is its place, counted from 0.",
    swap={"enumerate(vocabulary)": "enumerate(vocabulary, start=1)"},
)
numbered.mistake(
    "end_gets_a_new_number",
    "The end stands behind all words.",
    hint="Your end has a number that no word has. EOS is a word of the vocabulary, at 0.",
    swap={"[number[EOS]]": "[len(vocabulary)]"},
    spellings=[{"[number[EOS]]": "[-1]"}],
)
numbered.mistake(
    "first_word_only",
    "The return belongs to the loop.",
    hint="Only the first word has a number. Does a return stand inside your loop?",
    swap={"for word in tokens]": "for word in tokens[:1]]"},
)


@numbered.alternative
def encode_by_index(tokens, vocabulary):
    """Looks every word up in the list."""
    ids = np.zeros(len(tokens) + 1, dtype=np.int32)
    for t, word in enumerate(tokens):
        ids[t] = vocabulary.index(word) if word in vocabulary else vocabulary.index(UNK)
    ids[-1] = vocabulary.index(EOS)
    return ids


@numbered.alternative
def encode_by_fixed_places(tokens, vocabulary):
    """EOS is 0 and UNK is 1, as the exercise says; the end is put on as a word."""
    number = dict(zip(vocabulary, range(len(vocabulary)), strict=True))
    return np.array([number.get(word, 1) for word in [*tokens, EOS]])
