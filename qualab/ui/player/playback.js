// The playing of one trial, and what is counted while it is watched.
const STALL_MS = 250;
const MAX_STARTS = 50;

class Playback {
  constructor({ trial, source, stage, isStill, onChange }) {
    Object.assign(this, { trial, source, stage, isStill, onChange, isAlive: true, plays: 0, replays: 0, starts: [] });
    Object.assign(this, { drawn: 0, dropped: 0, stalls: 0, stallMs: 0, focusLosses: 0, last: null });
    Object.assign(this, { readyAt: performance.now(), playedAt: 0 });
    const [count, per] = String(trial.fps).split("/").map(Number);
    this.fps = count / (per || 1);
    source.begin(trial);
    source.onframe = (time) => this.frame(Math.round(time * this.fps));
    source.onend = () => this.ended();
  }

  get layout() { return this.stage.layout; }

  get isFinished() { return this.source.ended || (this.source.paused && this.stage.covered); }

  close() { this.isAlive = false; this.source.onframe = this.source.onend = null; this.source.close(); }

  // What is not drawn was not seen, whatever the decoder did.
  frame(number) {
    if (!this.isAlive) return;
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

  async play() {
    if (!this.isAlive) return;
    this.last = null;
    try { await this.source.play(); } catch { /* a hidden tab may refuse; it goes on when it is visible again */ }
    this.onChange();
  }

  // From the first frame; the start is recorded.
  async start() {
    if (this.starts.length < MAX_STARTS) this.starts.push(Math.round(performance.now() - this.readyAt));
    await this.play();
  }

  async restart() {
    this.last = null;
    await (this.layout.rewind?.(this) ?? this.source.rewind());
    if (this.isAlive) await this.start();
  }

  replay() { this.replays += 1; return this.restart(); }

  toggle() {
    if (this.isFinished) return this.starts.length ? this.replay() : this.start();
    if (!this.source.paused) { this.source.pause(); this.onChange(); return null; }
    return this.starts.length ? this.play() : this.start();
  }

  // Both pictures have been played to the end once more.
  complete() {
    this.plays += 1;
    if (this.plays === 1) this.playedAt = performance.now();
    this.onChange();
  }

  // Pictures go on from the start by themselves, except for viewers who set their system to less motion.
  ended() {
    if (!this.isAlive) return;
    if (this.layout.ended) { this.layout.ended(this); return; }
    this.complete();
    if (!this.isStill) this.restart();
  }

  missing() { return this.layout.missing(this); }

  telemetry() {
    const { stage } = this;
    return {
      shown: stage.shown, plays: this.plays, replays: this.replays, switches: stage.switches,
      frames_total: this.drawn + this.dropped, frames_dropped: this.dropped, stalls: this.stalls, stall_ms: this.stallMs,
      focus_losses: this.focusLosses, full_screen: isFullScreen(), rescaled: stage.rescaled, cropped: stage.cropped,
      zoom: stage.maxZoom, play_ms: this.starts, sync_ms: this.source.syncMs(), ...viewport(),
    };
  }
}
