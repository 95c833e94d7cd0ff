"""The key with which an app's rule bundles are signed."""

from django.db import models

from permissions_app.models.apps import App


class SigningKey(models.Model):
    """An Ed25519 key pair. `key_id`: the name that a bundle gives it. `public`: 32 bytes, for everybody. `sealed`: the
    private half, sealed; it never leaves the server.
    """

    app = models.OneToOneField(
        App, on_delete=models.CASCADE, primary_key=True, related_name="signing_key"
    )
    key_id = models.CharField(max_length=16)
    public = models.BinaryField(max_length=32)
    sealed = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.key_id
