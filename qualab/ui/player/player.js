// The player of one viewer: asks for the current trial, shows both halves of its packed video pixel by pixel,
// sends the vote until the server says it is saved, goes on. It knows sides, never what is compared.
const rooms = new WeakMap();

class Room {
  constructor(root, finish) {
    this.finish = finish;
    this.find = (css) => root.querySelector(css);
    this.room = this.find(".room");
    this.video = this.find("video");
    this.stage = new Stage(this.find, this.video);
    this.votes = [...root.querySelectorAll(".vote")];
    this.alive = true;
    this.stop = new AbortController();
    this.listen();
    this.load();
  }

  listen() {
    const on = (target, name, act, more = {}) => target.addEventListener(name, act, { signal: this.stop.signal, ...more });
    for (const button of this.votes) on(button, "click", () => this.vote(button.dataset.choice));
    on(this.find(".switch"), "click", () => this.flip());
    on(this.find(".pause"), "click", () => this.togglePause());
    on(this.find(".replay"), "click", () => this.replay());
    on(this.find(".full"), "click", () => this.fullScreen());
    on(this.find(".again"), "click", () => this.load());
    on(this.video, "ended", () => this.played());
    on(window, "keydown", (event) => this.key(event, true), { capture: true });
    on(window, "keyup", (event) => this.key(event, false), { capture: true });
    on(window, "resize", () => { this.stage.arrange(); this.tell(); });
    on(window, "blur", () => this.unwatched());
    on(document, "visibilitychange", () => this.visibility());
  }

  close() { this.alive = false; this.stop.abort(); this.stage.close(); this.video.pause(); this.forget(); }

  forget() { if (this.url) URL.revokeObjectURL(this.url); this.url = null; }

  // ---- getting a trial ----
  async load() {
    this.ready = false;
    this.trial = this.stage.trial = null;
    this.waiting("Loading the comparison…", 0);
    const lost = (s) => this.waiting(`The connection is lost. Trying again in ${s} s…`, null);
    const alive = () => this.alive;
    try {
      const answer = await askTrial(lost, alive);
      const trial = await answer.json();
      if (answer.status !== 200) return this.ended(trial.message || "Open your invitation link again.");
      if (trial.closed) return this.ended("The study is closed. Thank you: every answer you gave until now is kept.", "closed");
      if (trial.done) return this.ended("All your answers are saved. Thank you!", "done");
      this.count(trial.position, trial.total);
      const blob = await fetchClip(trial.clip, (percent) => this.waiting("Loading the comparison…", percent), lost, alive);
      if (this.alive) await this.begin(trial, blob);
    } catch (trouble) {
      if (this.alive) this.waiting(`This comparison cannot be shown: ${trouble.message}.`, null, true);
    }
  }

  async begin(trial, blob) {
    this.forget();
    this.trial = trial;
    Object.assign(this, { ballotKey: newKey(), plays: 0, losses: 0, since: 0, sending: false, held: false });
    this.url = URL.createObjectURL(blob);
    await new Promise((done, failed) => {
      this.video.onloadeddata = done;
      this.video.onerror = () => failed(new Error("this browser cannot play it"));
      this.video.src = this.url;
    });
    const { videoWidth: w, videoHeight: h } = this.video;
    if (w !== trial.width || h !== 2 * trial.height) throw new Error("its size is not the announced one");
    const quality = this.video.getVideoPlaybackQuality();
    this.before = { dropped: quality.droppedVideoFrames, total: quality.totalVideoFrames };
    this.find(".question").textContent = trial.question;
    this.find(".wait").hidden = true;
    this.find(".pictures").hidden = this.find(".panel").hidden = false;
    this.stage.begin(trial);
    this.ready = true;
    this.tell();
    this.room.focus({ preventScroll: true });
    await this.play();
  }

  // ---- playing it ----
  async play() {
    try { await this.video.play(); } catch { /* a hidden tab may refuse; it goes on when it is seen again */ }
    this.labelPause();
  }

  replay() { if (this.ready) { this.video.currentTime = 0; this.play(); } }

  togglePause() {
    if (!this.ready) return;
    if (this.video.paused) this.play(); else { this.video.pause(); this.labelPause(); }
  }

  labelPause() { this.find(".pause").firstChild.data = this.video.paused ? "Play " : "Pause "; }

  played() {
    this.plays += 1;
    if (this.plays === 1) this.since = performance.now();
    this.tell();
    this.video.currentTime = 0;
    this.play();
  }

  // The key that holds the other picture may come up elsewhere.
  unwatched() {
    if (!this.ready) return;
    this.losses += 1;
    if (this.held) { this.held = false; this.flip(); }
  }

  fullScreen() {
    if (document.fullscreenElement) document.exitFullscreen(); else document.documentElement.requestFullscreen?.().catch(() => {});
  }

  visibility() {
    if (!this.ready) return;
    if (document.hidden) { this.resume = !this.video.paused; this.video.pause(); } else if (this.resume) this.play();
  }

