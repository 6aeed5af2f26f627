// The player of one viewer: fetches the current trial, shows its two pictures pixel by pixel, sends the vote until the
// server has saved it, goes on. It knows sides, never what is compared.
const SLOW_MS = 150;
const players = new WeakMap();
let areConditionsSent = false;

class Player {
  constructor(root, data, onFinish) {
    this.onFinish = onFinish;
    this.find = (css) => root.querySelector(css);
    this.text = translator(data.strings);
    this.root = this.find(".player");
    this.isOpen = true;
    this.listeners = new AbortController();
    this.isAlive = () => this.isOpen;
    translate(root, this.text, data.language);
    this.panel = new AnswerPanel(this.find, this.text, (answer) => this.vote(answer));
    this.stage = new Stage(this.find, this.text, () => this.update());
    this.listen();
    this.measure(data.language);
    this.load();
  }

  listen() {
    const click = (css, act) => this.onClick(this.find(css), act);
    click(".pause", () => this.playback.toggle());
    click(".replay", () => this.playback.replay());
    click(".out", () => this.zoom(-1));
    click(".in", () => this.zoom(1));
    click(".zoom", () => this.zoom(0));
    click(".full", () => this.fullScreen());
    for (const target of [window, window.visualViewport]) this.on(target, "resize", () => this.stage.arrange());
    this.on(window, "blur", () => this.blur());
    this.on(document, "visibilitychange", () => this.visibility());
    new Keys(this);
    new Gestures(this);
    for (const layout of Object.values(LAYOUTS)) {
      if (layout.css) this.root.append(element("style", { textContent: layout.css }));
      layout.setup?.(this);
    }
  }

  on(target, name, act, options = {}) { target.addEventListener(name, act, { signal: this.listeners.signal, ...options }); }

  onClick(button, act) { this.on(button, "click", () => { if (this.isReady) act(); }); }

  close() {
    this.isOpen = false;
    this.listeners.abort();
    this.stage.close();
    this.playback?.close();
    this.dropPrefetched();
  }

  focus() { this.root.focus({ preventScroll: true }); }

  async measure(language) {
    this.refreshHz = await measureRefresh();
    if (areConditionsSent) return;
    areConditionsSent = true;
    await post("/api/conditions", conditions(this.refreshHz, language), () => {}, this.isAlive).catch(() => {});
  }

  // ---- loading a trial ----
  async load() {
    this.isReady = this.isSending = false;
    const since = performance.now();
    const slow = setTimeout(() => this.wait(this.text("loading"), 0), this.trial ? SLOW_MS : 0);
    const onLost = (s) => { if (!this.isReady) this.wait(this.text("lost", { s }), null); };
    try {
      await this.flush(onLost);
      const response = await fetchTrial(onLost, this.isAlive);
      const trial = await response.json();
      const end = response.status !== 200 ? "unknown" : ["closed", "done", "welcome"].find((name) => trial[name]);
      if (end) { this.end(end); return; }
      const source = await this.sourceOf(trial, onLost);
      clearTimeout(slow);
      if (this.isOpen) await this.begin(trial, source, Math.round(performance.now() - since)); else source.close();
    } catch (error) {
      if (!this.isOpen) return;
      const reason = error instanceof Refused ? error.message : "trouble.unknown";
      clearTimeout(slow);
      this.wait(this.text("trouble", { why: this.text(reason) }), null);
      this.showNext("retry", () => this.load());
    } finally { clearTimeout(slow); }
  }

  // What was answered before a reload and never acknowledged goes out first.
  async flush(onLost) {
    const ballot = pendingVote.load();
    if (!ballot) return;
    const { trial_id, attempt } = ballot;
    await post("/api/step", { trial_id, attempt, step: "played", detail: { late: true } }, onLost, this.isAlive);
    const response = await post("/api/vote", ballot, onLost, this.isAlive);
    if (response.status !== 401) pendingVote.clear();
  }

