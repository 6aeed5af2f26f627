// What is asked below the pictures: the answers of a method, reasons, a comment, and how it went.
const answer = (choice, score, key, label, also = []) => ({ choice, score, key, label, also });
const LEFT = answer("left", null, "ArrowLeft", "answer.left", ["a", "1"]);
const RIGHT = answer("right", null, "ArrowRight", "answer.right", ["b", "2"]);
const TIE = answer("tie", null, "ArrowDown", "answer.tie");
const SCALE = [-3, -2, -1, 0, 1, 2, 3].map((score) =>
  answer(score < 0 ? "left" : score > 0 ? "right" : "tie", score, `${score + 4}`, `scale.${score}`));
const ANSWERS = { "forced-choice": [LEFT, RIGHT], "with-tie": [LEFT, TIE, RIGHT], "ccr-7": SCALE };
const KEY_NAMES = { ArrowLeft: "←", ArrowRight: "→", ArrowDown: "↓" };

function element(name, properties = {}, ...inside) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...inside);
  return made;
}

class Panel {
  constructor(find, say, vote) {
    Object.assign(this, { find, say, vote, buttons: [] });
    this.comment = find(".comment textarea");
  }

  begin(trial) {
    this.trial = trial;
    this.answers = ANSWERS[trial.method];
    this.find(".question").textContent = trial.question;
    this.find(".answers").className = `answers ${trial.method}`;
    this.find(".panel").classList.toggle("few", this.answers.length < 4);
    this.buttons = this.answers.map((one) => this.button(one));
    this.find(".answers").replaceChildren(...this.buttons);
    this.tags = trial.reasons.map((tag) => this.tag(tag));
    this.find(".tags").replaceChildren(...this.tags);
    this.comment.value = "";
    this.find(".comment").hidden = !trial.comments;
    this.find(".why").hidden = !trial.comments && !this.tags.length;
    this.find(".go").hidden = true;
    this.find(".answers").hidden = false;
  }

  button(one) {
    const key = element("kbd", { textContent: KEY_NAMES[one.key] ?? one.key });
    key.setAttribute("aria-hidden", "true");
    const made = element("button", { type: "button", className: "vote", disabled: true }, `${this.say(one.label)} `, key);
    made.setAttribute("aria-keyshortcuts", one.key);
    Object.assign(made.dataset, { choice: one.choice, ...(one.score === null ? {} : { score: one.score }) });
    made.addEventListener("click", () => this.vote(one));
    return made;
  }

  tag(text) {
    const made = element("button", { type: "button", className: "tag", textContent: text });
    made.setAttribute("aria-pressed", "false");
    made.addEventListener("click", () => made.setAttribute("aria-pressed", String(!this.ticked(made))));
    return made;
  }

  ticked(tag) { return tag.getAttribute("aria-pressed") === "true"; }

  get reasons() { return this.tags.filter((tag) => this.ticked(tag)).map((tag) => tag.textContent); }

  keys() { return Object.fromEntries(this.answers.flatMap((one) => [one.key, ...one.also].map((key) => [key, () => this.vote(one)]))); }

  enable(yes) { for (const button of this.buttons) { button.disabled = !yes; button.classList.remove("chosen"); } }

  chosen(one) {
    this.buttons.forEach((button, n) => { button.disabled = true; button.classList.toggle("chosen", this.answers[n] === one); });
  }

  status(text) { if (this.find(".status").textContent !== text) this.find(".status").textContent = text; }

  // After a training pair: whether the expected answer was found; ends when the viewer goes on.
  feedback(right) {
    this.status(this.say(right ? "feedback.right" : "feedback.wrong"));
    this.find(".status").classList.add("told");
    this.find(".answers").hidden = this.find(".why").hidden = true;
    const go = this.find(".go");
    go.hidden = false;
    go.focus();
    return new Promise((done) => {
      go.onclick = () => { this.find(".status").classList.remove("told"); go.hidden = true; done(); };
    });
  }
}
