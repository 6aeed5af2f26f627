// One trial as it plays: what is counted while it is watched.
const STALL_MS = 250;
const MOST_STARTS = 50;

class Show {
  constructor({ trial, source, stage, still, tell }) {
    Object.assign(this, { trial, source, stage, still, tell, alive: true, plays: 0, replays: 0, starts: [], since: 0 });
    Object.assign(this, { drawn: 0, dropped: 0, stalls: 0, stallMs: 0, losses: 0, last: null, begun: performance.now() });
    const [count, per] = String(trial.fps).split("/").map(Number);
    this.fps = count / (per || 1);
    source.begin(trial);
    source.onframe = (time) => this.frame(Math.round(time * this.fps));
    source.onend = () => this.ended();
  }

  get layout() { return this.stage.layout; }

  get finished() { return this.source.ended || (this.source.paused && this.stage.covered); }

  close() { this.alive = false; this.source.onframe = this.source.onend = null; this.source.close(); }

  // What is not drawn was not seen, whatever the decoder did.
  frame(number) {
    if (!this.alive) return;
    const [now, last] = [performance.now(), this.last];
    this.stage.draw();
    if (this.source.paused) return;
    if (last && number > last.number) {
      this.dropped += number - last.number - 1;
      if (now - last.at > Math.max(STALL_MS, 4000 / this.fps)) { this.stalls += 1; this.stallMs += Math.round(now - last.at); }
    }
    this.drawn += 1;
    this.last = { number, at: now };
  }

  async run() {
    if (!this.alive) return;
    this.last = null;
    try { await this.source.play(); } catch { /* a hidden tab may refuse; it goes on when it is seen again */ }
    this.tell();
  }

  // From the first frame; the start is noted.
  async start() {
    if (this.starts.length < MOST_STARTS) this.starts.push(Math.round(performance.now() - this.begun));
    await this.run();
  }

  async again() {
    this.last = null;
    await (this.layout.rewind ?? ((show) => show.source.rewind()))(this);
    if (this.alive) await this.start();
  }

  replay() { this.replays += 1; return this.again(); }

  toggle() {
    if (this.finished) return this.starts.length ? this.replay() : this.start();
    if (!this.source.paused) { this.source.pause(); this.tell(); return null; }
    return this.starts.length ? this.run() : this.start();
  }

  whole() {
    this.plays += 1;
    if (this.plays === 1) this.since = performance.now();
    this.tell();
  }

  // Pictures go on from the start by themselves, except for viewers who asked their system for less motion.
  ended() {
    if (!this.alive) return;
    if (this.layout.ended) { this.layout.ended(this); return; }
    this.whole();
    if (!this.still) this.again();
  }

  missing() { return this.layout.missing(this); }

  telemetry() {
    const { stage } = this;
    return {
      shown: stage.shown, plays: this.plays, replays: this.replays, switches: stage.switches,
      frames_total: this.drawn + this.dropped, frames_dropped: this.dropped, stalls: this.stalls, stall_ms: this.stallMs,
      focus_losses: this.losses, full_screen: isFullScreen(), rescaled: stage.rescaled, cropped: stage.cropped,
      zoom: stage.most, play_ms: this.starts, sync_ms: this.source.syncMs(), ...viewport(),
    };
  }
}