  async sourceOf(trial, onLost) {
    const onProgress = (percent) => { if (!this.find(".wait").hidden) this.wait(this.text("loading"), percent); };
    const { prefetched } = this;
    let source = null;
    if (prefetched?.key === trial.clips.join(" ")) {
      this.prefetched = null;
      source = await prefetched.source.catch(() => null);
    }
    source ??= await openSource(this.find(".videos"), await fetchClips(trial.clips, onProgress, onLost, this.isAlive));
    if (source.width === trial.width && source.height === trial.height) return source;
    source.close();
    throw new Refused("trouble.size");
  }

  // The next trial's clips come while this trial is watched.
  prefetch(next) {
    const key = next?.clips.join(" ");
    if (!next || this.prefetched?.key === key) return;
    this.dropPrefetched();
    const ignore = () => {};
    const source = fetchClips(next.clips, ignore, ignore, this.isAlive).then((blobs) => openSource(this.find(".videos"), blobs));
    source.catch(ignore);
    this.prefetched = { key, source };
  }

  dropPrefetched() { this.prefetched?.source.then((source) => source.close(), () => {}); this.prefetched = null; }

  async begin(trial, source, ready_ms) {
    this.playback?.close();
    this.trial = trial;
    this.showCount(trial.position, trial.total);
    if (trial.rest && this.restedBefore !== trial.trial_id) await this.rest(trial);
    const onChange = () => this.update();
    this.playback = new Playback({ trial, source, stage: this.stage, isStill: wantsLessMotion(), onChange });
    Object.assign(this, { ballotKey: newKey(), ready_ms, playedSent: null });
    this.find(".wait").hidden = true;
    this.find(".pictures").hidden = this.find(".panel").hidden = false;
    this.find(".banner").hidden = !trial.preview;
    this.find(".training").hidden = !trial.training;
    this.panel.begin(trial);
    this.stage.begin(trial, source);
    if (!(await this.step("ready", { ready_ms, ...viewport() }))) { await pause(1000); if (this.isOpen) this.load(); return; }
    if (!this.isOpen) return;
    this.isReady = true;
    this.playback.readyAt = performance.now();
    Object.assign(this.root.dataset, { state: "showing", trial: trial.trial_id, attempt: trial.attempt });
    this.update();
    this.focus();
    this.prefetch(trial.next);
    if (!this.playback.isStill) await this.playback.start();
  }

  async step(step, detail, onLost = () => {}) {
    const { trial_id, attempt } = this.trial;
    const response = await post("/api/step", { trial_id, attempt, step, detail }, onLost, this.isAlive);
    return response.status === 200;
  }

  rest(trial) {
    this.restedBefore = trial.trial_id;
    this.wait(this.text("rest", { done: trial.position - 1, total: trial.total }), null);
    this.root.dataset.state = "rest";
    return new Promise((resolve) => this.showNext("go", resolve));
  }

  // ---- what the viewer does ----
  zoom(by) { this.zoomTo(by ? this.stage.zoom + by : 1); }

  zoomTo(zoom, x, y) { this.stage.zoomTo(zoom, x, y); this.update(); }

  fullScreen() {
    if (document.fullscreenElement) document.exitFullscreen(); else document.documentElement.requestFullscreen?.().catch(() => {});
  }

  blur() {
    if (!this.isReady) return;
    this.playback.focusLosses += 1;
    this.stage.layout.blur?.(this);
  }

  visibility() {
    if (!this.isReady) return;
    const { source } = this.playback;
    if (document.hidden) { this.resumes = !source.paused; source.pause(); } else if (this.resumes) this.playback.play();
  }

  // ---- answering ----
  update() {
    if (!this.isReady || this.isSending) return;
    const missing = this.playback.missing();
    if (!missing && !this.playedSent) this.playedSent = this.sendPlayed();
    this.panel.enable(!missing);
    labelControls(this);
    this.stage.layout.update?.(this);
    this.panel.status(this.statusText(missing));
  }

