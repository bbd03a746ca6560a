"""Quiz questions with feedback on every option.

A question is an ordinary MyST block, and its options an ordinary list::

    :::{quiz} How many weights does the cell have after 300 steps?
    :name: quiz-sharing

    - [ ] 300 times as many.

      What this answer misses.
    - [x] As many as after one.

      Why this is so.
    :::

The page works without JavaScript: each option then has its answer folded beneath it. With it,
``quiz.js`` turns the question into a form. Colours never carry the verdict alone.
"""

import re
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import Directive, directives
from sphinx.application import Sphinx

MARK = re.compile(r"^\[(?P<mark>[ xX])\]\s+")


class quiz_question(nodes.General, nodes.Element):
    """A question: ``kind`` is "one" or "several". Children: its stem, and its quiz_options."""


class quiz_options(nodes.General, nodes.Element):
    """The list of options."""


class quiz_option(nodes.General, nodes.Element):
    """An option: ``right`` is a bool. Children: its text, a paragraph, and a quiz_feedback."""


class quiz_feedback(nodes.General, nodes.Element):
    """What a reader who chose this option is told: ``right`` is a bool."""


class QuizDirective(Directive):
    """``:::{quiz} QUESTION`` with ``:name:`` and, at the end of its body, the list of options."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar = {"name": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        if "name" not in self.options:
            raise self.error("A quiz question needs a :name:, so that it can be linked to.")
        body = nodes.container()
        self.state.nested_parse(self.content, self.content_offset, body)
        if not body.children or not isinstance(body.children[-1], nodes.bullet_list):
            raise self.error(
                "A quiz question ends with a list of options, '- [x] ...' or '- [ ] ...'."
            )
        options = quiz_options("", *map(self.option, body.children.pop().children))
        right = sum(option["right"] for option in options)
        if not right:
            raise self.error("No option of the quiz question is marked as right: '- [x] ...'.")

        text, messages = self.state.inline_text(self.arguments[0], self.lineno)
        stem = nodes.container("", nodes.paragraph(self.arguments[0], "", *text), *body.children)
        stem["classes"].append("quiz-stem")
        if right > 1:
            stem += nodes.paragraph("", "More than one may be right.", classes=["quiz-hint"])
        question = quiz_question("", stem, options, kind="one" if right == 1 else "several")
        question["number"] = self.state.document.settings.env.new_serialno("quiz") + 1
        self.add_name(question)
        stem["ids"] = [f"{question['ids'][0]}-stem"]
        return [question, *messages]

    def option(self, item: nodes.list_item) -> quiz_option:
        """Read one item of the list: its mark, its text, its feedback."""
        text, *feedback = item.children
        words = next(iter(text.findall(nodes.Text)), None)
        mark = MARK.match(words) if isinstance(text, nodes.paragraph) and words else None
        if words is None or mark is None:
            raise self.error(
                f"An option starts with '[x] ' or '[ ] ', not with {item.astext()[:40]!r}."
            )
        if not feedback:
            raise self.error(f"The option {item.astext()[:40]!r} has no feedback.")
        words.parent.replace(words, nodes.Text(words[mark.end() :]))
        text["classes"].append("quiz-text")
        right = mark["mark"] != " "
        return quiz_option("", text, quiz_feedback("", *feedback, right=right), right=right)


def visit_question(self, node: quiz_question) -> None:
    attributes = {"class": "quiz", "data-kind": node["kind"]}
    self.body.append(self.starttag(node, "quiz-question", **attributes))
    self.body.append(f'<p class="quiz-title">Question {node["number"]}</p>\n')


def depart_question(self, node: quiz_question) -> None:
    self.body.append("</quiz-question>\n")


def visit_options(self, node: quiz_options) -> None:
    self.body.append('<ol class="quiz-options" type="A">\n')


def depart_options(self, node: quiz_options) -> None:
    self.body.append("</ol>\n")


def visit_option(self, node: quiz_option) -> None:
    self.body.append(f'<li class="quiz-option" data-right="{str(node["right"]).lower()}">\n')


def depart_option(self, node: quiz_option) -> None:
    self.body.append("</li>\n")


def visit_feedback(self, node: quiz_feedback) -> None:
    verdict = "Right." if node["right"] else "Not this one."
    self.body.append(
        '<details class="quiz-answer"><summary>Is it this one?</summary>\n'
        f'<div class="quiz-feedback"><p class="quiz-verdict">{verdict}</p>\n'
    )


def depart_feedback(self, node: quiz_feedback) -> None:
    self.body.append("</div></details>\n")


def setup(app: Sphinx) -> None:
    app.add_directive("quiz", QuizDirective)
    app.add_node(quiz_question, html=(visit_question, depart_question))
    app.add_node(quiz_options, html=(visit_options, depart_options))
    app.add_node(quiz_option, html=(visit_option, depart_option))
    app.add_node(quiz_feedback, html=(visit_feedback, depart_feedback))
