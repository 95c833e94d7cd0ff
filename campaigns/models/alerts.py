"""What went wrong in an app, whom to tell, and what is on its way to them."""

from typing import ClassVar

from django.db import models

from permissions_app.models import App, User


class AlertSettings(models.Model):
    """The rules and channels of an app. Without a row all rules run with what is usual, and nobody is told."""

    app = models.OneToOneField(App, on_delete=models.CASCADE, related_name="alert_settings")
    rules = models.JSONField(default=dict)
    """What differs from the usual: kind -> {"on": bool, "threshold": number} (campaigns.domain.alert_rules)."""
    address = models.CharField(max_length=500, blank=True)
    """Where the page with the alerts is; the worker has no request to make it from."""
    recipients: "models.ManyToManyField[User, AlertSettings]" = models.ManyToManyField(
        User, blank=True, related_name="+"
    )
    checked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"alerts of {self.app_id}"


class Alert(models.Model):
    """Something that was wrong from `opened_at` on, was last seen at `last_seen_at`, and is over since `resolved_at`.

    `subject`: what it is about, such as a platform or a campaign's key; '' for the app. `evidence`: the numbers as they
    were when it was last seen; the sentence and the chart are made from them.
    """

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="alerts")
    kind = models.CharField(max_length=20)
    subject = models.CharField(max_length=100, blank=True)
    evidence = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["app", "kind", "subject"],
                condition=models.Q(resolved_at__isnull=True),
                name="alert_open_once",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["app", "-opened_at"], name="alert_latest")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class AlertMessage(models.Model):
    """An e-mail about an alert on its way to one person; `alert` None: a test. It waits until `due_at`, and stays for a
    while after it was sent or given up, so that people see what became of it.
    """

    class Event(models.TextChoices):
        """What is told."""

        OPENED = "opened", "Opened"
        RESOLVED = "resolved", "Over"
        TEST = "test", "Test"

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="+")
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, null=True, related_name="messages")
    event = models.CharField(max_length=10, choices=Event.choices)
    to = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    due_at = models.DateTimeField(null=True, db_index=True)
    """None: it is done with."""
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=200, blank=True)
    """Why the last try failed."""

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["alert", "event", "to"],
                condition=models.Q(alert__isnull=False),
                name="alert_told_once",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["app", "-created_at"], name="alert_message_latest")
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"
