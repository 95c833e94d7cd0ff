"""Who is told what over a webhook, what is on its way, and what became of it."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from permissions_app.models import App, User


class WebhookEndpoint(models.Model):
    """An address that an app's events are sent to (campaigns.domain.webhook_events).

    `secret` is sealed (permissions_app.services.sealing). After a rotation the old one signs as well until
    `old_until`. `failing_since`: when the first try failed after the last one that worked.
    """

    class Reason(models.TextChoices):
        """Why it is disabled."""

        PERSON = "person", "Disabled by hand"
        GONE = "gone", "It answered 410: it is gone"
        FAILING = "failing", "Every try failed for five days"
        OVERRUN = "overrun", "Too many messages were waiting for it"

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="webhooks")
    name = models.CharField(max_length=80)
    url = models.CharField(max_length=500)
    events = ArrayField(models.CharField(max_length=40))
    secret = models.CharField(max_length=500)
    old_secret = models.CharField(max_length=500, blank=True)
    old_until = models.DateTimeField(null=True, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_reason = models.CharField(max_length=10, choices=Reason.choices, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_label = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(disabled_at__isnull=True, disabled_reason="")
                | (models.Q(disabled_at__isnull=False) & ~models.Q(disabled_reason="")),
                name="webhook_disabled_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class WebhookMessage(models.Model):
    """One thing that happened, as it is told. `public_id` is the `webhook-id`, the same over all tries; `fact` names
    what happened, so that nothing is told twice; `body` is sent as it stands here.
    """

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="+", db_index=False)
    public_id = models.CharField(max_length=40, unique=True)
    type = models.CharField(max_length=40)
    fact = models.CharField(max_length=300)
    body = models.TextField()
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["app", "fact"], name="webhook_told_once"),
        ]

    def __str__(self) -> str:
        return self.public_id


class WebhookDelivery(models.Model):
    """A message on its way to one endpoint. It waits until `due_at`; None: it is done with. What the last try came to
    stands here too, so that a list needs no attempts.
    """

    class State(models.TextChoices):
        """What became of it."""

        WAITING = "waiting", "Waiting"
        DELIVERED = "delivered", "Delivered"
        GIVEN_UP = "given_up", "Given up"

    message = models.ForeignKey(WebhookMessage, on_delete=models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(
        WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    type = models.CharField(max_length=40)
    """That of the message, for the log's filter."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    """Since it was queued, or replayed for the last time."""
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    error = models.CharField(max_length=200, blank=True)
    milliseconds = models.PositiveIntegerField(null=True, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["message", "endpoint"], name="webhook_delivery_once"),
            models.CheckConstraint(
                condition=models.Q(state="waiting", due_at__isnull=False)
                | (~models.Q(state="waiting") & models.Q(due_at__isnull=True)),
                name="webhook_due_while_waiting",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["endpoint", "due_at"],
                condition=models.Q(due_at__isnull=False),
                name="webhook_due",
            ),
            models.Index(fields=["endpoint", "-id"], name="webhook_log"),
            models.Index(fields=["endpoint", "type", "-id"], name="webhook_log_by_type"),
            models.Index(fields=["endpoint", "state", "-id"], name="webhook_log_by_state"),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk}"


class WebhookAttempt(models.Model):
    """One try: `status` of the answer (None: there was none), why it failed ('': it did not), and how long it took."""

    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    error = models.CharField(max_length=200, blank=True)
    milliseconds = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"attempt {self.pk}"


class GrantedVerdict(models.Model):
    """A verdict that the always-valid sequence granted to a published revision, when it was first seen.

    `question`: "variants" (which words) or "holdout" (does it help at all). `winner`: '' where there is none.
    """

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="+", db_index=False)
    campaign = models.ForeignKey("Campaign", on_delete=models.CASCADE, related_name="+")
    revision = models.PositiveIntegerField()
    question = models.CharField(max_length=10)
    kind = models.CharField(max_length=20)
    winner = models.CharField(max_length=100, blank=True)
    granted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["app", "campaign", "revision", "question", "kind", "winner"],
                name="verdict_granted_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.campaign_id}.{self.revision}"
