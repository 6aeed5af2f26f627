// The pictures on the screen: one picture pixel is one device pixel, or a whole number of them where the viewer zooms
// in. What does not fit is panned, never scaled; zoom and place are the same for both sides.
const GAP = 16;
const MAX_ZOOM = 8;
const SURROUND = "#777";
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

// The smallest whole number of CSS pixels that is a whole number of device pixels: 1 at a ratio of 2, 2 at 1.5.
// Browsers place boxes on one of the two grids; only a box that lies on both is never resampled.
function grid(dpr) {
  for (let q = 1; q <= 20; q += 1) if (Math.abs(q * dpr - Math.round(q * dpr)) < 0.002) return q;
  return 1;
}

class Stage {
  constructor(find, say, arranged) {
    Object.assign(this, { find, say, arranged, room: find(".room") });
    this.views = Object.fromEntries(["left", "right", "one"].map((name) => [name, find(`.${name} canvas`)]));
    this.watch = new ResizeObserver(() => { if (this.trial) this.snap(); });
    this.watch.observe(find(".pictures"));
  }

  close() { this.trial = null; this.watch.disconnect(); }

  begin(trial, source) {
    const start = { side: "left", split: 0.5, switches: 0, seen: new Set(["left"]), covered: false, zoom: 1, most: 1 };
    Object.assign(this, { trial, source, ...start, at: null, layout: null, rescaled: false, cropped: false });
    this.arrange();
  }

  get single() { return !this.layout.views.includes("left"); }

  get tall() { return this.h / this.dpr > window.innerHeight; }

  // Which layout fits, how large the canvases are, where they stand; again whenever the window changes.
  arrange() {
    if (!this.trial) return;
    const { width, height, presentation } = this.trial;
    const [dpr, room] = [window.devicePixelRatio || 1, this.room.clientWidth];
    const narrow = presentation === "side-by-side" && 2 * (width / dpr) + 3 * GAP > room;
    const layout = LAYOUTS[narrow ? "toggle" : presentation];
    const pinched = (window.visualViewport?.scale ?? 1) !== 1;
    if (this.layout && (this.dpr !== dpr || this.layout !== layout || pinched)) this.rescaled = true;
    Object.assign(this, { dpr, layout, shown: narrow ? "toggle" : presentation });
    for (const name of Object.keys(LAYOUTS)) this.room.classList.toggle(name, name === this.shown);
    for (const [name, view] of Object.entries(this.views)) view.closest("figure").hidden = !layout.views.includes(name);
    this.size(width, height, Math.floor(room * dpr));
    this.cropped ||= this.w < width || this.tall;
    this.explain(narrow);
    this.place();
    this.arranged();
  }

  // Canvases are filled up to the grid with the colour of the room.
  size(width, height, room) {
    const q = grid(this.dpr);
    const css = (pixels, round) => round(pixels / this.dpr / q + (round === Math.ceil ? -0.001 : 0.001)) * q;
    const w = width > room ? css(room, Math.floor) : css(width, Math.ceil);
    const h = css(height, Math.ceil);
    Object.assign(this, { w: Math.min(width, Math.round(w * this.dpr)), h: height });
    for (const name of this.layout.views) {
      const view = this.views[name];
      Object.assign(view.style, { width: `${w}px`, height: `${h}px` });
      Object.assign(view, { width: Math.round(w * this.dpr), height: Math.round(h * this.dpr) });
    }
    this.at ??= { x: Math.round((width - this.w) / 2), y: 0 };
    this.hold();
  }

  // Which note stands above the pictures.
  explain(narrow) {
    const { min_width: least, min_height: low } = this.trial.rules ?? {};
    const values = { width: least, height: low };
    const notes = [];
    if (this.trial.again) notes.push(this.say("again", { why: this.say(`again.${this.trial.again}`) }));
    if (window.innerWidth < least || window.innerHeight < low) notes.push(this.say("note.small", values));
    if (this.rescaled) notes.push(this.say("note.rescaled"));
    if (narrow) notes.push(this.say("note.narrow"));
    if (this.w < this.trial.width) notes.push(this.say("note.cropped"));
    this.find(".note").textContent = notes.join(" ");
    this.find(".note").hidden = notes.length === 0;
  }

