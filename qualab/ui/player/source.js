// Where the two pictures come from: a packed video, or two videos of which only equal frames are shown.
const NEAR_S = 0.012;
const RING = 4;

function hiddenVideo(blob) {
  const video = document.createElement("video");
  Object.assign(video, { muted: true, playsInline: true, tabIndex: -1, src: URL.createObjectURL(blob) });
  video.setAttribute("aria-hidden", "true");
  return video;
}

function firstFrame(video) {
  return new Promise((resolve, reject) => {
    video.onloadeddata = resolve;
    video.onerror = () => reject(new Refused("trouble.codec"));
  });
}

function dispose(video) {
  video.pause();
  URL.revokeObjectURL(video.src);
  video.removeAttribute("src");
  video.load();
  video.remove();
}

function p95(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(0.95 * sorted.length))] : 0;
}

// A frame, held: the video itself may be a frame further when it is drawn than it just reported, or between two drawings.
function grab(video, time, spare) {
  try {
    const image = new VideoFrame(video);
    return { time: Math.round(image.timestamp / 1000), image, free: () => image.close() };
  } catch { /* an older browser, or the frame is not there yet: a canvas holds it */ }
  const size = { width: video.videoWidth, height: video.videoHeight };
  const image = spare.pop() ?? Object.assign(document.createElement("canvas"), size);
  image.getContext("2d", { alpha: false }).drawImage(video, 0, 0);
  return { time, image, free: () => spare.push(image) };
}

// Both halves of a decoded frame: the sides cannot drift apart. `onframe` gets the media time in seconds.
class PackedSource {
  constructor(host, [blob]) {
    this.video = hiddenVideo(blob);
    host.append(this.video);
    this.spare = [];
    this.video.onended = () => this.onend?.();
  }

  async open() {
    await firstFrame(this.video);
    this.frame = grab(this.video, 0, this.spare);
    this.follow();
    return this;
  }

  follow() {
    if (this.closed) return;
    this.video.requestVideoFrameCallback((_, frame) => {
      if (this.closed) return;
      this.frame.free();
      this.frame = grab(this.video, Math.round(1000 * frame.mediaTime), this.spare);
      this.onframe?.(this.frame.time / 1000);
      this.framed?.();
      this.follow();
    });
  }

  begin(trial) { this.leftOnTop = trial.left_half === "top"; }

  get width() { return this.video.videoWidth; }

  get height() { return this.video.videoHeight / 2; }

  get paused() { return this.video.paused; }

  get ended() { return this.video.ended; }

  // The image that holds a side's picture, and the line at which it begins.
  picture(side) { return [this.frame.image, (side === "left") === this.leftOnTop ? 0 : this.height]; }

  play() { return this.video.play(); }

  pause() { this.video.pause(); }

  async rewind() {
    const framed = new Promise((resolve) => { this.framed = resolve; });
    this.video.currentTime = 0;
    await Promise.race([framed, pause(500)]);
  }

  syncMs() { return 0; }

  close() { this.closed = true; this.frame?.free(); dispose(this.video); }
}

// Of two videos the one in front slows down. Frames wait in a ring until the other side has the same one. Neither is part
// of the page: Chromium takes a page with two videos for a conference and draws it 30 times a second.
class TwoSource {
  constructor([left, right]) {
    this.videos = { left: hiddenVideo(left), right: hiddenVideo(right) };
    this.rings = { left: [], right: [] };
    this.shown = { left: null, right: null };
    this.spare = [];
    this.drifts = [];
    for (const video of this.each()) video.onended = () => { if (this.ended) this.onend?.(); };
  }

  each() { return Object.values(this.videos); }

  async open() {
    await Promise.all(this.each().map(firstFrame));
    const { left, right } = this.videos;
    if (left.videoWidth !== right.videoWidth || left.videoHeight !== right.videoHeight) throw new Refused("trouble.size");
    for (const side of SIDES) { this.keep(side, 0); this.follow(side); }
    this.match();
    return this;
  }

  begin() { this.drifts = []; }

  follow(side) {
    if (this.closed) return;
    this.videos[side].requestVideoFrameCallback((_, frame) => {
      this.keep(side, Math.round(frame.mediaTime * 1000));
      this.match();
      this.steer();
      this.follow(side);
    });
  }

  keep(side, time) {
    if (this.closed) return;
    const ring = this.rings[side];
    const frame = grab(this.videos[side], time, this.spare);
    if ([ring.at(-1), this.shown[side]].some((held) => held?.time === frame.time)) frame.free();
    else ring.push(frame);
    if (ring.length > RING) ring.shift().free();
  }

  // Shows the newest frame that both sides hold; older ones are let go.
  match() {
    const { left, right } = this.rings;
    const time = left.map((frame) => frame.time).filter((time) => right.some((frame) => frame.time === time)).at(-1);
    if (time === undefined) return;
    for (const side of SIDES) {
      const old = this.rings[side].splice(0, 1 + this.rings[side].findIndex((frame) => frame.time === time));
      this.shown[side]?.free();
      this.shown[side] = old.pop();
      for (const frame of old) frame.free();
    }
    this.onframe?.(time / 1000);
    this.framed?.();
  }

  steer() {
    const { left, right } = this.videos;
    if (left.paused || right.paused) return;
    const ahead = left.currentTime - right.currentTime;
    this.drifts.push(1000 * Math.abs(ahead));
    const slow = Math.abs(ahead) < NEAR_S ? 1 : Math.max(0.1, 1 - 3 * Math.abs(ahead));
    for (const [video, rate] of [[left, ahead > 0 ? slow : 1], [right, ahead < 0 ? slow : 1]]) {
      if (Math.abs(video.playbackRate - rate) > (rate === 1 ? 0 : 0.02)) video.playbackRate = rate;
    }
  }

  get width() { return this.videos.left.videoWidth; }

  get height() { return this.videos.left.videoHeight; }

  get paused() { return this.each().every((video) => video.paused); }

  get ended() { return this.each().every((video) => video.ended); }

  picture(side) { return [this.shown[side].image, 0]; }

  play() { return Promise.all(this.each().filter((video) => !video.ended).map((video) => video.play())); }

  pause() { for (const video of this.each()) video.pause(); }

  // The frames on the screen stay until both sides hold the first one again.
  async rewind() {
    const framed = new Promise((resolve) => { this.framed = resolve; });
    for (const side of SIDES) for (const frame of this.rings[side].splice(0)) frame.free();
    for (const video of this.each()) Object.assign(video, { currentTime: 0, playbackRate: 1 });
    await Promise.race([framed, pause(500)]);
  }

  // How far the two videos were apart while playing; what is drawn is always the same frame of both.
  syncMs() { return Math.round(10 * p95(this.drifts)) / 10; }

  close() {
    this.closed = true;
    for (const frame of [...Object.values(this.shown), ...Object.values(this.rings).flat()]) frame?.free();
    this.each().forEach(dispose);
  }
}

function openSource(host, blobs) {
  return (blobs.length === 2 ? new TwoSource(blobs) : new PackedSource(host, blobs)).open();
}
