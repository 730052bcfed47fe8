// Keeps in the browser which stations of the lesson were found, so that a reload finds them again.

const KEY = "digit-lab-stations";
let restarts = 0;

export default function ({ data, setTriggerValue }) {
  if (data.restarts !== restarts) {
    restarts = data.restarts;
    save([]);
  }
  const kept = load().filter((name) => data.known.includes(name));
  const found = data.known.filter((name) => kept.includes(name) || data.found.includes(name));
  if (found.length > kept.length) save(found);
  if (found.length > data.found.length) setTriggerValue("kept", found);
}

function load() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY));
    return Array.isArray(kept) ? kept : [];
  } catch {
    return [];
  }
}

function save(found) {
  try {
    localStorage.setItem(KEY, JSON.stringify(found));
  } catch (error) {
    console.warn("The progress is not kept for a reload:", error);
  }
}
