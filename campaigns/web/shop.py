"""The demo shop: a fictional coffee roaster that uses OneAsk the way a customer's site would.

Everything works without scripts; the scripts only tell OneAsk that an order was placed, and show what it answered.
The basket and the orders live in the visitor's session and go nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from permissions_app.selectors.apps import demo_publishable_key

BASKET = "shop_basket"
ORDERS = "shop_orders"
JUST_PLACED = "shop_just_placed"
ORDERS_KEPT = 20
MOST_OF_ONE = 9
FIRST_ORDER = 1042


@dataclass(frozen=True, slots=True)
class Product:
    """One thing on the shelf. `price` in euro."""

    key: str
    name: str
    notes: str
    size: str
    price: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """Some of one product."""

    product: Product
    count: int

    @property
    def total(self) -> Decimal:
        """What the line costs, in euro."""
        return self.product.price * self.count


SHELF = {
    product.key: product
    for product in (
        Product(
            "lighthouse",
            "Lighthouse",
            "Filter roast, Ethiopia. Bergamot, peach.",
            "250 g",
            Decimal("12.50"),
        ),
        Product(
            "slack-tide",
            "Slack Tide",
            "Espresso, Brazil and Rwanda. Cocoa, plum.",
            "250 g",
            Decimal("11.00"),
        ),
        Product(
            "night-ferry",
            "Night Ferry",
            "Decaf, Colombia. Brown sugar, orange.",
            "250 g",
            Decimal("12.00"),
        ),
        Product(
            "dock-cup",
            "Dock cup",
            "Stoneware, thrown in the next street.",
            "280 ml",
            Decimal("18.00"),
        ),
    )
}


@require_safe
def shop(request: HttpRequest) -> HttpResponse:
    """Show the shelf and the basket."""
    lines = _lines(request)
    return _page(
        request,
        "campaigns/shop/page.html",
        {"shelf": SHELF.values(), "lines": lines, "total": _total(lines)},
    )


@require_POST
def change_basket(request: HttpRequest) -> HttpResponse:
    """Put one of a product into the basket, or take one out."""
    product = SHELF.get(request.POST.get("product", ""))
    if product is not None:
        basket = _basket(request)
        step = -1 if request.POST.get("take") else 1
        count = min(basket.get(product.key, 0) + step, MOST_OF_ONE)
        request.session[BASKET] = {**basket, product.key: max(count, 0)}
    return redirect("shop:shop")


@require_POST
def place_order(request: HttpRequest) -> HttpResponse:
    """Turn the basket into an order; the next page tells OneAsk, once."""
    lines = _lines(request)
    if not lines:
        return redirect("shop:shop")
    placed = _orders(request)
    number = int(placed[0]["id"]) + 1 if placed else FIRST_ORDER
    order = {
        "id": str(number),
        "total": str(_total(lines)),
        "at": timezone.now().strftime("%-d %B, %H:%M UTC"),
        "what": [f"{line.count} × {line.product.name}" for line in lines],
    }
    request.session[ORDERS] = [order, *placed][:ORDERS_KEPT]
    request.session[BASKET] = {}
    request.session[JUST_PLACED] = order["id"]
    return redirect("shop:orders")


@require_safe
def orders(request: HttpRequest) -> HttpResponse:
    """Show the visitor's orders. The page says which one was placed just now, and says it only once."""
    placed = _orders(request)
    just = request.session.pop(JUST_PLACED, None)
    fresh = next((order for order in placed if order["id"] == just), None)
    return _page(request, "campaigns/shop/orders.html", {"orders": placed, "fresh": fresh})


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    basket = sum(_basket(request).values())
    return render(
        request, template, {**context, "in_basket": basket, "key": demo_publishable_key()}
    )


def _basket(request: HttpRequest) -> dict[str, int]:
    found = request.session.get(BASKET)
    return found if isinstance(found, dict) else {}


def _orders(request: HttpRequest) -> list[dict[str, Any]]:
    found = request.session.get(ORDERS)
    return found if isinstance(found, list) else []


def _lines(request: HttpRequest) -> list[Line]:
    basket = _basket(request)
    return [Line(SHELF[key], basket[key]) for key in SHELF if basket.get(key)]


def _total(lines: list[Line]) -> Decimal:
    return sum((line.total for line in lines), Decimal(0))
