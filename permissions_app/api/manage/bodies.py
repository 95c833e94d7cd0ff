"""What a program sends: a body or a query, held against its shape.

The description of the API promises types, so they are meant: `"5"` is no number and `1` is no text, where the
framework by itself would make one of the other.
"""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

Shape = serializers.Serializer[Any]

# The first that fits decides: a choice is a text, an e-mail address as well.
_TYPES: tuple[tuple[type[serializers.Field[Any, Any, Any, Any]], tuple[type, ...], str], ...] = (
    (serializers.BooleanField, (bool,), "This must be true or false."),
    (serializers.IntegerField, (int,), "This must be a whole number."),
    (serializers.FloatField, (int, float), "This must be a number."),
    (serializers.CharField, (str,), "This must be a text."),
    (serializers.DateTimeField, (str,), "This must be a text."),
    (serializers.DateField, (str,), "This must be a text."),
    (serializers.UUIDField, (str,), "This must be a text."),
)


def valid(shape: type[Shape], data: Any) -> dict[str, Any]:
    """A JSON body in this shape. Raises ValidationError, which is told as a 422 that names the fields."""
    serializer = shape(data=data)
    if isinstance(data, Mapping):
        wrong = _wrong_types(serializer, data)
        if wrong:
            raise serializers.ValidationError(wrong)
    serializer.is_valid(raise_exception=True)
    checked: dict[str, Any] = serializer.validated_data
    return checked


def asked(shape: type[Shape], request: Request) -> dict[str, Any]:
    """The query of an address in this shape; everything in it is text. Raises ValidationError."""
    serializer = shape(data=request.query_params.dict())  # as a form, "" would count as not sent
    serializer.is_valid(raise_exception=True)
    checked: dict[str, Any] = serializer.validated_data
    return checked


def body_of(request: Request) -> dict[str, Any]:
    """The body as an object. Raises ValidationError for any other JSON."""
    if not isinstance(request.data, dict):
        raise serializers.ValidationError("The body must be a JSON object.")
    return dict(request.data)


def _wrong_types(
    field: serializers.Field[Any, Any, Any, Any], value: Any
) -> dict[str, Any] | list[Any] | None:
    """What is not of its type, in the shape of the framework's own errors; None where all is."""
    if value is None:
        return None  # whether null is allowed is the field's own rule
    if isinstance(field, serializers.Serializer):
        return _wrong_in_object(field, value)
    if isinstance(field, serializers.ListField | serializers.ListSerializer):
        return _wrong_in_list(field.child, value)
    if isinstance(field, serializers.DictField):
        return _wrong_in_map(field.child, value)
    for kind, types, sentence in _TYPES:
        if isinstance(field, kind):
            return None if _is_one_of(value, types) else [sentence]
    return None


def _wrong_in_object(serializer: Shape, value: Any) -> dict[str, Any] | None:
    if not isinstance(value, Mapping):
        return None
    pairs = ((name, field) for name, field in serializer.fields.items() if name in value)
    found = ((name, _wrong_types(field, value[name])) for name, field in pairs)
    return {name: wrong for name, wrong in found if wrong} or None


def _wrong_in_list(child: Any, value: Any) -> list[Any] | None:
    if not isinstance(value, list):
        return None
    found = [_wrong_types(child, part) or {} for part in value]
    return found if any(found) else None


def _wrong_in_map(child: Any, value: Any) -> dict[str, Any] | None:
    if not isinstance(value, Mapping):
        return None
    found = ((str(name), _wrong_types(child, part)) for name, part in value.items())
    return {name: wrong for name, wrong in found if wrong} or None


def _is_one_of(value: Any, types: tuple[type, ...]) -> bool:
    if isinstance(value, bool):
        return bool in types
    if isinstance(value, float) and float not in types:
        return int in types and value.is_integer()
    return isinstance(value, types)
