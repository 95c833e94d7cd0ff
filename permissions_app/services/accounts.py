"""People and workspaces."""

from django.db import transaction

from permissions_app.models import Membership, Role, User, Workspace
from permissions_app.services import audit


@transaction.atomic
def create_workspace(*, name: str, slug: str, owner: User) -> Workspace:
    """A workspace with its first owner; raises IntegrityError when the slug is taken."""
    workspace = Workspace.objects.create(name=name, slug=slug)
    Membership.objects.create(workspace=workspace, user=owner, role=Role.OWNER)
    audit.record(workspace=workspace, actor=owner, action="workspace.created", subject=name)
    return workspace


@transaction.atomic
def add_member(*, workspace: Workspace, user: User, role: Role, actor: User | None) -> Membership:
    """Give a person a role; raises IntegrityError when they already have one."""
    membership = Membership.objects.create(workspace=workspace, user=user, role=role)
    audit.record(
        workspace=workspace,
        actor=actor,
        action="member.added",
        subject=user.email,
        changes={"role": role.value},
    )
    return membership
