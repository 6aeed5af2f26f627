// What the player says, in the study's language; {name} stands for a value.
function speaker(strings) {
  return (key, values = {}) => (strings[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

function translate(root, say, language) {
  root.querySelector(".room").lang = language;
  for (const one of root.querySelectorAll("[data-say]")) one.textContent = say(one.dataset.say);
  for (const one of root.querySelectorAll("[data-label]")) one.setAttribute("aria-label", say(one.dataset.label));
}

// The controls below the answers say what they would do now.
function labelControls({ find, say, show, stage }) {
  const toggle = stage.shown === "toggle";
  find(".switch").hidden = !toggle;
  find(".switch span").textContent = say(stage.side === "left" ? "control.show-b" : "control.show-a");
  find(".pause span").textContent = say(show.source.paused ? "control.play" : "control.pause");
  find(".pause").classList.toggle("primary", show.source.paused && show.still && !show.starts.length);
  find(".zoom").textContent = `${stage.zoom}×`;
}
