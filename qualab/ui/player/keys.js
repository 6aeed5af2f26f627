// What keys do: the answers of the method, those of the layout, and those of every trial.
const PAN_PX = 64;
const REPEATING = new Set([",", ".", "+", "=", "-"]);
const FIELDS = "input, textarea, select";

class Keys {
  constructor(room, find, on) {
    Object.assign(this, { room, divider: find(".divider") });
    on(window, "keydown", (event) => this.pressed(event, true), { capture: true });
    on(window, "keyup", (event) => this.pressed(event, false), { capture: true });
    on(this.divider, "keydown", (event) => this.moveDivider(event));
  }

  pressed(event, down) {
    if (!this.room.ready || event.ctrlKey || event.metaKey || event.altKey) return;
    const from = event.composedPath()[0];
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (this.isFor(from, name)) return;
    const act = (event.shiftKey && this.pans()[name]) || this.acts()[name];
    if (!act) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!down) { if (name === " ") this.room.hold(false); } else if (!event.repeat || event.shiftKey || REPEATING.has(name)) act();
  }

  // What has the focus keeps the keys that it understands itself.
  isFor(element, name) {
    if (!(element instanceof HTMLElement)) return false;
    if (element.matches(FIELDS)) { if (name === "Escape") this.room.focus(); return true; }
    if (element instanceof HTMLButtonElement) return name === " " || name === "Enter";
    return element === this.divider && name in DIVIDER_KEYS;
  }

  acts() {
    const { room } = this;
    const zoom = { "+": () => room.zoom(1), "=": () => room.zoom(1), "-": () => room.zoom(-1), "0": () => room.zoom(0) };
    const play = { "p": () => room.show.toggle(), "r": () => room.show.replay(), "f": () => room.fullScreen() };
    return { ...zoom, ...play, ...room.panel.keys(), ...room.stage.layout.acts(room) };
  }

  pans() {
    const by = (x, y) => () => {
      const { at, zoom } = this.room.stage;
      this.room.stage.panTo(at.x + (x * PAN_PX) / zoom, at.y + (y * PAN_PX) / zoom);
    };
    return { ArrowLeft: by(-1, 0), ArrowRight: by(1, 0), ArrowUp: by(0, -1), ArrowDown: by(0, 1) };
  }

  moveDivider(event) {
    const to = DIVIDER_KEYS[event.key]?.(this.room.stage.split);
    if (to === undefined || !this.room.ready) return;
    event.preventDefault();
    this.room.wipe(to);
  }
}
