// The two pictures on the screen: one picture pixel is one device pixel, always. What does not fit is shown one
// at a time or panned, never scaled.
const GAP = 16;
const SIDES = ["left", "right"];
const SURROUND = "#777";
const other = (side) => (side === "left" ? "right" : "left");

// The smallest whole number of CSS pixels that is a whole number of device pixels: 1 at a ratio of 2, 2 at 1.5.
// Browsers place boxes on one of the two grids; only a box that lies on both is never resampled.
function grid(dpr) {
  for (let q = 1; q <= 20; q += 1) if (Math.abs(q * dpr - Math.round(q * dpr)) < 0.002) return q;
  return 1;
}

class Stage {
  constructor(find, video) {
    Object.assign(this, { find, video, room: find(".room") });
    this.canvas = { left: find(".left canvas"), right: find(".right canvas") };
    this.watch = new ResizeObserver(() => { if (this.trial) this.snap(); });
    this.watch.observe(find(".pictures"));
  }

  close() { this.trial = null; this.watch.disconnect(); }

  begin(trial) {
    Object.assign(this, { trial, side: "left", switches: 0, seen: new Set(["left"]), layout: null });
    this.arrange();
    this.rescaled = false;
    const follow = () => {
      if (this.trial !== trial) return;
      this.draw();
      this.video.requestVideoFrameCallback(follow);
    };
    this.video.requestVideoFrameCallback(follow);
  }

  // Both halves of one decoded frame: the two sides cannot drift apart.
  draw() {
    const { width: w, height: h, left_half: half } = this.trial;
    for (const side of SIDES) {
      const top = (side === "left") === (half === "top");
      this.canvas[side].getContext("2d", { alpha: false }).drawImage(this.video, 0, top ? 0 : h, w, h, 0, 0, w, h);
    }
  }

  arrange() {
    if (!this.trial) return;
    const { width, height, presentation } = this.trial;
    const [dpr, room] = [window.devicePixelRatio || 1, this.room.clientWidth];
    const both = 2 * (width / dpr) + 3 * GAP <= room;
    const layout = presentation === "side-by-side" && both ? "side-by-side" : "toggle";
    if (this.layout && (this.dpr !== dpr || this.layout !== layout)) this.rescaled = true;
    Object.assign(this, { dpr, layout, cropped: width / dpr > room });
    this.room.classList.toggle("toggle", this.single);
    this.room.classList.toggle("cropped", this.cropped);
    this.find(".switch").hidden = !this.single;
    this.size(width, height);
    this.explain(presentation === "side-by-side" && !both);
    this.place();
  }

  // Canvases are filled up to the grid with the colour of the room.
  size(width, height) {
    const q = grid(this.dpr);
    const [w, h] = [width, height].map((pixels) => Math.ceil(pixels / this.dpr / q - 0.001) * q);
    for (const canvas of Object.values(this.canvas)) {
      Object.assign(canvas.style, { width: `${w}px`, height: `${h}px` });
      Object.assign(canvas, { width: Math.round(w * this.dpr), height: Math.round(h * this.dpr) });
      const brush = canvas.getContext("2d", { alpha: false });
      brush.fillStyle = SURROUND;
      brush.fillRect(0, 0, canvas.width, canvas.height);
    }
    this.draw();
  }

  get single() { return this.layout === "toggle"; }

  explain(narrow) {
    const notes = [];
    if (narrow) notes.push("This window is too narrow for both videos at full size, so they are shown one at a time. A wider window shows both.");
    if (this.cropped) notes.push("The video is wider than this window: scroll it sideways to see the rest.");
    this.find(".note").textContent = notes.join(" ");
    this.find(".note").hidden = notes.length === 0;
  }

  // What is panned stays where it was: the other picture shows the same place.
  flip() {
    const at = this.find(`.${this.side} .pan`).scrollLeft;
    this.side = other(this.side);
    this.seen.add(this.side);
    this.switches += 1;
    this.place();
    this.find(`.${this.side} .pan`).scrollLeft = at;
  }

  place() {
    for (const side of SIDES) this.find(`.${side}`).classList.toggle("off", this.single && side !== this.side);
    this.find(".switch").firstChild.data = `Show ${this.side === "left" ? "B" : "A"} `;
    this.snap();
  }

  // A centred box may begin between two pixels, which would blur every edge.
  snap() {
    const q = grid(this.dpr);
    for (const canvas of Object.values(this.canvas)) {
      Object.assign(canvas.style, { left: "0", top: "0" });
      const { left, top } = canvas.getBoundingClientRect();
      const off = (at) => Math.floor(at / q + 0.001) * q - at;
      Object.assign(canvas.style, { left: `${off(left)}px`, top: `${off(top)}px` });
    }
  }
}
