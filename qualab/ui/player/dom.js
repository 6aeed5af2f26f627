function element(name, properties = {}, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}

// A key's name on a button; screen readers hear it from aria-keyshortcuts.
function keyCap(text) {
  const cap = element("kbd", { textContent: text });
  cap.setAttribute("aria-hidden", "true");
  return cap;
}
