"""Fields of soft asks and redirect rules: what the description of the API says of each.

The limits are those of `campaigns.domain.drafts`, which checks them: a body that breaks one is refused in the words of
the pages, whatever the framework would say.
"""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

from campaigns.domain.drafts import ILLUSTRATIONS, LENGTHS, MOST_LISTED, MOST_LOCALES

LOCALE_PATTERN = "^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$"
VERSION_PATTERN = r"^([0-9]{1,6}(\.[0-9]{1,6}){0,3})?$"
MINUTE_PATTERN = "^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2})?$"
KEY_PATTERN = "^[a-zA-Z0-9_-]+$"
ILLUSTRATION_PATTERN = f"^({'|'.join(ILLUSTRATIONS)}|image:[0-9a-f]{{64}})?$"


def told_as(field: type[serializers.Field[Any, Any, Any, Any]], **schema: Any) -> Any:
    """The field, with limits that the description names and the rules of the domain check.

    Checked here as well they would be refused in other words than on the pages.
    """
    return extend_schema_field(schema)(type(field.__name__, (field,), {}))


class Whole(serializers.Serializer[Any]):
    """An answer made from what one sends: every field is there, also those that one may leave out."""

    def get_fields(self) -> dict[str, Any]:
        """The fields, none of which may be missing."""
        fields: dict[str, Any] = super().get_fields()
        for field in fields.values():
            field.required, field.default = True, empty
        return fields


class MayBeEmpty(serializers.CharField):
    """A text whose pattern says whether it may be empty; the description would tell `allow_blank` beside it again."""

    def run_validation(self, data: Any = empty) -> Any:
        """The text; what is only spaces is empty."""
        if isinstance(data, str) and not data.strip():
            return ""
        return super().run_validation(data)


def words(one: dict[str, Any], *, most: int, about: str) -> Any:
    """A list of short words; `one`: the schema of each."""
    listed = told_as(
        serializers.ListField, type="array", items={"type": "string", **one}, maxItems=most
    )
    return listed(
        child=serializers.CharField(max_length=60),
        default=list,
        help_text=about,
        max_length=MOST_LISTED + 1,  # one more than fits, so that the domain says so
    )


def text(name: str) -> Any:
    """A text of a variant, which may still be empty."""
    kind = told_as(serializers.CharField, type="string", maxLength=LENGTHS[name])
    return kind(default="", allow_blank=True, max_length=2000, trim_whitespace=False)


def choice(known: Sequence[str], *, default: str) -> Any:
    """One of the known words."""
    kind = told_as(serializers.CharField, type="string", enum=list(known))
    return kind(default=default, allow_blank="" in known, max_length=100)


def whole(lowest: int, highest: int, *, default: int, about: str = "") -> Any:
    """A whole number in bounds."""
    kind = told_as(serializers.IntegerField, type="integer", minimum=lowest, maximum=highest)
    return kind(default=default, help_text=about or None)


def number(lowest: float, highest: float, *, default: float, about: str) -> Any:
    """A number in bounds."""
    kind = told_as(serializers.FloatField, type="number", minimum=lowest, maximum=highest)
    return kind(default=default, help_text=about)


def short(pattern: str, *, about: str, default: str = "", most: int = 60) -> Any:
    """A short text of a form."""
    kind = told_as(MayBeEmpty, type="string", pattern=pattern, maxLength=most)
    return kind(default=default, max_length=most, help_text=about)


def key() -> Any:
    """The key of an arm."""
    kind = told_as(
        serializers.CharField, type="string", minLength=1, maxLength=20, pattern=KEY_PATTERN
    )
    return kind(
        max_length=100, help_text="Its name in decisions and results, such as `a`. Not `holdout`."
    )


def translations(fields: Sequence[str]) -> Any:
    """locale -> field -> text."""
    texts = {name: {"type": "string", "maxLength": LENGTHS[name]} for name in fields}
    kind = told_as(
        serializers.DictField,
        type="object",
        maxProperties=MOST_LOCALES,
        propertyNames={"pattern": LOCALE_PATTERN},
        additionalProperties={
            "type": "object",
            "properties": texts,
            "additionalProperties": False,
        },
    )
    inside = serializers.CharField(max_length=2000, allow_blank=True, trim_whitespace=False)
    return kind(
        child=serializers.DictField(child=inside),
        default=dict,
        help_text="Language, then field, then text. What is missing is shown in the default language.",
    )
