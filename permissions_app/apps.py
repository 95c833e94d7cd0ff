"""What is true: workspaces, devices, events and what follows from them."""

from __future__ import annotations

from django.apps import AppConfig


class PermissionsAppConfig(AppConfig):
    """Registers the models of this app with Django."""

    name = "permissions_app"
    label = "permissions_app"
    verbose_name = "Permissions"
    default_auto_field = "django.db.models.BigAutoField"
