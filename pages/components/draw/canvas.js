// What drawable-canvas lacks: it fits its column, has a name and an invitation, keeps its strokes
// in the browser, hears Ctrl+Z and tells a finger from the palm beside it.

const STYLE = `
  .dc-toolbar { display: none !important; }
  .dc-root { width: 100% !important; touch-action: none; }
  .dc-scroll { overflow: hidden !important; border-radius: var(--st-base-radius, 0.5rem); }
  .dc-container { width: 100% !important; height: auto !important; }
  .canvas-container { position: absolute !important; inset: 0; }
  .canvas-container, canvas { width: 100% !important; height: 100% !important; }
  .dc-canvas { border-radius: var(--st-base-radius, 0.5rem); cursor: crosshair; }
  .upper-canvas:focus-visible { outline: 2px solid var(--st-primary-color); }
  .dc-container::after {
    content: attr(data-invitation);
    position: absolute; inset: 0; z-index: 20; pointer-events: none;
    display: flex; align-items: center; justify-content: center;
    color: #64748b; font: 1.125rem var(--st-font, sans-serif);
  }
`;
// In CSS pixels: a fingertip is 30 to 60 wide, the heel of a hand above 100.
const HAND = 90;
// A touch that has moved less may still be a hand, which waits for the finger that it came with.
const STILL = 5;
// While a pen is near, in milliseconds since it was seen, every touch is a hand.
const PEN_NEAR = 1000;

// Where Ctrl+Z takes back what was typed.
const TYPED_INTO = "input:not([type=radio], [type=checkbox], [type=range]), textarea";

const mounted = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  let canvas = mounted.get(parentElement);
  if (!canvas) {
    canvas = new Companion(parentElement.closest(".stVerticalBlock"));
    mounted.set(parentElement, canvas);
  }
  canvas.update(data, (strokes) => setTriggerValue("kept", strokes));
  return () => {
    canvas.end();
    mounted.delete(parentElement);
  };
}

class Companion {
  constructor(block) {
    this.block = block;
    this.strokes = [];
    this.ended = new AbortController();
    addEventListener("keydown", (event) => undoByKey(event), { signal: this.ended.signal });
    this.find();
  }

  end() {
    this.ended.abort();
    this.observer?.disconnect();
  }

  // The canvas arrives after its companion, and its parts after itself.
  find() {
    if (this.ended.signal.aborted) return;
    const hosts = [...this.block.querySelectorAll("[data-testid=stBidiComponentIsolated]")];
    const root = hosts.map((host) => host.shadowRoot).find(Boolean);
    if (!root) return requestAnimationFrame(() => this.find());
    this.root = root;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    new Pen(root, this.ended.signal, {
      begin: () => this.invite(false),
      end: (points) => this.keep(points),
    });
    this.observer = new MutationObserver(() => this.describe());
    this.observer.observe(root, { childList: true, subtree: true });
    this.describe();
  }

  update(data, restore) {
    this.data = data;
    const shown = `${data.session} ${data.revision}`;
    if (this.shown !== shown) {
      const kept = load(data.name);
      const isUnknown = kept && kept.session !== data.session && data.revision === 0;
      const isAhead = kept && !this.shown && kept.shown === shown;
      this.shown = shown;
      this.strokes = data.strokes;
      if ((isUnknown || isAhead) && kept.strokes.length > data.strokes.length) {
        this.strokes = kept.strokes;
        this.restore = () => restore(kept.strokes);
      }
      this.save();
    }
    this.describe();
  }

  keep(points) {
    const scale = this.data.width / this.box().width;
    const path = smoothPath(points.map((point) => point.map((value) => value * scale)));
    this.strokes = [...this.strokes, { path, width: this.data.brush }];
    this.save();
  }

  save() {
    const { session, name } = this.data;
    save(name, { session, shown: this.shown, strokes: this.strokes });
    this.invite(!this.strokes.length);
  }

  box() {
    return this.root.querySelector(".upper-canvas").getBoundingClientRect();
  }

  describe() {
    const container = this.root?.querySelector(".dc-container");
    const upper = this.root?.querySelector(".upper-canvas");
    if (!container || !upper || !this.data) return;
    container.style.aspectRatio = `${this.data.width} / ${this.data.height}`;
    upper.setAttribute("role", "img");
    upper.setAttribute("aria-label", this.data.invitation);
    this.invite(!this.strokes.length);
    // The canvas sends a picture only of what it is told to show after it began.
    this.restore?.();
    this.restore = null;
  }

  invite(isEmpty) {
    const container = this.root?.querySelector(".dc-container");
    container?.setAttribute("data-invitation", isEmpty ? this.data.invitation : "");
  }
}

