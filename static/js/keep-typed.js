// Keeps what is typed into <form data-keep="key"> until it is saved: a reload, "back" or a lost connection
// loses nothing. It stays in this tab (sessionStorage), and signing out clears it.
//
// The form's hidden field "seen" names the saved state that the page shows. Kept typing belongs to that
// state: when "seen" is another, the typing was saved (or is out of date) and is forgotten. A form for
// something new shows no saved state, so its typing is also forgotten when the next page tells of success.

const PREFIX = "typed:";
const SENT = "sent"; // Holds the address that the last form was sent to.
const SKIPPED = new Set(["csrfmiddlewaretoken", "seen"]);

function fields(form) {
  return [...form.elements].filter(
    (field) => field.name && !SKIPPED.has(field.name) && !["hidden", "password", "file", "submit", "button"].includes(field.type),
  );
}

function isTicked(field) {
  return field.type === "radio" || field.type === "checkbox";
}

function read(form) {
  return fields(form)
    .filter((field) => !isTicked(field) || field.checked)
    .map((field) => [field.name, field.value]);
}

function write(form, pairs) {
  for (const field of fields(form)) {
    const values = pairs.filter(([name]) => name === field.name).map(([, value]) => value);
    if (isTicked(field)) field.checked = values.includes(field.value);
    else if (values.length) field.value = values[0];
    if (isTicked(field) ? field.checked : field.value) field.closest("details")?.setAttribute("open", "");
  }
}

function stored(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key));
  } catch {
    return null;
  }
}

function store(key, form) {
  try {
    sessionStorage.setItem(key, JSON.stringify({ seen: form.elements.seen?.value ?? "", pairs: read(form) }));
  } catch {
    // No room, or storage is switched off: the form works as it would without this file.
  }
}

function forget(key) {
  try {
    sessionStorage.removeItem(key);
  } catch {
    // Storage is switched off: nothing was kept.
  }
}

function forgetWhatWasSaved() {
  if (!document.querySelector(".notice--success")) return;
  try {
    forget(PREFIX + sessionStorage.getItem(SENT));
    sessionStorage.removeItem(SENT);
  } catch {
    // Storage is switched off: nothing was kept.
  }
}

function showNotice(form, discard) {
  const notice = document.querySelector("#kept-notice").content.firstElementChild.cloneNode(true);
  notice.querySelector("button").addEventListener("click", () => {
    discard();
    notice.remove();
    form.tabIndex = -1;
    form.focus();
  });
  form.before(notice);
}

forgetWhatWasSaved();

for (const form of document.querySelectorAll("form[data-keep]")) {
  const key = PREFIX + form.dataset.keep;
  const kept = stored(key);
  const asServed = read(form);

  if (kept && kept.seen !== (form.elements.seen?.value ?? "")) {
    forget(key);
  } else if (kept && JSON.stringify(kept.pairs) !== JSON.stringify(asServed)) {
    write(form, kept.pairs);
    showNotice(form, () => {
      write(form, asServed);
      forget(key);
    });
  }
  form.addEventListener("input", () => store(key, form));
}

// "Back" may bring a page from memory, with a form that knows nothing of what was saved since.
window.addEventListener("pageshow", ({ persisted }) => {
  if (persisted && document.querySelector("form[data-keep]")) window.location.reload();
});

// The page that offers to save a form after signing in sends it to the form's own address too.
document.addEventListener("submit", ({ target }) => {
  if (target.method !== "post") return;
  try {
    sessionStorage.setItem(SENT, new URL(target.action).pathname);
  } catch {
    // Storage is switched off: nothing was kept.
  }
});

document.querySelector("form[data-sign-out]")?.addEventListener("submit", () => {
  try {
    Object.keys(sessionStorage)
      .filter((key) => key.startsWith(PREFIX))
      .forEach(forget);
  } catch {
    // Storage is switched off: nothing was kept.
  }
});
