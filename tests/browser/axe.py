"""What axe finds on a page: barriers for people who use it in another way."""

from __future__ import annotations

from collections.abc import Sequence

from playwright.sync_api import Page

from config.local.places import ROOT

AXE = ROOT / "static" / "vendor" / "axe.min.js"
WCAG_21 = ("wcag2a", "wcag2aa", "wcag21aa")
WCAG_22 = (*WCAG_21, "wcag22aa")
RUN = """async ([within, tags, enabled]) => {
  const options = { rules: Object.fromEntries(enabled.map((rule) => [rule, { enabled: true }])) };
  if (tags.length) options.runOnly = tags;
  const found = await axe.run(within ? within : document, options);
  return found.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.html.slice(0, 160)).join(' | '));
}"""


def violations(
    page: Page, *, within: str = "", tags: Sequence[str] = (), enabled: Sequence[str] = ()
) -> list[str]:
    """Every rule that is broken, with the elements that break it.

    `within`: a selector, '' for the whole page. `tags`: the sets of rules, none for all that are on by
    themselves. `enabled`: rules to switch on beside them.
    """
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(RUN, [within, list(tags), list(enabled)])
    return found
