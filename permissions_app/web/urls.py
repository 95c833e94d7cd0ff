"""Addresses of the pages that show what is true."""

from django.urls import path

from permissions_app.web import apps, overview

APP = "w/<slug:workspace>/<slug:app>/"

urlpatterns = [
    path("", apps.home, name="home"),
    path("apps/", apps.app_list, name="apps"),
    path(APP, overview.overview_page, name="overview"),
    path(f"{APP}overview.csv", overview.overview_csv, name="overview_csv"),
]
