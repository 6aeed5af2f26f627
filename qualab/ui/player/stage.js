// The pictures on the screen: one picture pixel is one device pixel, or a whole number of them where the viewer zooms
// in. What does not fit is panned, never scaled; zoom and position are the same for both sides.
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
  constructor(find, text, onArrange) {
    Object.assign(this, { find, text, onArrange, root: find(".player") });
    this.views = Object.fromEntries(["left", "right", "single"].map((name) => [name, find(`.${name} canvas`)]));
    this.resizes = new ResizeObserver(() => { if (this.trial) this.snap(); });
    this.resizes.observe(find(".pictures"));
  }

  close() { this.trial = null; this.resizes.disconnect(); }

  // `state` is what the trial's layout remembers.
  begin(trial, source) {
    const start = { side: "left", switches: 0, shownSides: new Set(["left"]), covered: false, zoom: 1, maxZoom: 1, state: {} };
    Object.assign(this, { trial, source, ...start, position: null, layout: null, rescaled: false, cropped: false });
    this.arrange();
  }

  get isTall() { return this.h / this.dpr > window.innerHeight; }

  // Which layout fits, how large the canvases are, where they stand; again whenever the window changes.
  arrange() {
    if (!this.trial) return;
    const { width, height, presentation } = this.trial;
    const [dpr, available] = [window.devicePixelRatio || 1, this.root.clientWidth];
    const substitute = LAYOUTS[presentation].substitute?.({ trial: this.trial, dpr }, available);
    const shown = substitute ?? presentation;
    const layout = LAYOUTS[shown];
    const isPinched = (window.visualViewport?.scale ?? 1) !== 1;
    if (this.layout && (this.dpr !== dpr || this.layout !== layout || isPinched)) this.rescaled = true;
    Object.assign(this, { dpr, layout, shown });
    for (const name of Object.keys(LAYOUTS)) this.root.classList.toggle(name, name === shown);
    for (const [name, view] of Object.entries(this.views)) view.closest("figure").hidden = !layout.views.includes(name);
    this.size(width, height, Math.floor(available * dpr));
    this.cropped ||= this.w < width || this.isTall;
    this.showNotes(Boolean(substitute));
    this.place();
    this.onArrange();
  }

  // Canvases are filled up to the grid with the colour of the surround.
  size(width, height, available) {
    const q = grid(this.dpr);
    const css = (pixels, round) => round(pixels / this.dpr / q + (round === Math.ceil ? -0.001 : 0.001)) * q;
    const w = width > available ? css(available, Math.floor) : css(width, Math.ceil);
    const h = css(height, Math.ceil);
    Object.assign(this, { w: Math.min(width, Math.round(w * this.dpr)), h: height });
    for (const name of this.layout.views) {
      const view = this.views[name];
      Object.assign(view.style, { width: `${w}px`, height: `${h}px` });
      Object.assign(view, { width: Math.round(w * this.dpr), height: Math.round(h * this.dpr) });
    }
    this.position ??= { x: Math.round((width - this.w) / 2), y: 0 };
    this.limitPosition();
  }

  // Which notes stand above the pictures.
  showNotes(isNarrow) {
    const { min_width: width, min_height: height } = this.trial.rules ?? {};
    const notes = [];
    if (this.trial.again) notes.push(this.text("again", { why: this.text(`again.${this.trial.again}`) }));
    if (window.innerWidth < width || window.innerHeight < height) notes.push(this.text("note.small", { width, height }));
    if (this.rescaled) notes.push(this.text("note.rescaled"));
    if (isNarrow) notes.push(this.text("note.narrow"));
    if (this.w < this.trial.width) notes.push(this.text("note.cropped"));
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
      const context = view.getContext("2d", { alpha: false });
      context.imageSmoothingEnabled = false;
      const isFilled = parts[name]?.length && this.zoom === 1 && view.width === this.w && view.height === this.h;
      if (!isFilled) { context.fillStyle = SURROUND; context.fillRect(0, 0, view.width, view.height); }
      for (const [side, from, to] of parts[name] ?? []) this.paint(context, side, Math.round(from * this.w), Math.round(to * this.w));
    }
  }

  paint(context, side, from, to) {
    const { zoom: z, position, w, h } = this;
    const { width, height } = this.trial;
    const [image, top] = this.source.picture(side);
    const [sw, sh] = [Math.min(Math.ceil(w / z), width - position.x), Math.min(Math.ceil(h / z), height - position.y)];
    context.save();
    context.beginPath();
    context.rect(from, 0, to - from, h);
    context.clip();
    context.drawImage(image, position.x, top + position.y, sw, sh, 0, 0, sw * z, sh * z);
    context.restore();
  }

  // Grey between two pictures that are shown one after the other, and between two trials.
  cover(covered) { this.covered = covered; this.draw(); this.label(); }

  // ---- zoom and position ----
  get pans() { return this.w < this.trial.width * this.zoom || this.zoom > 1; }

  // x and y: the device pixel of the view that stays where it is.
  zoomTo(zoom, x = this.w / 2, y = this.h / 2) {
    const z = clamp(Math.round(zoom), 1, MAX_ZOOM);
    this.position = { x: this.position.x + x / this.zoom - x / z, y: this.position.y + y / this.zoom - y / z };
    this.zoom = z;
    this.maxZoom = Math.max(this.maxZoom, z);
    this.limitPosition();
    this.draw();
  }

  // By device pixels of the view.
  panTo(x, y) { this.position = { x, y }; this.limitPosition(); this.draw(); }

  limitPosition() {
    const { width, height } = this.trial;
    const limit = (at, all, view) => clamp(Math.round(at), 0, Math.max(0, Math.ceil(all - view / this.zoom)));
    this.position = { x: limit(this.position.x, width, this.w), y: limit(this.position.y, height, this.h) };
    this.root.classList.toggle("pans", this.pans);
    this.root.classList.toggle("zoomed", this.zoom > 1);
  }

  // ---- which side is shown ----
  showSide(side) { this.side = side; this.shownSides.add(side); this.place(); this.draw(); }

  label() {
    const sides = this.covered ? [] : this.layout.captions(this);
    for (const side of SIDES) this.find(`.single .${side}-name`).classList.toggle("off", !sides.includes(side));
    const names = sides.map((side) => this.text(`video.${side}`)).join(", ");
    this.views.single.setAttribute("aria-label", names || this.text("video.none"));
  }

  place() { this.layout.place?.(this); this.label(); this.snap(); }

  // A centred box may begin between two pixels, which would blur every edge.
  snap() {
    const q = grid(this.dpr);
    for (const name of this.layout.views) {
      const frame = this.views[name].parentElement;
      Object.assign(frame.style, { left: "0", top: "0" });
      const { left, top } = frame.getBoundingClientRect();
      const offset = (at) => Math.floor(at / q + 0.001) * q - at;
      Object.assign(frame.style, { left: `${offset(left)}px`, top: `${offset(top)}px` });
    }
  }
}
