"""What the views of soft asks and those of redirect rules share: they differ in their words, not in what one does."""

from typing import Any, ClassVar, NamedTuple

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_view
from rest_framework import serializers
from rest_framework.response import Response

from campaigns.api.manage import shapes, stored
from campaigns.domain.drafts import Kind
from campaigns.models import Campaign
from permissions_app.api.manage.access import ManageView, etag
from permissions_app.models import App

Shape = type[serializers.Serializer[Any]]


class Resource(NamedTuple):
    """What differs between the two. `one`, `many`: how operations call them."""

    kind: Kind
    tag: str
    one: str
    many: str
    shape: Shape
    answer: Shape
    variant: Shape
    document: Shape
    """What a revision shows."""
    variant_answer: Shape


SOFT_ASKS = Resource(
    "soft_ask",
    "Soft asks",
    "soft_ask",
    "soft_asks",
    shapes.SoftAskShape,
    stored.SoftAskAnswer,
    shapes.WordsShape,
    stored.SoftAskDocumentAnswer,
    stored.WordsAnswer,
)
REDIRECTS = Resource(
    "redirect",
    "Redirect rules",
    "redirect_rule",
    "redirect_rules",
    shapes.RedirectShape,
    stored.RedirectAnswer,
    shapes.LineShape,
    stored.RedirectDocumentAnswer,
    stored.LineAnswer,
)


class CampaignView(ManageView):
    """A view of one of the two resources."""

    resource: ClassVar[Resource]

    @classmethod
    def operations(cls, resource: Resource) -> dict[str, Any]:
        """Method -> how the description of the API tells it, in the words of one resource."""
        raise NotImplementedError

    def rows(self, app: App) -> QuerySet[Campaign]:
        """The campaigns of this kind."""
        rows = Campaign.objects.filter(app=app, kind=self.resource.kind)
        return rows.select_related("published", "submitted")

    def found(self, pk: int) -> Campaign:
        """The one loader: a campaign of the key's app. Raises Campaign.DoesNotExist."""
        rows = self.rows(self.app).select_related("moment", "app__workspace")
        return rows.get(pk=pk)

    def told(self, app: App, pk: int, *, status: int = 200) -> Response:
        """The object as stored, with its ETag."""
        row = self.rows(app).get(pk=pk)
        return Response(stored.as_json(row), status=status, headers=etag(row.version))


def described(kind: type[CampaignView], resource: Resource) -> type[CampaignView]:
    """The view of one resource, with its own names in the description of the API."""
    view = type(kind.__name__, (kind,), {"resource": resource, "tag": resource.tag})
    annotated: type[CampaignView] = extend_schema_view(**kind.operations(resource))(view)
    return annotated
