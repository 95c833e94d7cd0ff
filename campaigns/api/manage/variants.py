"""`…/{id}/variants`: the wordings of a soft ask or redirect rule, one by one.

They are parts of one document, so they carry its ETag: whoever changes a variant says which version of the whole they
read, and gets the new one back.
"""

from collections.abc import Callable
from typing import Any, ClassVar

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.manage import shapes
from campaigns.api.manage.resources import CampaignView, Resource
from campaigns.domain.drafts import document
from campaigns.models import Campaign
from campaigns.selectors.campaigns import working_copy
from campaigns.services.campaigns import update_campaign
from permissions_app.api.manage.access import etag, expected_version
from permissions_app.api.manage.bodies import body_of, valid
from permissions_app.api.manage.pages import ForwardPages
from permissions_app.domain.edits import Invalid, check_version

Variants = list[dict[str, Any]]


class _VariantView(CampaignView):
    """What both have in common: a change of the variants is a change of the campaign."""

    def change(self, request: Request, pk: int, how: Callable[[Variants], int]) -> Campaign:
        """Store the variants as `how` changes them; it returns the place of the one it is about, for complaints."""
        version = expected_version(request)
        row = self.found(pk)
        check_version(expected=version, current=row.version)
        variants = _variants(row)
        place = how(variants)
        content = {"name": row.name, **row.content, "variants": variants}
        try:
            return update_campaign(
                campaign_id=pk,
                app=row.app,
                draft=shapes.draft_in(self.resource.kind, content),
                expected_version=version,
                actor=self.actor,
            )
        except Invalid as invalid:
            raise Invalid(_of_one(invalid.errors, place)) from None


class VariantList(_VariantView):
    """All variants."""

    pagination_class = ForwardPages
    versioned: ClassVar[frozenset[str]] = frozenset({"POST"})

    @classmethod
    def operations(cls, resource: Resource) -> dict[str, Any]:
        """How both methods are told."""
        answer = resource.variant_answer
        return {
            "get": extend_schema(
                operation_id=f"list_{resource.one}_variants", responses=answer(many=True)
            ),
            "post": extend_schema(
                operation_id=f"add_{resource.one}_variant",
                request=resource.variant,
                responses={201: answer},
            ),
        }

    def get(self, request: Request, pk: int) -> Response:
        """The variants of the working copy in their order, with the ETag of the whole."""
        row = self.found(pk)
        variants = _variants(row)

        def fetch(after: str, limit: int) -> Variants:
            keys = [variant["key"] for variant in variants]
            start = keys.index(after) + 1 if after in keys else 0
            return variants[start : start + limit]

        answer = ForwardPages().read(
            request, fetch=fetch, key=lambda it: it["key"], told=lambda it: it
        )
        answer["ETag"] = etag(row.version)["ETag"]
        return answer

    def post(self, request: Request, pk: int) -> Response:
        """Add a variant behind the others."""
        sent = valid(self.resource.variant, request.data)

        def add(variants: Variants) -> int:
            variants.append(sent)
            return len(variants) - 1

        row = self.change(request, pk, add)
        return Response(_variants(row)[-1], status=201, headers=etag(row.version))


class VariantDetail(_VariantView):
    """One variant, by its key."""

    versioned: ClassVar[frozenset[str]] = frozenset({"PUT", "PATCH", "DELETE"})

    @classmethod
    def operations(cls, resource: Resource) -> dict[str, Any]:
        """How the methods are told."""
        answer, one = resource.variant_answer, f"{resource.one}_variant"
        takes: dict[str, Any] = {"request": resource.variant, "responses": answer}
        return {
            "get": extend_schema(operation_id=f"read_{one}", responses=answer),
            "put": extend_schema(operation_id=f"replace_{one}", **takes),
            "patch": extend_schema(operation_id=f"update_{one}", **takes),
            "delete": extend_schema(
                operation_id=f"remove_{one}", request=None, responses={204: None}
            ),
        }

    def get(self, request: Request, pk: int, variant: str) -> Response:
        """The variant, with the ETag of the whole."""
        row = self.found(pk)
        variants = _variants(row)
        return Response(variants[_place(variants, variant)], headers=etag(row.version))

    def put(self, request: Request, pk: int, variant: str) -> Response:
        """Replace it; another `key` renames it, and what it was called counts as another arm."""
        return self._write(request, pk, variant, partial=False)

    def patch(self, request: Request, pk: int, variant: str) -> Response:
        """Change what is sent."""
        return self._write(request, pk, variant, partial=True)

    def delete(self, request: Request, pk: int, variant: str) -> Response:
        """Take it out of the working copy."""

        def remove(variants: Variants) -> int:
            place = _place(variants, variant)
            del variants[place]
            return place

        row = self.change(request, pk, remove)
        return Response(status=204, headers=etag(row.version))

    def _write(self, request: Request, pk: int, variant: str, *, partial: bool) -> Response:
        body = body_of(request)
        place = 0

        def write(variants: Variants) -> int:
            nonlocal place
            place = _place(variants, variant)
            base = variants[place] if partial else {"key": variant}
            variants[place] = valid(self.resource.variant, {**base, **body})
            return place

        row = self.change(request, pk, write)
        return Response(_variants(row)[place], headers=etag(row.version))


def _variants(row: Campaign) -> Variants:
    """Those of the working copy, each with all its fields."""
    told: Variants = document(working_copy(row))["variants"]
    return told


def _place(variants: Variants, key: str) -> int:
    """Where the variant stands. Raises Http404."""
    for place, variant in enumerate(variants):
        if variant["key"] == key:
            return place
    raise Http404("no such variant")


def _of_one(errors: dict[str, str], place: int) -> dict[str, str]:
    """Complaints about the variant by its own fields; others keep their names."""
    return {name.removeprefix(f"variants.{place}."): said for name, said in errors.items()}
