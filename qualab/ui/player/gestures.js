// Pointer and wheel on the pictures: drag pans or moves the line, pinch and wheel zoom, a tap changes sides.
const WHEEL_STEP = 80;
const TAP_PX = 6;
const NEAR_PX = 28;

class Gestures {
  constructor(room, find, on) {
    Object.assign(this, { room, stage: room.stage, fingers: new Map(), wheel: 0 });
    const pictures = find(".pictures");
    on(pictures, "wheel", (event) => this.turned(event), { passive: false });
    on(pictures, "pointerdown", (event) => this.down(event));
    on(pictures, "pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) on(pictures, name, (event) => this.up(event, name === "pointerup"));
  }

  // The place of an event in the picture under it, in device pixels.
  place(event) {
    const box = this.box ?? this.viewUnder(event)?.getBoundingClientRect();
    const { dpr } = this.stage;
    return box ? { x: (event.clientX - box.left) * dpr, y: (event.clientY - box.top) * dpr } : null;
  }

  viewUnder(event) {
    const frame = event.composedPath().find((one) => one instanceof HTMLElement && one.matches(".frame"));
    return frame?.querySelector("canvas");
  }

  turned(event) {
    const place = this.room.ready && this.place(event);
    // Of a picture that is taller than the window the wheel shows the rest; with Ctrl it zooms there too.
    if (!place || (this.stage.tall && !event.ctrlKey)) return;
    event.preventDefault();
    this.wheel += event.ctrlKey ? 4 * event.deltaY : event.deltaY;
    const steps = Math.trunc(this.wheel / WHEEL_STEP);
    this.wheel -= steps * WHEEL_STEP;
    if (steps) this.room.zoomTo(this.stage.zoom - Math.sign(steps), place.x, place.y);
  }

  down(event) {
    const view = this.room.ready && event.button === 0 && this.viewUnder(event);
    if (!view) return;
    // The focus stays with the room: its arrow keys answer, those of the line move it.
    event.preventDefault();
    this.room.focus();
    this.box = view.getBoundingClientRect();
    view.closest(".pictures").setPointerCapture(event.pointerId);
    this.fingers.set(event.pointerId, this.place(event));
    this.moved = this.fingers.size > 1;
    this.from = { ...this.place(event), at: this.stage.at, zoom: this.stage.zoom, apart: this.apart() };
    const line = Math.round(this.stage.split * this.stage.w);
    const near = Math.abs(this.from.x - line) < NEAR_PX * this.stage.dpr;
    this.wipes = this.stage.shown === "wipe" && (near || !this.stage.pans);
  }

  apart() {
    const [a, b] = [...this.fingers.values()];
    return b ? Math.hypot(a.x - b.x, a.y - b.y) : 0;
  }

  move(event) {
    if (!this.fingers.has(event.pointerId) || !this.room.ready) return;
    const place = this.place(event);
    this.fingers.set(event.pointerId, place);
    const { from, stage } = this;
    if (Math.hypot(place.x - from.x, place.y - from.y) > TAP_PX * stage.dpr) this.moved = true;
    if (this.fingers.size === 2) {
      const [a, b] = [...this.fingers.values()];
      if (from.apart) this.room.zoomTo((from.zoom * this.apart()) / from.apart, (a.x + b.x) / 2, (a.y + b.y) / 2);
    } else if (this.wipes) {
      if (this.moved) this.room.wipe(place.x / stage.w, !this.counted);
      this.counted ||= this.moved;
    } else if (stage.pans && this.moved) {
      stage.panTo(from.at.x - (place.x - from.x) / from.zoom, from.at.y - (place.y - from.y) / from.zoom);
    }
  }

  up(event, lifted) {
    if (!this.fingers.delete(event.pointerId)) return;
    const { layout } = this.stage;
    if (lifted && !this.moved && this.room.ready) {
      if (this.stage.shown === "wipe") this.room.wipe(this.from.x / this.stage.w);
      else layout.tap?.(this.room);
    }
    // A finger that stays after a pinch neither pans nor taps.
    this.moved = true;
    if (this.fingers.size === 0) Object.assign(this, { box: null, counted: false });
    else this.from = { ...[...this.fingers.values()][0], at: this.stage.at, zoom: this.stage.zoom, apart: 0 };
  }
}