  // ---- drawing ----
  draw() {
    if (!this.trial) return;
    if (this.dpr !== window.devicePixelRatio) this.arrange();
    const parts = this.covered ? {} : this.layout.parts(this);
    for (const name of this.layout.views) {
      const view = this.views[name];
      const brush = view.getContext("2d", { alpha: false });
      brush.imageSmoothingEnabled = false;
      const whole = parts[name]?.length && this.zoom === 1 && view.width === this.w && view.height === this.h;
      if (!whole) { brush.fillStyle = SURROUND; brush.fillRect(0, 0, view.width, view.height); }
      for (const [side, from, to] of parts[name] ?? []) this.paint(brush, side, Math.round(from * this.w), Math.round(to * this.w));
    }
  }

  paint(brush, side, from, to) {
    const { zoom: z, at, w, h } = this;
    const { width, height } = this.trial;
    const [image, top] = this.source.picture(side);
    const [sw, sh] = [Math.min(Math.ceil(w / z), width - at.x), Math.min(Math.ceil(h / z), height - at.y)];
    brush.save();
    brush.beginPath();
    brush.rect(from, 0, to - from, h);
    brush.clip();
    brush.drawImage(image, at.x, top + at.y, sw, sh, 0, 0, sw * z, sh * z);
    brush.restore();
  }

  // Grey between two pictures that are shown one after the other, and between two trials.
  cover(covered) { this.covered = covered; this.draw(); this.label(); }

  // ---- zoom and place ----
  get pans() { return this.w < this.trial.width * this.zoom || this.zoom > 1; }

  // x and y: the device pixel of the view that stays where it is.
  zoomTo(zoom, x = this.w / 2, y = this.h / 2) {
    const z = clamp(Math.round(zoom), 1, MAX_ZOOM);
    this.at = { x: this.at.x + x / this.zoom - x / z, y: this.at.y + y / this.zoom - y / z };
    this.zoom = z;
    this.most = Math.max(this.most, z);
    this.hold();
    this.draw();
  }

  // By device pixels of the view.
  panTo(x, y) { this.at = { x, y }; this.hold(); this.draw(); }

  hold() {
    const { width, height } = this.trial;
    const within = (at, all, view) => clamp(Math.round(at), 0, Math.max(0, Math.ceil(all - view / this.zoom)));
    this.at = { x: within(this.at.x, width, this.w), y: within(this.at.y, height, this.h) };
    this.room.classList.toggle("pans", this.pans);
    this.room.classList.toggle("zoomed", this.zoom > 1);
  }

  // ---- which side is shown ----
  turn(side) { this.side = side; this.seen.add(side); this.place(); this.draw(); }

  flip() { this.switches += 1; this.turn(this.side === "left" ? "right" : "left"); }

  splitTo(share) { this.split = clamp(share, 0, 1); this.place(); this.draw(); }

  label() {
    const sides = this.covered ? [] : this.layout.captions(this);
    for (const side of SIDES) this.find(`.one .${side}-name`).classList.toggle("off", !sides.includes(side));
    const names = sides.map((side) => this.say(`video.${side}`)).join(", ");
    this.views.one.setAttribute("aria-label", names || this.say("video.none"));
  }

  place() {
    const divider = this.find(".divider");
    divider.hidden = this.shown !== "wipe";
    divider.style.left = `${Math.round(this.split * this.w) / this.dpr}px`;
    divider.setAttribute("aria-valuenow", Math.round(100 * this.split));
    this.label();
    this.snap();
  }

  // A centred box may begin between two pixels, which would blur every edge.
  snap() {
    const q = grid(this.dpr);
    for (const name of this.layout.views) {
      const frame = this.views[name].parentElement;
      Object.assign(frame.style, { left: "0", top: "0" });
      const { left, top } = frame.getBoundingClientRect();
      const off = (at) => Math.floor(at / q + 0.001) * q - at;
      Object.assign(frame.style, { left: `${off(left)}px`, top: `${off(top)}px` });
    }
  }
}
