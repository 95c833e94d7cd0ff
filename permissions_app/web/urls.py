"""Addresses of the pages that show what is true."""

from django.urls import path

from permissions_app.web import apps, joining, overview, stopping, workspace

APP = "w/<slug:workspace>/<slug:app>/"

urlpatterns = [
    path("", apps.home, name="home"),
    path("apps/", apps.app_list, name="apps"),
    path("workspaces/<slug:workspace>/", workspace.workspace_settings, name="workspace_settings"),
    path("workspaces/<slug:workspace>/invite/", joining.invite_member, name="workspace_invite"),
    path(
        "workspaces/<slug:workspace>/members/<int:pk>/link/",
        joining.new_link,
        name="workspace_member_link",
    ),
    path(
        "workspaces/<slug:workspace>/members/<int:pk>/",
        workspace.workspace_member,
        name="workspace_member",
    ),
    path(APP, overview.overview_page, name="overview"),
    path(f"{APP}stop/", stopping.stop_switch, name="stop_switch"),
    path(f"{APP}overview.csv", overview.overview_csv, name="overview_csv"),
]
