// The clipboard belongs to secure pages only; over plain HTTP from another machine the deprecated command still works.
function copyBySelection(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.style.cssText = "position: fixed; opacity: 0";
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  return isCopied;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

export default function ({ parentElement, data }) {
  const button = parentElement.querySelector("button");
  const label = button.querySelector("span");
  label.textContent = data.label;
  label.setAttribute("aria-live", "polite");
  button.onclick = async () => {
    label.textContent = (await copy(data.text)) ? data.done : "Copy it from the box";
  };
}
