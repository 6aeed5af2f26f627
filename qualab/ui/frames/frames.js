// The frame viewer's controls. Names of clips and HRCs are only ever written as text.
const viewers = new WeakMap();
const VIEWS = ["wipe", "side", "difference"];
const PREFETCH_MS = 40;
const LATE_MS = 150;

class Viewer {
  constructor(root) {
    this.find = (css) => root.querySelector(css);
    this.root = this.find(".frames");
    this.pictures = new Pictures();
    this.listeners = new AbortController();
    Object.assign(this, { view: "wipe", share: 0.5, gain: 8, number: 0, pair: 0, bitmaps: [], clip: null, lens: false, spot: { x: 0.5, y: 0.5 } });
    this.listen();
  }

  listen() {
    const on = (target, name, act, options = {}) => target.addEventListener(name, act, { signal: this.listeners.signal, ...options });
    for (const button of this.root.querySelectorAll("[data-view]")) on(button, "click", () => this.show(button.dataset.view));
    on(this.find(".pair select"), "change", (event) => { this.pair = Number(event.target.value); this.arrange(); });
    on(this.find(".gain input"), "input", (event) => { this.gain = Number(event.target.value); this.find(".gain output").textContent = `${this.gain}×`; this.draw(); });
    on(this.find(".lens-switch"), "click", () => this.magnify());
    on(this.find(".full"), "click", () => this.fullScreen());
    on(this.find(".previous"), "click", () => this.go(this.number - 1));
    on(this.find(".next"), "click", () => this.go(this.number + 1));
    on(this.find(".place"), "input", (event) => this.go(Number(event.target.value)));
    on(this.find(".number input"), "change", (event) => this.go(Number(event.target.value)));
    on(this.root, "keydown", (event) => this.key(event));
    on(this.find(".pictures"), "pointermove", (event) => this.point(event));
    on(this.find(".pictures"), "pointerdown", (event) => { this.root.focus({ preventScroll: true }); this.drag(event); });
  }

  close() { this.listeners.abort(); this.pictures.close(); this.clip = null; }

  // ---- data of the page ----
  load(data) {
    const isSame = this.clip && JSON.stringify(this.clip.pictures) === JSON.stringify(data.pictures) && this.clip.study === data.study && this.clip.src === data.src;
    // The same clip keeps its object: what is being fetched for it is not aborted.
    if (isSame) data.pictures = this.clip.pictures;
    this.clip = data;
    if (!isSame) {
      if (this.pair >= this.pairs().length) this.pair = 0;
      this.bitmaps = [];
      this.choices();
      this.arrange();
    }
    if (!isSame || data.frame !== this.number) this.go(data.frame);
    else this.showScores();
  }

  // Reference against A, A against B, ...: with a reference the first pair is A and B all the same.
  pairs() {
    const places = this.clip.pictures.map((_, place) => place);
    const all = places.flatMap((first) => places.filter((second) => second > first).map((second) => [first, second]));
    return all.reverse();
  }

  choices() {
    const select = this.find(".pair select");
    select.replaceChildren(...this.pairs().map(([first, second], place) => {
      const option = document.createElement("option");
      Object.assign(option, { value: place, textContent: `${this.name(first)} | ${this.name(second)}` });
      return option;
    }));
    select.value = String(this.pair);
    const last = this.clip.frames - 1;
    for (const css of [".place", ".number input"]) this.find(css).max = last;
    this.find(".of").textContent = `of 0–${last}`;
  }

  name(place) {
    const picture = this.clip.pictures[place];
    return picture.hrc === null ? picture.label : `${picture.label}: ${picture.hrc}`;
  }

  // ---- going to a frame ----
  async go(wanted) {
    if (!this.clip || !Number.isFinite(wanted)) return;
    const number = Math.min(Math.max(Math.round(wanted), 0), this.clip.frames - 1);
    const [clip, step] = [this.clip, Math.sign(number - this.number) || 1];
    const turn = (this.turn = (this.turn ?? 0) + 1);
    this.number = number;
    this.find(".place").value = this.find(".number input").value = String(number);
    this.remember();
    this.pictures.abortOthers(clip, clip.pictures, number);
    const late = setTimeout(() => this.root.classList.add("loading"), LATE_MS);
    let [bitmaps, problem] = [null, ""];
    try { bitmaps = await Promise.all(clip.pictures.map((picture) => this.pictures.get(clip, picture, number))); } catch (error) { problem = error.message; }
    clearTimeout(late);
    if (turn !== this.turn) return;
    this.root.classList.remove("loading");
    this.find(".trouble").hidden = !problem;
    this.find(".trouble").textContent = problem && `Frame ${number} cannot be shown: ${problem}`;
    this.showScores();
    if (problem) return;
    this.bitmaps = bitmaps;
    this.draw();
    this.root.dataset.shown = String(number);
    setTimeout(() => this.prefetch(clip, number, step), PREFETCH_MS);
  }

