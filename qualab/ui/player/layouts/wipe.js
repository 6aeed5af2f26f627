// One picture, left of the line from A and right of it from B; the viewer moves the line.
const WIPE_STEP = 0.05;
LAYOUTS["wipe"] = {
  views: ["one"],
  parts: (stage) => ({ one: [["left", 0, stage.split], ["right", stage.split, 1]] }),
  captions: () => SIDES,
  missing: (show) => (show.plays === 0 ? "missing.play" : show.stage.switches === 0 ? "missing.wipe" : null),
  hint: "hint.wipe",
  acts: (room) => ({
    " ": () => room.show.toggle(),
    ",": () => room.wipe(room.stage.split - WIPE_STEP),
    ".": () => room.wipe(room.stage.split + WIPE_STEP),
  }),
};
const DIVIDER_KEYS = {
  ArrowLeft: (share) => share - WIPE_STEP,
  ArrowRight: (share) => share + WIPE_STEP,
  Home: () => 0,
  End: () => 1,
};
