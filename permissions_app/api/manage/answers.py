"""Shapes of answers, made from the dataclasses that selectors give: what is told and what is promised are one thing."""

import dataclasses
import types
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from rest_framework import serializers

_PLAIN: dict[Any, type[serializers.Field[Any, Any, Any, Any]]] = {
    str: serializers.CharField,
    int: serializers.IntegerField,
    float: serializers.FloatField,
    bool: serializers.BooleanField,
    date: serializers.DateField,
    datetime: serializers.DateTimeField,
}


@cache
def answer_of(told: type, name: str = "") -> type[serializers.Serializer[Any]]:
    """The shape of a dataclass or struct as `msgspec.to_builtins` writes it, with its docstring.

    `name`: where two would clash. Raises TypeError for a type that JSON has no word for.
    """
    hints = get_type_hints(told)
    names = (
        [field.name for field in dataclasses.fields(told)]
        if dataclasses.is_dataclass(told)
        else [field.name for field in msgspec.structs.fields(told)]
    )
    shape: dict[str, Any] = {name: _field(hints[name]) for name in names}
    shape["__doc__"] = told.__doc__
    return type(f"{name or told.__name__}Answer", (serializers.Serializer,), shape)


def _field(hint: Any, **options: Any) -> Any:
    origin, inside = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        parts = [part for part in inside if part is not types.NoneType]
        if len(parts) < len(inside):
            options["allow_null"] = True
        if len(parts) > 1:
            return serializers.JSONField(**options)
        return _field(parts[0], **options)
    if origin is Literal:
        return serializers.ChoiceField(choices=list(inside), **options)
    if origin is not None and issubclass(origin, Mapping):
        return serializers.DictField(child=_field(inside[1]), **options)
    if origin is not None and issubclass(origin, Sequence):
        return _list(inside, options)
    if _is_record(hint):
        return answer_of(hint)(**options)
    if hint is Any:
        return serializers.JSONField(**options)
    if hint not in _PLAIN:
        raise TypeError(f"no shape for {hint!r}")
    if hint is str:
        options["allow_blank"] = True
    return _PLAIN[hint](**options)


def _is_record(hint: Any) -> bool:
    if not isinstance(hint, type):
        return False
    return dataclasses.is_dataclass(hint) or issubclass(hint, msgspec.Struct)


def _list(inside: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Rows of one kind; a tuple of fixed parts is a row of a table, and its parts may differ."""
    same = len(inside) == 1 or inside[1:] == (Ellipsis,)
    if not same:
        return serializers.ListField(
            child=serializers.JSONField(), min_length=len(inside), max_length=len(inside), **options
        )
    if _is_record(inside[0]):
        return answer_of(inside[0])(many=True, **options)
    return serializers.ListField(child=_field(inside[0]), **options)
