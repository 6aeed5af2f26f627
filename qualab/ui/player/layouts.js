// The layouts by presentation; each file of layouts/ adds its own. A layout says which views there are, which part of
// which side is drawn in them, when the trial may be answered, and what its keys do.
const SIDES = ["left", "right"];
const LAYOUTS = {};