  statusText(missing) {
    if (this.playback.isStill && !this.playback.starts.length) return this.text("press-play");
    if (missing) return this.text(missing);
    const { hint } = this.stage.layout;
    return isTouch() ? this.text(`${hint}.touch`) : `${this.text(hint)} ${this.text(`keys.${this.trial.method}`)}`;
  }

  // The server may find that the clip cannot have played yet; a little later it has.
  async sendPlayed() {
    const detail = { plays: this.playback.plays, switches: this.stage.switches };
    for (let n = 0; n < 5 && this.isOpen; n += 1) {
      if (await this.step("played", detail, (s) => this.panel.status(this.text("unsaved", { s })))) return true;
      await pause(400);
    }
    return false;
  }

  async vote(answer) {
    if (!this.isReady || this.isSending || this.playback.missing()) return;
    this.isSending = true;
    this.panel.choose(answer);
    this.panel.status(this.text("saving"));
    const ballot = this.ballot(answer);
    pendingVote.save(ballot);
    const onLost = (s) => this.panel.status(this.text("unsaved", { s }));
    try {
      await this.playedSent;
      const response = await post("/api/vote", ballot, onLost, this.isAlive);
      const receipt = await response.json();
      if (response.status !== 401) pendingVote.clear();
      this.playback.source.pause();
      if (response.status === 200) await this.saved(receipt, answer); else await this.refused();
    } catch { if (this.isOpen) await this.refused(); }
    if (this.isOpen) this.load();
  }

  async refused() { this.panel.status(this.text("refused")); await pause(2000); }

  async saved(receipt, answer) {
    this.isReady = false;
    const isOther = receipt.status === "already-voted" && receipt.choice !== answer.choice;
    if (isOther) { this.panel.status(this.text("first-counts")); await pause(2000); }
    if (receipt.feedback) await this.panel.feedback(receipt.feedback === "right");
    if (receipt.status === "again") return;
    this.find(".saved").textContent = this.text("saved", { position: receipt.position });
    this.stage.cover(true);
  }

  ballot(answer) {
    const { trial_id, attempt } = this.trial;
    return {
      trial_id, attempt, choice: answer.choice, score: answer.score, reasons: this.panel.reasons,
      comment: this.panel.comment.value.slice(0, 500), idempotency_key: this.ballotKey,
      response_ms: Math.round(performance.now() - this.playback.playedAt),
      telemetry: { ...this.playback.telemetry(), refresh_hz: this.refreshHz ?? 0, ready_ms: this.ready_ms },
    };
  }

  // ---- texts on the screen ----
  showCount(position, total) {
    const bar = this.find(".bar");
    this.find(".count").textContent = this.text("count", { position, total });
    this.find(".bar span").style.width = `${(100 * (position - 1)) / total}%`;
    Object.entries({ valuenow: position - 1, valuemax: total }).forEach(([name, value]) => bar.setAttribute(`aria-${name}`, value));
  }

  wait(text, percent) {
    if (!this.isOpen) return;
    this.find(".wait").hidden = false;
    this.find(".pictures").hidden = this.find(".panel").hidden = this.find(".note").hidden = true;
    if (this.find(".loading").textContent !== text) this.find(".loading").textContent = text;
    const bar = this.find(".wait progress");
    bar.hidden = percent === null;
    bar.value = percent ?? 0;
    this.find(".next").hidden = true;
    this.root.dataset.state = "loading";
  }

  // A button in the middle of the player that goes on.
  showNext(label, act) {
    const button = this.find(".next");
    Object.assign(button, { textContent: this.text(label), hidden: false, onclick: act });
    button.focus();
  }

  end(why) {
    this.wait(this.text(`ended.${why}`), null);
    this.root.dataset.state = "ended";
    this.find(".top").hidden = true;
    if (why !== "unknown") this.onFinish(why);
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  if (!players.has(parentElement)) players.set(parentElement, new Player(parentElement, data, (why) => setTriggerValue("finished", why)));
  return () => { players.get(parentElement)?.close(); players.delete(parentElement); };
}
