"""People and workspaces."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from permissions_app.domain.edits import Invalid
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


@transaction.atomic
def invite(*, workspace: Workspace, email: str, name: str, role: str, actor: User | None) -> User:
    """Give somebody a role by their address; an account without a password is made where there is none.

    Raises Invalid, with a sentence for each field.
    """
    address, called = email.strip().lower(), name.strip()
    problems: dict[str, str] = {}
    try:
        validate_email(address)
    except ValidationError:
        problems["email"] = "Write an address like rita@example.com."
    if len(called) > 80 or not called.isprintable():
        problems["name"] = "A name has at most 80 characters."
    if role not in Role.values:
        problems["role"] = "Choose what they may do."
    if problems:
        raise Invalid(problems)
    user = User.objects.filter(email__iexact=address).first()
    if user is None:
        user = User.objects.create_user(address, None, first_name=called)
    if workspace.memberships.filter(user=user).exists():
        raise Invalid({"email": f"{user} is a member already. Change the role in the list."})
    if not user.is_active:
        raise Invalid(
            {"email": "This account was closed. Somebody who runs the server can open it."}
        )
    add_member(workspace=workspace, user=user, role=Role(role), actor=actor)
    return user


@transaction.atomic
def change_member(
    *, workspace: Workspace, membership_id: int, role: Role | None, actor: User | None
) -> None:
    """Give a member another role; None removes them. What they approved stops counting with it.

    Raises Invalid for the last owner, Membership.DoesNotExist.
    """
    members = list(workspace.memberships.select_for_update().select_related("user").order_by("pk"))
    found = next((one for one in members if one.pk == membership_id), None)
    if found is None:
        raise Membership.DoesNotExist
    owners = [one for one in members if one.role == Role.OWNER]
    if owners == [found] and role != Role.OWNER:
        raise Invalid({"role": "A workspace needs an owner. Make somebody else one first."})
    if role is None:
        found.delete()
    elif found.role != role:
        Membership.objects.filter(pk=found.pk).update(role=role)
    else:
        return
    audit.record(
        workspace=workspace,
        actor=actor,
        action="member.removed" if role is None else "member.changed",
        subject=found.user.email,
        changes={"role": [found.role, None if role is None else role.value]},
    )


@transaction.atomic
def set_self_approval(*, workspace: Workspace, allowed: bool, actor: User | None) -> None:
    """Decide whether people may approve and publish their own words."""
    changed = Workspace.objects.filter(pk=workspace.pk, self_approval=not allowed)
    if changed.update(self_approval=allowed):
        audit.record(
            workspace=workspace,
            actor=actor,
            action="workspace.self_approval",
            subject=workspace.name,
            changes={"allowed": [not allowed, allowed]},
        )
