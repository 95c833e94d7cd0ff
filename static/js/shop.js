/* The demo shop's own script: tells OneAsk about an order, and shows what it said. */
(() => {
  "use strict";
  const shown = JSON.parse(sessionStorage.getItem("shop.said") || "{}");
  const words = {
    default: "not asked yet",
    granted: "on",
    denied: "off, refused in this browser",
    unsupported: "not possible in this browser",
  };

  function say(what) {
    Object.assign(shown, what);
    sessionStorage.setItem("shop.said", JSON.stringify(shown));
    for (const place of document.querySelectorAll("[data-said]")) {
      const value = shown[place.dataset.said];
      if (value) place.textContent = value;
    }
  }

  const permission = () => say({ permission: words[OneAsk.status().permission] });

  for (const change of ["permission_status", "native_prompt_answered", "recovered"]) OneAsk.on(change, permission);
  permission();

  const placed = document.getElementById("placed");
  if (placed) {
    OneAsk.moment("Order Placed", {
      order_id: placed.dataset.orderId,
      total: Number(placed.dataset.total),
    }).then((decision) => say({ moment: decision.moment || "Order Placed", action: decision.action, reason: decision.reason }));
  }
})();
