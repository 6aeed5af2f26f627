// What keys do: the answers of the method, the keys of the layout, and those of every trial.
const PAN_PX = 64;
const REPEATING = new Set([",", ".", "+", "=", "-"]);
const FIELDS = "input, textarea, select";
const SLIDER_KEYS = new Set(["ArrowLeft", "ArrowRight", "Home", "End"]);

class Keys {
  constructor(player) {
    this.player = player;
    player.on(window, "keydown", (event) => this.press(event, true), { capture: true });
    player.on(window, "keyup", (event) => this.press(event, false), { capture: true });
  }

  press(event, isDown) {
    const { player } = this;
    if (!player.isReady || event.ctrlKey || event.metaKey || event.altKey) return;
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (this.isFor(event.composedPath()[0], name)) return;
    const act = (event.shiftKey && this.panActions()[name]) || this.actions()[name];
    if (!act) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!isDown) player.stage.layout.keysUp?.(player)[name]?.();
    else if (!event.repeat || event.shiftKey || REPEATING.has(name)) act();
  }

  // What has the focus keeps the keys that it understands itself.
  isFor(element, name) {
    if (!(element instanceof HTMLElement)) return false;
    if (element.matches(FIELDS)) { if (name === "Escape") this.player.focus(); return true; }
    if (element instanceof HTMLButtonElement) return name === " " || name === "Enter";
    return element.matches("[role=slider]") && SLIDER_KEYS.has(name);
  }

  actions() {
    const { player } = this;
    const zoomBy = (step) => () => player.zoom(step);
    const zoom = { "+": zoomBy(1), "=": zoomBy(1), "-": zoomBy(-1), "0": zoomBy(0) };
    const { playback } = player;
    const play = { "p": () => playback.toggle(), "r": () => playback.replay(), "f": () => player.fullScreen() };
    return { ...zoom, ...play, ...player.panel.keys(), ...player.stage.layout.keys(player) };
  }

  panActions() {
    const { stage } = this.player;
    const by = (x, y) => () => {
      const { position, zoom } = stage;
      stage.panTo(position.x + (x * PAN_PX) / zoom, position.y + (y * PAN_PX) / zoom);
    };
    return { ArrowLeft: by(-1, 0), ArrowRight: by(1, 0), ArrowUp: by(0, -1), ArrowDown: by(0, 1) };
  }
}
