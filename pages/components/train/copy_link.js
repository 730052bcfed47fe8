// Copies a link to this page with other settings, and says so.

const SECONDS_SHOWN = 2;

export default function ({ data, parentElement }) {
  const button = parentElement.querySelector("button");
  const status = parentElement.querySelector("[role=status]");
  let timer;
  button.onclick = async () => {
    const link = new URL(location.pathname, location.href);
    link.search = data;
    const copied = await copy(link.href, parentElement);
    clearTimeout(timer);
    status.textContent = copied ? "Copied" : link.href;
    if (copied) timer = setTimeout(() => (status.textContent = ""), 1000 * SECONDS_SHOWN);
  };
  return () => clearTimeout(timer);
}

async function copy(text, parent) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text, parent);
  }
}

// Browsers have no clipboard on pages that come over http from another machine.
function copyBySelection(text, parent) {
  const before = parent.activeElement ?? document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.readOnly = true;
  field.style.cssText = "position: fixed; opacity: 0;";
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  before?.focus();
  return copied;
}
