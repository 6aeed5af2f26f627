// The layouts by presentation; each file of layouts/ adds one. A layout has
//   views               which canvases it shows: "left" and "right", or "single";
//   parts(stage)        which part of which side is drawn in them, as [side, from, to] by shares of the width;
//   captions(stage)     the sides that the picture shows now;
//   missing(playback)   the text of what has to happen before an answer, or null;
//   hint                the text of how to use it;
//   keys(player)        what its keys do when pressed;
// and where it needs them
//   keysUp(player)      what its keys do when released;
//   css, setup(player)  its controls, made once; they show only under the class named like the presentation;
//   place(stage), update(player)   its controls, after the picture and after the trial changed;
//   substitute(stage, width)       the presentation for a window that is too narrow, or null;
//   tap(player, point), grabs(stage, point), drag(player, point, isFirst)   pointers, in device pixels of the picture;
//   blur(player)        when the window loses the focus;
//   rewind(playback), ended(playback)   what precedes a replay, and follows the end of the clip.
const SIDES = ["left", "right"];
const LAYOUTS = {};