  prefetch(clip, number, step) {
    if (this.clip?.pictures !== clip.pictures || this.number !== number) return;
    for (const next of [number + step, number - step, number + 2 * step, number + 10 * step]) {
      if (next >= 0 && next < clip.frames) for (const picture of clip.pictures) this.pictures.get(clip, picture, next, "low").catch(() => {});
    }
  }

  // The address opens the same frame again; the page reads it at its next run.
  remember() {
    const here = new URL(window.location.href);
    here.searchParams.set("frame", String(this.number));
    window.history.replaceState(window.history.state, "", here);
  }

  // ---- views ----
  show(view) { this.view = view; this.arrange(); }

  arrange() {
    if (!this.clip) return;
    for (const button of this.root.querySelectorAll("[data-view]")) button.setAttribute("aria-pressed", String(button.dataset.view === this.view));
    for (const view of VIEWS) this.root.classList.toggle(view, view === this.view);
    const several = this.clip.pictures.length > 1;
    this.find(".pair").hidden = this.view !== "wipe" || !several;
    this.find(".gain").hidden = this.view !== "difference";
    const figures = { wipe: () => [this.wipeFigure()], side: () => this.clip.pictures.map((_, place) => this.figure(this.name(place))), difference: () => this.differences().map(([first, second]) => this.figure(`${this.name(first)} − ${this.name(second)}`)) };
    this.find(".pictures").replaceChildren(...figures[this.view]());
    const lenses = this.clip.pictures.map((_, place) => this.figure(this.name(place)));
    this.find(".lenses").replaceChildren(...lenses);
    this.draw();
  }

  figure(...captions) {
    const [figure, box, canvas] = ["figure", "div", "canvas"].map((tag) => document.createElement(tag));
    box.className = "box";
    box.append(canvas, ...captions.map((text, place) => {
      const caption = document.createElement("figcaption");
      caption.className = place ? "right" : "left";
      caption.textContent = caption.title = text;
      return caption;
    }));
    figure.append(box);
    return figure;
  }

  wipeFigure() {
    const [pair] = [this.pairs()[this.pair] || [0]];
    const figure = this.figure(...pair.map((place) => this.name(place)));
    if (pair.length < 2) return figure;
    const handle = document.createElement("div");
    handle.className = "handle";
    handle.tabIndex = 0;
    Object.entries({ role: "slider", "aria-label": "Wipe", "aria-valuemin": 0, "aria-valuemax": 100 }).forEach(([key, value]) => handle.setAttribute(key, value));
    figure.querySelector(".box").append(handle);
    return figure;
  }

  // Each picture against the reference; without one, A against B.
  differences() {
    const reference = this.clip.pictures.findIndex((picture) => picture.hrc === null);
    if (reference < 0) return this.clip.pictures.length > 1 ? [[0, 1]] : [];
    return this.clip.pictures.map((_, place) => [place, reference]).filter(([place]) => place !== reference);
  }

  draw() {
    if (!this.clip || this.bitmaps.length !== this.clip.pictures.length) return;
    const canvases = [...this.find(".pictures").querySelectorAll("canvas")];
    if (this.view === "wipe") this.drawWipe(canvases[0]);
    else if (this.view === "side") canvases.forEach((canvas, place) => drawWhole(canvas, this.bitmaps[place]));
    else this.differences().forEach(([first, second], place) => this.drawDifference(canvases[place], first, second));
    this.drawLenses();
  }

  drawDifference(canvas, first, second) {
    const largest = drawDifference(canvas, this.bitmaps[first], this.bitmaps[second], this.gain);
    const summary = largest === 0 ? "identical" : `at most ${largest} of 255`;
    canvas.parentElement.querySelector("figcaption").textContent = `${this.name(first)} − ${this.name(second)}: ${summary}`;
  }

