"""What axe-core finds on a page: WCAG 2.2 A and AA, and the practices that its makers recommend."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SCRIPT = Axe().axe_script
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]


def findings(page: Page) -> list[str]:
    """One line for each element of ``page`` that breaks a rule: the rule, the element and what to mend."""
    page.wait_for_load_state()  # A link may have been followed just now.
    if not page.evaluate("'axe' in window"):  # Half of the time goes into reading the script.
        page.evaluate(SCRIPT)
    # No rule of these needs the style sheets themselves, and reading them breaches the policy of the admin's.
    options = {"runOnly": TAGS, "resultTypes": ["violations"], "preload": False}
    result = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{rule['id']} ({rule['impact']}): {rule['help']}\n"
        f"    {node['html'][:200]}\n"
        f"    {node['failureSummary']}"
        for rule in result["violations"]
        for node in rule["nodes"]
    ]


def check_axe(page: Page) -> None:
    """Fails with what axe-core finds on ``page``, if it finds anything. The page must run scripts."""
    found = findings(page)
    assert not found, f"{len(found)} findings of axe-core on {page.url}:\n" + "\n".join(found)
