// One picture at a time in the same place; the viewer switches between them.
LAYOUTS["toggle"] = {
  views: ["single"],
  parts: (stage) => ({ single: [[stage.side, 0, 1]] }),
  captions: (stage) => [stage.side],
  missing: ({ plays, stage }) => (plays === 0 ? "missing.play" : stage.shownSides.size < 2 ? "missing.switch" : null),
  hint: "hint.toggle",
  keys(player) { return { " ": () => this.hold(player, true), "t": () => this.flip(player) }; },
  keysUp(player) { return { " ": () => this.hold(player, false) }; },
  tap(player) { this.flip(player); },
  // The key that holds the other picture may be released elsewhere.
  blur(player) { this.hold(player, false); },

  css: `
    .switch { display: none; }
    .toggle .switch { display: inline-block; }
  `,
  setup(player) {
    const button = element("button", { type: "button", className: "switch" }, element("span"), " ", keyCap("T"));
    player.find(".controls").prepend(button);
    player.onClick(button, () => this.flip(player));
  },
  update({ find, text, stage }) {
    find(".switch span").textContent = text(stage.side === "left" ? "control.show-b" : "control.show-a");
  },

  flip(player) {
    const { stage } = player;
    stage.switches += 1;
    stage.showSide(stage.side === "left" ? "right" : "left");
    player.update();
  },
  hold(player, isHeld) {
    const { state } = player.stage;
    if (Boolean(state.isHeld) === isHeld) return;
    state.isHeld = isHeld;
    this.flip(player);
  },
};
