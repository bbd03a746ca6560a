"""Exercise 8: the words of a text, in order."""

from autograder.testing import Exercise, sized, unchanged
from course_lib.reference.vocabulary import EOS, UNK, build_vocabulary

TEXT = [
    ["my", "goat", "ate", "the", "old", "hat"],
    ["the", "hat", "was", "my", "hat"],
    ["zebras", "ate", "a", "goat"],
    ["the", "goat", "was", "old"],
]
EXAMPLE = [["the", "cat", "saw", "the", "dog"], ["the", "dog", "ran"]]
#: The rarer a word, the earlier it comes: each case needs its words sorted.
LETTERS = [["x", "w", "z", "y", "z"], ["y", "w", "y", "z", "y"]]
OTHERS = [["o", "n", "q", "p", "q"], ["p", "n", "p", "q", "p"]]


def counted(note: str, min_count: int) -> object:
    """A case with the argument min_count."""
    return sized(note, sentences=LETTERS, min_count=min_count, shown={"sentences": OTHERS}).named(
        "min_count"
    )


vocabulary = Exercise(
    build_vocabulary,
    "vocabulary",
    title="A vocabulary",
    section="sec-lm-vocabulary",
    says="the words and their order are right, with min_count, too.",
)
vocabulary.part(
    "the words, most frequent first",
    sized(
        "Where no two words are equally frequent:",
        sentences=[["x", "z", "y", "y"], ["z", "y", "x", "z", "y"]],
        shown={"sentences": [["ran", "cat", "the", "cat"], ["the", "the", "cat", "the", "ran"]]},
    ),
)
vocabulary.part(
    "equally frequent words",
    sized("Where words are equally frequent:", sentences=TEXT, shown={"sentences": EXAMPLE}),
    sized(
        "Where each word occurs once:",
        sentences=[["b", "a", "B"]],
        shown={"sentences": [["d", "c", "C", "b"]]},
    ),
)
vocabulary.part(
    "min_count",
    *(counted("With a larger min_count:", min_count) for min_count in (2, 3, 9)),
    counted("With min_count = 1:", 1),
)
vocabulary.part(
    "EOS and UNK in the text, and no text",
    sized(
        "With EOS, UNK in a text:",
        sentences=[["a", UNK, "a", UNK, UNK], ["b", EOS]],
        shown={"sentences": [["d", EOS, "c"], [UNK, "d", UNK, UNK]]},
    ),
    sized("For sentences without words:", sentences=[[], []]),
    sized("For a text without sentences:", sentences=[]),
    unchanged(sentences=TEXT, shown={"sentences": EXAMPLE}),
    needs=["the words, most frequent first"],
)
vocabulary.mistake(
    "ties_in_order_of_appearance",
    "Sorting by frequency settles the order.",
    hint=(
        "Equally frequent words stand in the order in which they first occur. Wanted: alphabetical."
    ),
    swap={"(-counts[w], w)": "-counts[w]"},
    spellings=[
        {"(-counts[w], w)": "-counts[w]", " and w not in (EOS, UNK)": ""},
    ],
)
vocabulary.mistake(
    "ties_in_reverse",
    "Sort by (count, word), and turn it round to have the largest first.",
    hint=(
        "Equally frequent words come out in reverse: reverse=True turns both parts of the order "
        "over."
    ),
    swap={"(-counts[w], w)": "(counts[w], w), reverse=True"},
    spellings=[
        {"(-counts[w], w)": "(counts[w], w), reverse=True", " and w not in (EOS, UNK)": ""},
    ],
)
vocabulary.mistake(
    "rarest_first",
    "sorted() puts the words in order of frequency.",
    hint="The rarest words come first in your list.",
    swap={"-counts": "counts"},
    spellings=[
        {"-counts": "counts", " and w not in (EOS, UNK)": ""},
    ],
)
vocabulary.mistake(
    "alphabetical_only",
    "A word list is alphabetical.",
    hint="Your list is only alphabetical. What decides first is the frequency.",
    swap={", key=lambda w: (-counts[w], w)": ""},
    spellings=[
        {", key=lambda w: (-counts[w], w)": "", " and w not in (EOS, UNK)": ""},
    ],
)
vocabulary.mistake(
    "forgets_unk",
    "All words of the text are known.",
    hint="There is no place for unknown words in your list.",
    swap={"[EOS, UNK, *": "[EOS, *"},
)
vocabulary.mistake(
    "special_words_last",
    "What is special comes last.",
    hint="EOS and UNK stand at the end of your list. They have the places 0 and 1.",
    swap={
        "[EOS, UNK, *sorted(words, key=lambda w: (-counts[w], w))]": "[*sorted(words, key=lambda w: (-counts[w], w)), EOS, UNK]"
    },
)
vocabulary.mistake(
    "unk_before_eos",
    "The order of the two does not matter.",
    hint="EOS and UNK have changed places in your list.",
    swap={"[EOS, UNK,": "[UNK, EOS,"},
)
vocabulary.mistake(
    "more_than_min_count",
    "min_count is the limit, and words must lie above it.",
    hint="A word that occurs exactly min_count times belongs to the list.",
    swap={">= min": "> min"},
    spellings=[
        {">= min": "> min", "(-counts[w], w)": "-counts[w]"},
        {">= min": "> min", " and w not in (EOS, UNK)": ""},
    ],
)
vocabulary.mistake(
    "ignores_min_count",
    "Every word of the text belongs to the vocabulary.",
    hint="min_count changes nothing in your code.",
    swap={"counts[w] >= min_count and ": ""},
    spellings=[
        {"counts[w] >= min_count and w not in (EOS, UNK)": "True"},
    ],
)
vocabulary.mistake(
    "counts_sentences",
    "A word counts once for each sentence.",
    hint=(
        "You count in how many sentences a word occurs, once for each. Count every time it occurs."
    ),
    swap={"in sentence:": "in set(sentence):"},
)
vocabulary.mistake(
    "special_words_twice",
    "EOS and UNK never occur in a text.",
    hint="Where the text holds EOS or UNK itself, your list has it twice.",
    swap={" and w not in (EOS, UNK)": ""},
)
vocabulary.mistake(
    "does_not_sort",
    "The words come in the order in which they were counted.",
    hint="Your words stand in the order in which they first occur. Which ones come first?",
    swap={"*sorted(words, key=lambda w: (-counts[w], w))": "*words"},
    spellings=[
        {
            "*sorted(words, key=lambda w: (-counts[w], w))": "*words",
            " and w not in (EOS, UNK)": "",
        }
    ],
)
vocabulary.mistake(
    "gives_a_dict",
    "A vocabulary goes from words to numbers.",
    hint="A dict comes back. Wanted is a list: a word's place in it is its number.",
    swap={
        "[EOS, UNK, *sorted(words, key=lambda w: (-counts[w], w))]": (
            "{w: i for i, w in enumerate([EOS, UNK, *sorted(words, key=lambda w: (-counts[w], w))])}"
        )
    },
    spellings=[{"[EOS, UNK, *sorted(words, key=lambda w: (-counts[w], w))]": "counts"}],
)
vocabulary.mistake(
    "forgets_the_special_words",
    "A vocabulary holds the words of the text.",
    hint="EOS and UNK are missing at the beginning of your list.",
    swap={"[EOS, UNK, *": "[*"},
    spellings=[{"[EOS, UNK, *": "[*", " and w not in (EOS, UNK)": ""}],
)
vocabulary.mistake(
    "gives_pairs",
    "The counts belong to the words.",
    hint="Your list holds pairs of a word and its count. Wanted are the words alone.",
    swap={
        "*sorted(words, key=lambda w: (-counts[w], w))": (
            "*[(w, counts[w]) for w in sorted(words, key=lambda w: (-counts[w], w))]"
        )
    },
)
vocabulary.mistake(
    "counts_in_small_letters",
    "Capital letters make no difference.",
    hint="Words that differ in a capital letter are one word in your code. Here they are two.",
    swap={
        "counts[word] = counts.get(word, 0) + 1": (
            "counts[word.lower()] = counts.get(word.lower(), 0) + 1"
        )
    },
)
vocabulary.mistake(
    "first_sentence_only",
    "The return belongs to the loop.",
    hint="Only the first sentence is counted. Does your loop end too soon?",
    swap={"in sentences:": "in sentences[:1]:"},
)
vocabulary.mistake(
    "min_count_words",
    "min_count says how many words the list has.",
    hint="min_count limits how often a word must occur, not how many words are listed.",
    swap={"*sorted(words, key=lambda w: (-counts[w], w))": "*sorted(counts)[:min_count]"},
    spellings=[
        {
            "counts[w] >= min_count and ": "",
            "*sorted(words, key=lambda w: (-counts[w], w))": (
                "*sorted(words, key=lambda w: (-counts[w], w))[:min_count]"
            ),
        }
    ],
)


@vocabulary.alternative
def vocabulary_by_counter(sentences, min_count=1):
    """With Counter, and a stable sort of the alphabetical list."""
    from collections import Counter

    counts = Counter(word for sentence in sentences for word in sentence)
    del counts[EOS], counts[UNK]
    words = sorted(sorted(counts), key=counts.get, reverse=True)
    return [EOS, UNK] + [word for word in words if counts[word] >= min_count]


@vocabulary.alternative
def vocabulary_by_groups(sentences, min_count=1):
    """From the highest frequency down, the words of each in alphabetical order."""
    text = [word for sentence in sentences for word in sentence if word not in (EOS, UNK)]
    vocabulary = [EOS, UNK]
    for count in range(len(text), min_count - 1, -1):
        vocabulary += sorted(word for word in set(text) if text.count(word) == count)
    return vocabulary
