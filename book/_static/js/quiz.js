// <quiz-question>: turns the question, its options and their folded answers, which are in the page as
// plain HTML, into a form. Native radio buttons and check boxes bring keyboard and screen reader support.

class QuizQuestion extends HTMLElement {
  connectedCallback() {
    if (this.querySelector("form")) return;
    this.right = null;
    this.several = this.dataset.kind === "several";
    const form = document.createElement("form");
    const fields = document.createElement("fieldset");
    fields.setAttribute("aria-labelledby", this.querySelector(".quiz-stem").id);
    if (!this.several) fields.setAttribute("role", "radiogroup");
    const list = this.querySelector(".quiz-options");
    list.before(form);
    list.setAttribute("role", "presentation");
    fields.append(list);
    this.options = [...list.querySelectorAll(".quiz-option")].map((item, i) => this.option(item, i));

    this.status = document.createElement("p");
    this.status.className = "quiz-status";
    this.status.setAttribute("role", "status");
    const buttons = document.createElement("p");
    buttons.className = "quiz-buttons";
    buttons.append(this.button("Check", "submit"), this.button("Show all answers", "button"));
    buttons.lastChild.addEventListener("click", () => this.showAll());
    form.append(fields, buttons, this.status);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.check();
    });
    form.addEventListener("change", () => this.clear());
  }

  button(text, type) {
    const button = document.createElement("button");
    button.type = type;
    button.textContent = text;
    return button;
  }

  option(item, index) {
    item.setAttribute("role", "presentation");
    const input = document.createElement("input");
    input.type = this.several ? "checkbox" : "radio";
    input.name = this.id;
    input.id = `${this.id}-option-${index + 1}`;
    const label = document.createElement("label");
    label.htmlFor = input.id;
    const text = item.querySelector(".quiz-text");
    text.replaceWith(input, label);
    const letter = document.createElement("span");
    letter.className = "quiz-letter";
    letter.textContent = `${String.fromCharCode(65 + index)}. `;
    label.append(letter, ...text.childNodes);
    const answer = item.querySelector(".quiz-answer");
    const feedback = answer.querySelector(".quiz-feedback");
    feedback.hidden = true; // it stays in the page: MathJax sets its formulas, and paper shows it
    const live = document.createElement("div");
    live.setAttribute("role", "status");
    live.append(feedback);
    answer.replaceWith(live);
    return { item, input, feedback, right: item.dataset.right === "true" };
  }

  reveal(option) {
    option.feedback.hidden = false;
    option.item.dataset.revealed = "";
  }

  clear() {
    for (const option of this.options) {
      option.feedback.hidden = true;
      delete option.item.dataset.revealed;
    }
    this.status.textContent = "";
  }

  // Whether the question is answered, and rightly: null until the first check.
  settle(right) {
    this.right = right;
    this.dispatchEvent(new CustomEvent("quiz-settled", { bubbles: true }));
  }

  check() {
    this.clear();
    const chosen = this.options.filter((option) => option.input.checked);
    if (!chosen.length) {
      this.status.textContent = this.several ? "Choose at least one option first." : "Choose an option first.";
      return;
    }
    chosen.forEach((option) => this.reveal(option));
    const right = this.options.filter((option) => option.right).length;
    const found = chosen.filter((option) => option.right).length;
    const wrong = chosen.length - found;
    if (this.several) {
      this.status.textContent =
        found === right && !wrong
          ? "All found, and nothing else."
          : `Found ${found} of ${right} right options` + (wrong ? `, and chose ${wrong} that ${wrong === 1 ? "is" : "are"} not.` : ".");
    }
    this.settle(found === right && !wrong);
  }

  showAll() {
    this.options.forEach((option) => this.reveal(option));
    this.status.textContent = "All answers are shown.";
    if (this.right === null) this.settle(false);
  }
}

customElements.define("quiz-question", QuizQuestion);

// The score of a page with several questions, and a way to the next one that has no answer yet.

function addScore(questions) {
  const bar = document.createElement("div");
  bar.className = "quiz-score";
  const score = document.createElement("p");
  score.setAttribute("role", "status");
  const next = document.createElement("button");
  next.type = "button";
  next.textContent = "Next unanswered question";
  bar.append(score, next);
  questions.at(-1).after(bar);
  let last = -1;

  function show() {
    const right = questions.filter((question) => question.right).length;
    const open = questions.filter((question) => question.right === null).length;
    score.textContent = `${right} of ${questions.length} right` + (open ? `, ${open} to go` : "");
    next.hidden = !open;
  }

  next.addEventListener("click", () => {
    const order = [...questions.slice(last + 1), ...questions.slice(0, last + 1)];
    const question = order.find((one) => one.right === null);
    last = questions.indexOf(question);
    question.scrollIntoView({ block: "start" });
    question.options[0].input.focus({ preventScroll: true });
  });
  document.addEventListener("quiz-settled", (event) => {
    last = questions.indexOf(event.target);
    show();
  });
  show();
}

const questions = [...document.querySelectorAll("quiz-question")];
if (questions.length > 1) addScore(questions);
