"""Every campaign gets the short name by which set-up files know it."""

from typing import Any

from django.db import migrations, models

from campaigns.domain.slugs import free_slug


def name_all(apps: Any, schema_editor: Any) -> None:
    """Slugs from the names, in the order in which the campaigns were made."""
    campaigns = apps.get_model("campaigns", "Campaign")
    taken: dict[tuple[int, str], set[str]] = {}
    for campaign in campaigns.objects.order_by("pk"):
        here = taken.setdefault((campaign.app_id, campaign.kind), set())
        campaign.slug = free_slug(name=campaign.name, kind=campaign.kind, taken=here)
        here.add(campaign.slug)
        campaign.save(update_fields=["slug"])


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0003_revisions_stay")]

    operations = [
        migrations.AddField(
            model_name="campaign",
            name="slug",
            field=models.SlugField(default="", max_length=60),
            preserve_default=False,
        ),
        migrations.RunPython(name_all, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.UniqueConstraint(
                fields=("app", "kind", "slug"), name="campaign_slug_once"
            ),
        ),
    ]
