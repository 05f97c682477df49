// Moves the focus to "There is a problem" when the page opens with errors.

document.querySelector(".error-summary")?.focus();
