// Pointer and wheel on the pictures: pinch and wheel zoom, a drag pans; taps and other drags are the layout's.
const WHEEL_STEP = 80;
const TAP_PX = 6;

class Gestures {
  constructor(player) {
    Object.assign(this, { player, stage: player.stage, pointers: new Map(), wheelDelta: 0 });
    const pictures = player.find(".pictures");
    player.on(pictures, "wheel", (event) => this.wheel(event), { passive: false });
    player.on(pictures, "pointerdown", (event) => this.down(event));
    player.on(pictures, "pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) player.on(pictures, name, (event) => this.up(event, name === "pointerup"));
  }

  // Where an event is in the picture under it, in device pixels.
  pointOf(event) {
    const box = this.box ?? this.canvasUnder(event)?.getBoundingClientRect();
    const { dpr } = this.stage;
    return box ? { x: (event.clientX - box.left) * dpr, y: (event.clientY - box.top) * dpr } : null;
  }

  canvasUnder(event) {
    const frame = event.composedPath().find((node) => node instanceof HTMLElement && node.matches(".frame"));
    return frame?.querySelector("canvas");
  }

  wheel(event) {
    const point = this.player.isReady && this.pointOf(event);
    // Of a picture that is taller than the window the wheel shows the rest; with Ctrl it zooms there too.
    if (!point || (this.stage.isTall && !event.ctrlKey)) return;
    event.preventDefault();
    this.wheelDelta += event.ctrlKey ? 4 * event.deltaY : event.deltaY;
    const steps = Math.trunc(this.wheelDelta / WHEEL_STEP);
    this.wheelDelta -= steps * WHEEL_STEP;
    if (steps) this.player.zoomTo(this.stage.zoom - Math.sign(steps), point.x, point.y);
  }

  down(event) {
    const canvas = this.player.isReady && event.button === 0 && this.canvasUnder(event);
    if (!canvas) return;
    // The focus stays with the player: its arrow keys answer, those of a slider move it.
    event.preventDefault();
    this.player.focus();
    this.box = canvas.getBoundingClientRect();
    canvas.closest(".pictures").setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, this.pointOf(event));
    this.hasMoved = this.pointers.size > 1;
    this.start = { ...this.pointOf(event), position: this.stage.position, zoom: this.stage.zoom, distance: this.distance() };
    this.isGrabbed = this.stage.layout.grabs?.(this.stage, this.start) ?? false;
  }

  distance() {
    const [a, b] = [...this.pointers.values()];
    return b ? Math.hypot(a.x - b.x, a.y - b.y) : 0;
  }

  move(event) {
    if (!this.pointers.has(event.pointerId) || !this.player.isReady) return;
    const point = this.pointOf(event);
    this.pointers.set(event.pointerId, point);
    const { start, stage } = this;
    if (Math.hypot(point.x - start.x, point.y - start.y) > TAP_PX * stage.dpr) this.hasMoved = true;
    if (this.pointers.size === 2) this.pinch();
    else if (!this.hasMoved) return;
    else if (this.isGrabbed) {
      stage.layout.drag?.(this.player, point, !this.isDragging);
      this.isDragging = true;
    } else if (stage.pans) {
      const { x, y } = start.position;
      stage.panTo(x - (point.x - start.x) / start.zoom, y - (point.y - start.y) / start.zoom);
    }
  }

  pinch() {
    const [a, b] = [...this.pointers.values()];
    const { zoom, distance } = this.start;
    if (distance) this.player.zoomTo((zoom * this.distance()) / distance, (a.x + b.x) / 2, (a.y + b.y) / 2);
  }

  up(event, isLifted) {
    if (!this.pointers.delete(event.pointerId)) return;
    if (isLifted && !this.hasMoved && this.player.isReady) this.stage.layout.tap?.(this.player, this.start);
    // A finger that stays after a pinch neither pans nor taps.
    this.hasMoved = true;
    if (this.pointers.size === 0) Object.assign(this, { box: null, isDragging: false });
    else this.start = { ...[...this.pointers.values()][0], position: this.stage.position, zoom: this.stage.zoom, distance: 0 };
  }
}
