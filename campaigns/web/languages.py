"""Languages as people call them."""

from django.conf.locale import LANG_INFO


def language_name(locale: str) -> str:
    """`de-AT` -> German (AT)."""
    known = LANG_INFO.get(locale.lower())
    if known and "name" in known:
        return str(known["name"])
    language, _, rest = locale.partition("-")
    base = LANG_INFO.get(language.lower(), {})
    name = str(base.get("name", language))
    return f"{name} ({rest})" if rest else name


def is_rtl(locale: str) -> bool:
    """Whether it is written from right to left."""
    return bool(LANG_INFO.get(locale.partition("-")[0].lower(), {}).get("bidi"))