// Fabric.js hears mouse events only; this makes them of the one touch or pen that draws.
class Pen {
  constructor(root, signal, { begin, end }) {
    Object.assign(this, { root, begin, finish: end, active: null, penSeen: -Infinity });
    const listen = (target, type, handle) =>
      target.addEventListener(type, handle, { signal, capture: true, passive: false });
    listen(root, "pointerdown", (event) => this.down(event));
    listen(root, "pointermove", (event) => this.hover(event));
    listen(window, "pointermove", (event) => this.move(event));
    listen(window, "pointerup", (event) => this.up(event));
    listen(window, "pointercancel", (event) => this.up(event));
    for (const type of ["touchstart", "touchmove", "touchend", "touchcancel"])
      listen(root, type, (event) => {
        if (!this.isOnCanvas(event)) return;
        if (event.cancelable) event.preventDefault();
        event.stopPropagation();
      });
  }

  isOnCanvas(event) {
    return event.composedPath().includes(this.root.querySelector(".upper-canvas"));
  }

  hover(event) {
    if (event.pointerType === "pen") this.penSeen = event.timeStamp;
  }

  down(event) {
    if (event.button !== 0 || !this.isOnCanvas(event)) return;
    const { pointerId: id, pointerType: type } = event;
    const size = Math.max(event.width, event.height);
    this.hover(event);
    if (type !== "mouse") event.preventDefault();
    if (type === "touch") {
      if (size > HAND || event.timeStamp - this.penSeen < PEN_NEAR) return;
      const other = this.active;
      if (other && (other.type !== "touch" || (other.isDrawing && other.size < 1.5 * size))) return;
    }
    if (this.active?.isDrawing) this.discard();
    this.active = { id, type, size, start: event, points: [this.place(event)], isDrawing: false };
    if (type !== "touch") this.draw();
  }

  move(event) {
    const active = this.active;
    if (active?.id !== event.pointerId) return;
    this.hover(event);
    const { clientX, clientY } = active.start;
    const moved = Math.hypot(event.clientX - clientX, event.clientY - clientY);
    if (!active.isDrawing && Math.max(event.width, event.height) > HAND) this.active = null;
    else if (active.isDrawing || moved > STILL) {
      this.draw();
      active.points.push(this.place(event));
      this.mouse("mousemove", event);
    }
  }

  up(event) {
    const active = this.active;
    if (active?.id !== event.pointerId) return;
    this.active = null;
    if (event.type === "pointercancel" && !active.isDrawing) return;
    this.draw(active);
    this.mouse("mouseup", event, active);
    this.finish(active.points);
  }

  draw(active = this.active) {
    if (active.isDrawing) return;
    active.isDrawing = true;
    this.begin();
    this.mouse("mousedown", active.start, active);
  }

  // A second press makes Fabric.js forget the stroke under way; its picture goes with it.
  discard() {
    const upper = this.root.querySelector(".upper-canvas");
    upper.getContext("2d").clearRect(0, 0, upper.width, upper.height);
  }

  place(event) {
    const box = this.root.querySelector(".upper-canvas").getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  mouse(type, event, active = this.active) {
    if (active.type === "mouse") return;
    const { clientX, clientY, screenX, screenY } = event;
    const place = { clientX, clientY, screenX, screenY, view: window };
    const how = { bubbles: true, composed: true, cancelable: true, button: 0 };
    const buttons = type === "mouseup" ? 0 : 1;
    const made = new MouseEvent(type, { ...place, ...how, buttons });
    this.root.querySelector(".upper-canvas")?.dispatchEvent(made);
  }
}

// The path that Fabric.js makes of these points: curves through the middles between them.
function smoothPath(points) {
  const round = (...values) => values.map((value) => Math.round(value * 10) / 10);
  const [first, last] = [points[0], points.at(-1)];
  const path = [["M", ...round(...first)]];
  for (let i = 1; i < points.length; i++) {
    const [[x, y], [nextX, nextY]] = [points[i - 1], points[i]];
    path.push(["Q", ...round(x, y, (x + nextX) / 2, (y + nextY) / 2)]);
  }
  return [...path, ["L", ...round(last[0] + 0.1, last[1])]];
}

function undoByKey(event) {
  const isUndo = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
  if (!isUndo || event.key.toLowerCase() !== "z") return;
  const target = event.composedPath()[0];
  if (target.isContentEditable || target.matches?.(TYPED_INTO)) return;
  if (document.querySelector("[role=dialog]")) return;
  event.preventDefault();
  document.querySelector(".st-key-undo_stroke button")?.click();
}

// Per tab, and gone with it. A browser that keeps nothing draws all the same.
const storageKey = (name) => `digit-lab-${name}`;

function load(name) {
  try {
    return JSON.parse(sessionStorage.getItem(storageKey(name)));
  } catch {
    return null;
  }
}

function save(name, drawing) {
  try {
    sessionStorage.setItem(storageKey(name), JSON.stringify(drawing));
  } catch (error) {
    console.warn("The drawing is not kept for a reload:", error);
  }
}
