// Adds a button beside a link shown in a read-only field, which copies it and says so.

for (const field of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break; // A browser without one still lets people select the link.
  const input = field.querySelector("input");
  const button = document.createElement("button");
  const status = document.createElement("span");
  button.type = "button";
  button.className = "btn btn-secondary copy__button";
  button.textContent = field.dataset.copyButton;
  status.setAttribute("role", "status");
  button.addEventListener("click", async () => {
    input.select();
    try {
      await navigator.clipboard.writeText(input.value);
      status.textContent = field.dataset.copyDone;
    } catch {
      // The browser said no: the link is selected and can be copied by hand.
    }
  });
  field.append(button, " ", status);
}