  drawWipe(canvas) {
    const pair = this.pairs()[this.pair];
    if (!pair) { drawWhole(canvas, this.bitmaps[0]); return; }
    drawWipe(canvas, this.bitmaps[pair[0]], this.bitmaps[pair[1]], this.share);
    const handle = this.find(".handle");
    handle.style.left = `${100 * this.share}%`;
    handle.setAttribute("aria-valuenow", String(Math.round(100 * this.share)));
  }

  drawLenses() {
    this.find(".lenses").hidden = !this.lens;
    if (this.lens) [...this.find(".lenses").querySelectorAll("canvas")].forEach((canvas, place) => drawLens(canvas, this.bitmaps[place], this.spot));
  }

  magnify() { this.lens = !this.lens; this.find(".lens-switch").setAttribute("aria-pressed", String(this.lens)); this.draw(); }

  fullScreen() { if (document.fullscreenElement) document.exitFullscreen(); else this.root.requestFullscreen?.().catch(() => {}); }

  // ---- pointer and keys ----
  shareOf(event) {
    const box = (event.target.closest(".box") || this.find(".box")).getBoundingClientRect();
    return { x: Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1), y: Math.min(Math.max((event.clientY - box.top) / box.height, 0), 1) };
  }

  point(event) {
    if (!event.target.closest(".box")) return;
    this.spot = this.shareOf(event);
    if (this.lens && this.bitmaps.length) this.drawLenses();
  }

  drag(event) {
    if (this.view !== "wipe" || event.button !== 0 || !event.target.closest(".box")) return;
    const target = event.target;
    const move = (moved) => { this.share = this.shareOf(moved).x; this.draw(); };
    const end = new AbortController();
    target.setPointerCapture(event.pointerId);
    target.addEventListener("pointermove", move, { signal: end.signal });
    for (const name of ["pointerup", "pointercancel"]) target.addEventListener(name, () => end.abort(), { signal: end.signal });
    move(event);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const from = event.composedPath()[0];
    if (from.matches?.("input[type=number], select, .gain input, .place") && event.key !== "Escape") return;
    const act = from.matches?.(".handle") && this.wipeKeys(event)[event.key] || this.keys(event)[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  wipeKeys(event) {
    const step = event.shiftKey ? 0.1 : 0.01;
    const to = (share) => () => { this.share = Math.min(Math.max(share, 0), 1); this.draw(); };
    return { ArrowLeft: to(this.share - step), ArrowRight: to(this.share + step), Home: to(0), End: to(1) };
  }

  keys(event) {
    const step = event.shiftKey ? 10 : 1;
    const views = Object.fromEntries(VIEWS.map((view, place) => [String(place + 1), () => this.show(view)]));
    return { ...views, arrowleft: () => this.go(this.number - step), arrowright: () => this.go(this.number + step), home: () => this.go(0), end: () => this.go(this.clip.frames - 1), m: () => this.magnify(), f: () => this.fullScreen() };
  }

  // ---- scores of this frame ----
  showScores() {
    const { metrics, pictures } = this.clip;
    const cell = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });
    const row = (cells) => { const line = document.createElement("tr"); line.append(...cells); return line; };
    this.find(".scores").hidden = metrics.length === 0;
    this.find("thead").replaceChildren(row([cell("th", `Scores of frame ${this.number}`), ...metrics.map((metric) => cell("th", metric.title))]));
    const shown = pictures.map((picture, place) => [picture, place]).filter(([picture]) => picture.scores);
    const text = (value, metric) => (value === null || value === undefined ? "–" : value === "inf" ? "lossless" : value.toFixed(metric.decimals));
    this.find("tbody").replaceChildren(...shown.map(([picture, place]) => row([cell("td", this.name(place)), ...metrics.map((metric) => cell("td", text(picture.scores[metric.id]?.[this.number], metric)))])));
  }
}

export default function ({ parentElement, data }) {
  if (!viewers.has(parentElement)) viewers.set(parentElement, new Viewer(parentElement));
  viewers.get(parentElement).load(data);
  return () => { viewers.get(parentElement)?.close(); viewers.delete(parentElement); };
}
