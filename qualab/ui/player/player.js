// The player of one viewer: asks for the current trial, shows its two pictures pixel by pixel, sends the vote until the
// server says it is saved, goes on. It knows sides, never what is compared.
const SLOW_MS = 150;
const rooms = new WeakMap();
let noted = false;

class Room {
  constructor(root, data, finish) {
    this.finish = finish;
    this.find = (css) => root.querySelector(css);
    this.say = speaker(data.strings);
    this.room = this.find(".room");
    this.alive = true;
    this.stop = new AbortController();
    this.isAlive = () => this.alive;
    translate(root, this.say, data.language);
    this.panel = new Panel(this.find, this.say, (one) => this.vote(one));
    this.stage = new Stage(this.find, this.say, () => this.tell());
    this.listen();
    this.measure(data.language);
    this.load();
  }

  listen() {
    const on = (target, name, act, more = {}) => target.addEventListener(name, act, { signal: this.stop.signal, ...more });
    const click = (css, act) => on(this.find(css), "click", () => { if (this.ready) act(); });
    click(".switch", () => this.flip());
    click(".pause", () => this.show.toggle());
    click(".replay", () => this.show.replay());
    click(".out", () => this.zoom(-1));
    click(".in", () => this.zoom(1));
    click(".zoom", () => this.zoom(0));
    click(".full", () => this.fullScreen());
    for (const target of [window, window.visualViewport]) on(target, "resize", () => this.stage.arrange());
    on(window, "blur", () => this.unwatched());
    on(document, "visibilitychange", () => this.visibility());
    new Keys(this, this.find, on);
    new Gestures(this, this.find, on);
  }

  close() {
    this.alive = false;
    this.stop.abort();
    this.stage.close();
    this.show?.close();
    this.dropAhead();
  }

  focus() { this.room.focus({ preventScroll: true }); }

  async measure(language) {
    this.refresh = await measureRefresh();
    if (noted) return;
    noted = true;
    await post("/api/conditions", conditions(this.refresh, language), () => {}, this.isAlive).catch(() => {});
  }

  // ---- getting a trial ----
  async load() {
    this.ready = this.sending = false;
    const since = performance.now();
    const slow = setTimeout(() => this.waiting(this.say("loading"), 0), this.trial ? SLOW_MS : 0);
    const lost = (s) => { if (!this.ready) this.waiting(this.say("lost", { s }), null); };
    try {
      await this.flush(lost);
      const answer = await askTrial(lost, this.isAlive);
      const trial = await answer.json();
      const end = answer.status !== 200 ? "unknown" : ["closed", "done", "welcome"].find((name) => trial[name]);
      if (end) { this.ended(end); return; }
      const source = await this.sourceOf(trial, lost);
      clearTimeout(slow);
      if (this.alive) await this.begin(trial, source, Math.round(performance.now() - since)); else source.close();
    } catch (trouble) {
      if (!this.alive) return;
      const known = trouble instanceof Refused ? trouble.message : "trouble.unknown";
      clearTimeout(slow);
      this.waiting(this.say("trouble", { why: this.say(known) }), null);
      this.onward("retry", () => this.load());
    } finally { clearTimeout(slow); }
  }

  // What was answered before a reload and never acknowledged goes out first.
  async flush(lost) {
    const ballot = unsent.kept();
    if (!ballot) return;
    const { trial_id, attempt } = ballot;
    await post("/api/step", { trial_id, attempt, step: "played", detail: { late: true } }, lost, this.isAlive);
    const answer = await post("/api/vote", ballot, lost, this.isAlive);
    if (answer.status !== 401) unsent.forget();
  }

  async sourceOf(trial, lost) {
    const progress = (percent) => { if (!this.find(".wait").hidden) this.waiting(this.say("loading"), percent); };
    const { coming } = this;
    let source = null;
    if (coming?.key === trial.clips.join(" ")) {
      this.coming = null;
      source = await coming.source.catch(() => null);
    }
    source ??= await openSource(this.find(".videos"), await fetchClips(trial.clips, progress, lost, this.isAlive));
    if (source.width === trial.width && source.height === trial.height) return source;
    source.close();
    throw new Refused("trouble.size");
  }

  // The next trial's clips come while this one is watched.
  ahead(next) {
    const key = next?.clips.join(" ");
    if (!next || this.coming?.key === key) return;
    this.dropAhead();
    const quiet = () => {};
    const source = fetchClips(next.clips, quiet, quiet, this.isAlive).then((blobs) => openSource(this.find(".videos"), blobs));
    source.catch(quiet);
    this.coming = { key, source };
  }

  dropAhead() { this.coming?.source.then((source) => source.close(), () => {}); this.coming = null; }

  async begin(trial, source, ready_ms) {
    this.show?.close();
    this.trial = trial;
    this.count(trial.position, trial.total);
    if (trial.rest && this.rested !== trial.trial_id) await this.rest(trial);
    this.show = new Show({ trial, source, stage: this.stage, still: wantsLessMotion(), tell: () => this.tell() });
    Object.assign(this, { ballotKey: newKey(), ready_ms, held: false, done: null });
    this.find(".wait").hidden = true;
    this.find(".pictures").hidden = this.find(".panel").hidden = false;
    this.find(".banner").hidden = !trial.preview;
    this.find(".training").hidden = !trial.training;
    this.panel.begin(trial);
    this.stage.begin(trial, source);
    if (!(await this.step("ready", { ready_ms, ...viewport() }))) { await pause(1000); if (this.alive) this.load(); return; }
    if (!this.alive) return;
    this.ready = true;
    this.show.begun = performance.now();
    Object.assign(this.room.dataset, { state: "showing", trial: trial.trial_id, attempt: trial.attempt });
    this.tell();
    this.focus();
    this.ahead(trial.next);
    if (!this.show.still) await this.show.start();
  }

