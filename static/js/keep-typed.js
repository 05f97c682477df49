// Keeps what is typed into <form data-keep="key"> until it is saved: a reload, "back" or a lost connection
// loses nothing. It stays in this tab (sessionStorage), and signing out clears it.
//
// The form's hidden field "seen" names the saved state that the page shows. Kept typing belongs to that
// state: when "seen" is another, the typing was saved (or is out of date) and is forgotten.

const PREFIX = "typed:";
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

document.querySelector("form[data-sign-out]")?.addEventListener("submit", () => {
  try {
    Object.keys(sessionStorage)
      .filter((key) => key.startsWith(PREFIX))
      .forEach(forget);
  } catch {
    // Storage is switched off: nothing was kept.
  }
});
