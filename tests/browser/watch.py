"""What goes wrong behind a page that looks well: script errors, blocked content, files that are missing."""

from playwright.sync_api import BrowserContext, ConsoleMessage, Response

# Chromium's own line about a failed request says less than the response itself.
LOAD_FAILURE = "Failed to load resource"

# Not all violations of the policy reach the console as errors, so the page reports each one.
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  const { violatedDirective, blockedURI } = event;
  console.error(`Content security policy: ${violatedDirective} blocks ${blockedURI}`);
});
"""


def complaints(context: BrowserContext) -> list[str]:
    """A list that grows with every complaint of the pages in ``context``, from now on.

    It holds console errors and warnings, uncaught script errors, breaches of the content security policy,
    answers from 500 up, and answers from 400 up to anything but the page itself.
    """
    found: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(LOAD_FAILURE):
            found.append(f"{message.type}: {message.text}")

    def on_response(response: Response) -> None:
        allowed = 500 if response.request.is_navigation_request() else 400
        if response.status >= allowed:
            found.append(f"{response.status}: {response.url}")

    context.add_init_script(REPORT_VIOLATIONS)
    context.on("console", on_console)
    context.on("weberror", lambda problem: found.append(f"script error: {problem.error}"))
    context.on("response", on_response)
    return found