  async step(step, detail, lost = () => {}) {
    const { trial_id, attempt } = this.trial;
    const answer = await post("/api/step", { trial_id, attempt, step, detail }, lost, this.isAlive);
    return answer.status === 200;
  }

  rest(trial) {
    this.rested = trial.trial_id;
    this.waiting(this.say("rest", { done: trial.position - 1, total: trial.total }), null);
    this.room.dataset.state = "rest";
    return new Promise((done) => this.onward("go", done));
  }

  // ---- what the viewer does ----
  flip() { this.stage.flip(); this.tell(); }

  hold(down) { if (this.held !== down) { this.held = down; this.flip(); } }

  wipe(share, counts = true) { if (counts) this.stage.switches += 1; this.stage.splitTo(share); this.tell(); }

  zoom(by) { this.zoomTo(by ? this.stage.zoom + by : 1); }

  zoomTo(zoom, x, y) { this.stage.zoomTo(zoom, x, y); this.tell(); }

  fullScreen() {
    if (document.fullscreenElement) document.exitFullscreen(); else document.documentElement.requestFullscreen?.().catch(() => {});
  }

  // The key that holds the other picture may come up elsewhere.
  unwatched() {
    if (!this.ready) return;
    this.show.losses += 1;
    this.hold(false);
  }

  visibility() {
    if (!this.ready) return;
    const { source } = this.show;
    if (document.hidden) { this.resume = !source.paused; source.pause(); } else if (this.resume) this.show.run();
  }

  // ---- answering ----
  tell() {
    if (!this.ready || this.sending) return;
    const missing = this.show.missing();
    if (!missing && !this.done) this.done = this.tellPlayed();
    this.panel.enable(!missing);
    labelControls(this);
    const hint = this.say(`${this.stage.layout.hint}${isTouch() ? ".touch" : ""}`);
    const waits = this.show.still && !this.show.starts.length;
    this.panel.status(waits ? this.say("press-play") : missing ? this.say(missing) : `${hint} ${isTouch() ? "" : this.say(`keys.${this.trial.method}`)}`);
  }

  // The server may find that the clip cannot have played yet; a little later it has.
  async tellPlayed() {
    const detail = { plays: this.show.plays, switches: this.stage.switches };
    for (let n = 0; n < 5 && this.alive; n += 1) {
      if (await this.step("played", detail, (s) => this.panel.status(this.say("unsaved", { s })))) return true;
      await pause(400);
    }
    return false;
  }

  async vote(one) {
    if (!this.ready || this.sending || this.show.missing()) return;
    this.sending = true;
    this.panel.chosen(one);
    this.panel.status(this.say("saving"));
    const ballot = this.ballot(one);
    unsent.keep(ballot);
    const lost = (s) => this.panel.status(this.say("unsaved", { s }));
    try {
      await this.done;
      const answer = await post("/api/vote", ballot, lost, this.isAlive);
      const receipt = await answer.json();
      if (answer.status !== 401) unsent.forget();
      this.show.source.pause();
      if (answer.status === 200) await this.saved(receipt, one); else await this.refused();
    } catch (trouble) { if (this.alive) await this.refused(); }
    if (this.alive) this.load();
  }

  async refused() { this.panel.status(this.say("refused")); await pause(2000); }

  async saved(receipt, one) {
    this.ready = false;
    const other = receipt.status === "already-voted" && receipt.choice !== one.choice;
    if (other) { this.panel.status(this.say("first-counts")); await pause(2000); }
    if (receipt.feedback) await this.panel.feedback(receipt.feedback === "right");
    if (receipt.status === "again") return;
    this.find(".saved").textContent = this.say("saved", { position: receipt.position });
    this.stage.cover(true);
  }

  ballot(one) {
    const { trial_id, attempt } = this.trial;
    return {
      trial_id, attempt, choice: one.choice, score: one.score, reasons: this.panel.reasons,
      comment: this.panel.comment.value.slice(0, 500), idempotency_key: this.ballotKey,
      response_ms: Math.round(performance.now() - this.show.since),
      telemetry: { ...this.show.telemetry(), refresh_hz: this.refresh ?? 0, ready_ms: this.ready_ms },
    };
  }

  // ---- words on the screen ----
  count(position, total) {
    const bar = this.find(".bar");
    this.find(".count").textContent = this.say("count", { position, total });
    this.find(".bar span").style.width = `${(100 * (position - 1)) / total}%`;
    Object.entries({ valuenow: position - 1, valuemax: total }).forEach(([name, value]) => bar.setAttribute(`aria-${name}`, value));
  }

  waiting(text, percent) {
    if (!this.alive) return;
    this.find(".wait").hidden = false;
    this.find(".pictures").hidden = this.find(".panel").hidden = this.find(".note").hidden = true;
    if (this.find(".loading").textContent !== text) this.find(".loading").textContent = text;
    const bar = this.find(".wait progress");
    bar.hidden = percent === null;
    bar.value = percent ?? 0;
    this.find(".onward").hidden = true;
    this.room.dataset.state = "loading";
  }

  // A button in the middle of the room that goes on.
  onward(label, act) {
    const button = this.find(".onward");
    Object.assign(button, { textContent: this.say(label), hidden: false, onclick: act });
    button.focus();
  }

  ended(why) {
    this.waiting(this.say(`ended.${why}`), null);
    this.room.dataset.state = "ended";
    this.find(".top").hidden = true;
    if (why !== "unknown") this.finish(why);
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  if (!rooms.has(parentElement)) rooms.set(parentElement, new Room(parentElement, data, (why) => setTriggerValue("finished", why)));
  return () => { rooms.get(parentElement)?.close(); rooms.delete(parentElement); };
}
