// <bptt-stepper>: a drawing and a list that tells its stages, both complete as they stand in the page. Here they
// become something to step through: a native slider and native buttons, so that keys and screen readers work.

class BpttStepper extends HTMLElement {
  connectedCallback() {
    if (this.querySelector(".stepper-controls")) return;
    this.stages = [...this.querySelectorAll(".stepper-steps > li")];
    this.parts = [...this.querySelectorAll("svg [data-from]")];
    this.told = document.createElement("p");
    this.told.className = "stepper-told";
    this.told.setAttribute("role", "status");
    const list = this.querySelector(".stepper-steps");
    list.before(this.controls(), this.told);
    const all = document.createElement("details");
    all.className = "stepper-all";
    const summary = document.createElement("summary");
    summary.textContent = "All steps";
    list.before(all);
    all.append(summary, list);
    this.show(Number(this.dataset.start)); // the forward pass is drawn: what it needs is known before
  }

  controls() {
    const bar = document.createElement("div");
    bar.className = "stepper-controls";
    this.back = this.button("Back", () => this.show(this.stage - 1));
    this.next = this.button("Next", () => this.show(this.stage + 1));
    this.slider = document.createElement("input");
    this.slider.type = "range";
    this.slider.min = 0;
    this.slider.max = this.stages.length - 1;
    this.slider.setAttribute("aria-label", "Step of the calculation");
    this.slider.addEventListener("input", () => this.show(Number(this.slider.value)));
    bar.append(this.back, this.next, this.slider);
    return bar;
  }

  button(text, action) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.addEventListener("click", action);
    return button;
  }

  // A button at its end is marked, not disabled: a disabled one would lose the keyboard's focus.
  show(stage) {
    const last = this.stages.length - 1;
    this.stage = Math.min(Math.max(stage, 0), last);
    this.slider.value = this.stage;
    this.slider.setAttribute("aria-valuetext", `${this.stage} of ${last}`);
    this.back.setAttribute("aria-disabled", this.stage === 0);
    this.next.setAttribute("aria-disabled", this.stage === last);
    for (const part of this.parts) {
      const from = Number(part.dataset.from);
      const until = Number(part.dataset.until ?? last);
      part.classList.toggle("ghost-part", this.stage < from);
      part.classList.toggle("hidden-part", this.stage > until);
      part.classList.toggle("new-part", this.stage === from);
    }
    this.told.innerHTML = this.stages[this.stage].innerHTML;
    this.bringIntoView();
  }

  // On a narrow page the drawing scrolls in its own box: what is new is brought to its middle.
  bringIntoView() {
    const box = this.querySelector(".stepper-picture");
    const part = this.parts.find((part) => part.classList.contains("new-part"));
    if (!part || box.scrollWidth <= box.clientWidth) return;
    const [at, frame] = [part.getBoundingClientRect(), box.getBoundingClientRect()];
    box.scrollLeft += (at.left + at.right) / 2 - (frame.left + frame.right) / 2;
  }
}

customElements.define("bptt-stepper", BpttStepper);
