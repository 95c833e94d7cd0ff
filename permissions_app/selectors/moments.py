"""Finding value moments by what people remember of them."""

from django.db.models import Q


def holding(text: str) -> Q:
    """Moments that have a piece of text in their name, event or key."""
    return Q(name__icontains=text) | Q(event_name__icontains=text) | Q(key__icontains=text)
