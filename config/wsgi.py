"""The entry point of the web server."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.prod")

django = get_wsgi_application()  # the imports below need the settings it loads

from django.urls import get_resolver  # noqa: E402

from config import celery  # noqa: E402, F401  tasks that a page starts go to our broker
from config.fast_lane import with_fast_lane  # noqa: E402

# Every page and the chart library are imported now, not in the first person's request.
_ = get_resolver().url_patterns

application = with_fast_lane(django)

# What was imported lives as long as the process: the collector need not look at it again and again.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 50)
