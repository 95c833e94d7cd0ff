"""Every address of the signed-in product by its name, so that tests can walk them all.

A new page is walked as soon as it has a name. A page with an argument that nobody has met before
fails the walk until `arguments` knows a value for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import URLPattern, reverse

from campaigns.web import urls as about_what_we_do
from permissions_app.web import integrate_urls
from permissions_app.web import urls as about_what_is_true


@dataclass(frozen=True, slots=True)
class Address:
    """A named address. `takes`: the names of its arguments."""

    name: str
    takes: tuple[str, ...]
    route: str

    @property
    def of_an_app(self) -> bool:
        """Whether it lies inside one app."""
        return self.route.startswith("w/<slug:workspace>/<slug:app>/")


def addresses() -> tuple[Address, ...]:
    """All of them, in the order of the product."""
    return tuple(
        Address(pattern.name or "", tuple(pattern.pattern.converters), str(pattern.pattern))
        for module in (about_what_is_true, about_what_we_do, integrate_urls)
        for pattern in module.urlpatterns
        if isinstance(pattern, URLPattern)
    )


def path_of(address: Address, known: Mapping[str, object]) -> str:
    """Where it is. `known`: values by argument, or by `name.argument` where a page wants its own."""
    return reverse(
        address.name,
        kwargs={
            argument: known.get(f"{address.name}.{argument}", known.get(argument))
            for argument in address.takes
        },
    )
