// A double click sends a form once. The button stays enabled, so it keeps its name, value and focus.

const PAUSE = 5000; // Milliseconds; after that a slow connection may be tried again.

let sent = new WeakMap();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (event.timeStamp - (sent.get(form) ?? -PAUSE) < PAUSE) {
    event.preventDefault();
  } else {
    sent.set(form, event.timeStamp);
  }
});

// "Back" may bring the same page back from memory: its forms may be sent again.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) sent = new WeakMap();
});
