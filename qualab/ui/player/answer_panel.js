// What stands below the pictures: the answers of a method, reasons, a comment, and the state of the trial.
const KEY_NAMES = { ArrowLeft: "←", ArrowRight: "→", ArrowDown: "↓" };
const MANY = 4;

class AnswerPanel {
  constructor(find, text, vote) {
    Object.assign(this, { find, text, vote, buttons: [] });
    this.comment = find(".comment textarea");
  }

  begin(trial) {
    this.trial = trial;
    this.find(".question").textContent = trial.question;
    const { length } = trial.answers;
    this.find(".answers").style.setProperty("--count", length);
    this.find(".answers").classList.toggle("many", length >= MANY);
    this.find(".panel").classList.toggle("few", length < MANY);
    this.buttons = trial.answers.map((answer) => this.button(answer));
    this.find(".answers").replaceChildren(...this.buttons);
    this.tags = trial.reasons.map((reason) => this.tag(reason));
    this.find(".tags").replaceChildren(...this.tags);
    this.comment.value = "";
    this.find(".comment").hidden = !trial.comments;
    this.find(".why").hidden = !trial.comments && !this.tags.length;
    this.find(".go").hidden = true;
    this.find(".answers").hidden = false;
  }

  button(answer) {
    const { choice, score, key, label } = answer;
    const properties = { type: "button", className: "vote", disabled: true };
    const button = element("button", properties, `${this.text(label)} `, keyCap(KEY_NAMES[key] ?? key));
    button.setAttribute("aria-keyshortcuts", key);
    Object.assign(button.dataset, { choice, ...(score === null ? {} : { score }) });
    button.addEventListener("click", () => this.vote(answer));
    return button;
  }

  tag(reason) {
    const button = element("button", { type: "button", className: "tag", textContent: reason });
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => button.setAttribute("aria-pressed", String(!this.isPressed(button))));
    return button;
  }

  isPressed(tag) { return tag.getAttribute("aria-pressed") === "true"; }

  get reasons() { return this.tags.filter((tag) => this.isPressed(tag)).map((tag) => tag.textContent); }

  keys() {
    const actions = (answer) => [answer.key, ...answer.aliases].map((key) => [key, () => this.vote(answer)]);
    return Object.fromEntries(this.trial.answers.flatMap(actions));
  }

  enable(isEnabled) {
    for (const button of this.buttons) { button.disabled = !isEnabled; button.classList.remove("chosen"); }
  }

  choose(answer) {
    this.buttons.forEach((button, n) => {
      button.disabled = true;
      button.classList.toggle("chosen", this.trial.answers[n] === answer);
    });
  }

  status(text) { if (this.find(".status").textContent !== text) this.find(".status").textContent = text; }

  // After a training pair: whether it was the expected answer; ends when the viewer goes on.
  feedback(isRight) {
    this.status(this.text(isRight ? "feedback.right" : "feedback.wrong"));
    this.find(".status").classList.add("feedback");
    this.find(".answers").hidden = this.find(".why").hidden = true;
    const go = this.find(".go");
    go.hidden = false;
    go.focus();
    return new Promise((resolve) => {
      go.onclick = () => { this.find(".status").classList.remove("feedback"); go.hidden = true; resolve(); };
    });
  }
}
