"""A revision is a picture: nobody changes what it shows, by whatever way."""

from django.db import migrations

GUARD = """
CREATE FUNCTION campaigns_revision_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.campaign_id, NEW.number, NEW.name, NEW.content, NEW.author_label, NEW.writers, NEW.created_at)
       IS DISTINCT FROM
       (OLD.campaign_id, OLD.number, OLD.name, OLD.content, OLD.author_label, OLD.writers, OLD.created_at)
    THEN
        RAISE EXCEPTION 'revision % of campaign % never changes', OLD.number, OLD.campaign_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER campaigns_revision_stays BEFORE UPDATE ON campaigns_revision
    FOR EACH ROW EXECUTE FUNCTION campaigns_revision_stays();
"""
UNGUARD = """
DROP TRIGGER campaigns_revision_stays ON campaigns_revision;
DROP FUNCTION campaigns_revision_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0002_partitioned_decisions")]

    operations = [migrations.RunSQL(GUARD, UNGUARD)]
