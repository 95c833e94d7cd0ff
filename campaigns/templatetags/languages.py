"""Languages in templates: `{{ "de-AT"|language_name }}` is German (AT)."""

from django import template

from campaigns.web.languages import language_name

register = template.Library()
register.filter("language_name", language_name)