  // ---- answering ----
  missing() {
    if (!this.ready) return "";
    if (this.plays === 0) return "You can answer once both videos have played to the end.";
    if (this.stage.single && this.stage.seen.size < 2) return "Switch to B once before you answer.";
    return null;
  }

  tell() {
    if (this.sending || !this.trial) return;
    const why = this.missing();
    for (const button of this.votes) { button.disabled = why !== null; button.classList.remove("chosen"); }
    const keys = this.stage.single ? "Hold Space, or press T, to switch. Answer with ← or →." : "Answer with ← or →. Space pauses.";
    this.say(why ?? keys);
  }

  key(event, down) {
    if (!this.ready || event.ctrlKey || event.metaKey || event.altKey) return;
    const from = event.composedPath()[0];
    if (from instanceof HTMLElement && from.matches("input, textarea, select")) return;
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if ((name === " " || name === "Enter") && from instanceof HTMLButtonElement) return;
    const act = this.acts(down)[name];
    if (!act) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!event.repeat) act();
  }

  acts(down) {
    const none = () => {};
    const [left, right] = [() => this.vote("left"), () => this.vote("right")];
    const hold = () => { if (this.stage.single && this.held !== down) { this.held = down; this.flip(); } };
    const space = this.stage.single ? hold : () => this.togglePause();
    if (!down) return { " ": this.stage.single ? hold : none };
    const answers = { ArrowLeft: left, a: left, 1: left, ArrowRight: right, b: right, 2: right };
    return { ...answers, " ": space, t: () => this.stage.single && this.flip(), p: () => this.togglePause(), f: () => this.fullScreen(), r: () => this.replay() };
  }

  flip() { if (this.ready) { this.stage.flip(); this.tell(); } }

  async vote(choice) {
    if (!this.ready || this.sending || this.missing() !== null) return;
    this.sending = true;
    for (const button of this.votes) { button.disabled = true; button.classList.toggle("chosen", button.dataset.choice === choice); }
    this.say("Saving…");
    const lost = (s) => this.say(`Not saved yet: the connection is lost. Trying again in ${s} s…`);
    try {
      const answer = await sendVote(this.ballot(choice), lost, () => this.alive);
      const receipt = await answer.json();
      if (answer.status === 200) await this.saved(receipt, choice);
      else this.say(receipt.message || "This vote was not taken.");
    } catch (trouble) { if (!this.alive) return; this.say(`This vote was not taken: ${trouble.message}.`); }
    if (!this.alive) return;
    await pause(450);
    this.video.pause();
    this.load();
  }

  async saved(receipt, choice) {
    const first = receipt.status === "already-voted" && receipt.choice !== choice;
    this.say(first ? "You had answered this one already; your first answer counts." : "Saved");
    this.count(receipt.position, this.trial.total, receipt.position);
    if (first) await pause(2000);
  }

  ballot(choice) {
    const now = this.video.getVideoPlaybackQuality();
    const { layout, switches, rescaled, cropped, dpr } = this.stage;
    return {
      trial_id: this.trial.trial_id, choice, idempotency_key: this.ballotKey, response_ms: Math.round(performance.now() - this.since),
      telemetry: {
        shown: layout, plays: this.plays, switches, focus_losses: this.losses,
        frames_total: Math.max(0, now.totalVideoFrames - this.before.total),
        frames_dropped: Math.max(0, now.droppedVideoFrames - this.before.dropped),
        rescaled, cropped, dpr,
        viewport_width: window.innerWidth, viewport_height: window.innerHeight,
        screen_width: window.screen.width, screen_height: window.screen.height,
      },
    };
  }

  // ---- words on the screen ----
  say(text) { this.find(".status").textContent = text; }

  count(position, total, answered = position - 1) {
    this.find(".count").textContent = `${position} of ${total}`;
    this.find(".bar span").style.width = `${(100 * answered) / total}%`;
    Object.entries({ valuenow: answered, valuemax: total }).forEach(([name, value]) => this.find(".bar").setAttribute(`aria-${name}`, value));
  }

  waiting(text, percent, again = false) {
    if (!this.alive) return;
    this.find(".wait").hidden = false;
    this.find(".pictures").hidden = this.find(".panel").hidden = this.find(".note").hidden = true;
    this.find(".loading").textContent = text;
    const bar = this.find(".wait progress");
    bar.hidden = percent === null;
    bar.value = percent ?? 0;
    this.find(".again").hidden = !again;
  }

  ended(text, why) {
    this.waiting(text, null);
    this.find(".top").hidden = true;
    if (why) this.finish(why);
  }
}

export default function ({ parentElement, setTriggerValue }) {
  if (!rooms.has(parentElement)) rooms.set(parentElement, new Room(parentElement, (why) => setTriggerValue("finished", why)));
  return () => { rooms.get(parentElement)?.close(); rooms.delete(parentElement); };
}
