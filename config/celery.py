"""Background work: the Celery application and the only schedule.

Tasks carry no payload. Each means "do what is due in PostgreSQL", so a lost, doubled or late message costs nothing
and every message may expire.
"""

from __future__ import annotations

import os
import warnings
from typing import Any

from celery import Celery
from celery.exceptions import SecurityWarning
from celery.schedules import crontab
from celery.signals import setup_logging

from config import env

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.prod")

# Celery warns about root because of pickled messages; here messages are JSON without a payload.
warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("oneask")
app.config_from_object("django.conf:settings", namespace="CELERY")


app.conf.update(
    accept_content=["json"],
    task_serializer="json",
    task_ignore_result=True,
    result_backend=None,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    worker_concurrency=2,
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=500,
    worker_send_task_events=False,
    worker_enable_remote_control=False,
    task_soft_time_limit=50,
    task_time_limit=60,
    timezone="UTC",
    enable_utc=True,
    broker_transport_options=env.broker_options(),
)


@setup_logging.connect  # type: ignore[untyped-decorator]
def keep_our_logs(**_: Any) -> None:
    """Stop Celery from replacing the log configuration of the settings."""


app.conf.beat_schedule = {
    "fold rollups": {
        "task": "permissions_app.tasks.fold_rollups",
        "schedule": 1.0,
        "options": {"expires": 2},
    },
    "forecasts": {
        "task": "campaigns.tasks.work_out_forecasts",
        "schedule": 1.0,
        "options": {"expires": 2},
    },
    "letters": {
        "task": "campaigns.tasks.send_letters",
        "schedule": 2.0,
        "options": {"expires": 4},
    },
    "alerts": {
        "task": "campaigns.tasks.check_alerts",
        "schedule": 30.0,
        "options": {"expires": 25},
    },
    "alert messages": {
        "task": "campaigns.tasks.send_alert_messages",
        "schedule": 3.0,
        "options": {"expires": 6},
    },
    "webhooks": {
        "task": "campaigns.tasks.send_webhooks",
        "schedule": 1.0,
        "options": {"expires": 2},
    },
    "old webhooks": {
        "task": "campaigns.tasks.tend_webhooks",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "weekly e-mails": {
        "task": "campaigns.tasks.send_digests",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "segments": {
        "task": "campaigns.tasks.look_at_segments",
        "schedule": 300.0,
        "options": {"expires": 240},
    },
    "audit rollups": {
        "task": "permissions_app.tasks.audit_rollups",
        "schedule": crontab(hour="3", minute="17"),
        "options": {"expires": 3600},
    },
    "trim samples": {
        "task": "permissions_app.tasks.trim_samples",
        "schedule": 600.0,
        "options": {"expires": 300},
    },
    "forget erasures": {
        "task": "permissions_app.tasks.forget_erasures",
        "schedule": crontab(hour="4", minute="41"),
        "options": {"expires": 3600},
    },
    "keep partitions": {
        "task": "permissions_app.tasks.keep_partitions",
        "schedule": 3600.0,
        "options": {"expires": 1800},
    },
}

app.autodiscover_tasks()
