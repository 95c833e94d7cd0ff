"""The cast, and one moment of its app."""

from __future__ import annotations

import pytest

from permissions_app.models import App, User, ValueMoment
from tests.campaigns.drafts import a_moment
from tests.factories import Cast, make_cast


@pytest.fixture
def cast(db: None) -> Cast:
    """Everybody."""
    return make_cast()


@pytest.fixture
def owner(cast: Cast) -> User:
    """Alice."""
    return cast.alice


@pytest.fixture
def app(cast: Cast) -> App:
    """The app "shop"."""
    return cast.app


@pytest.fixture
def moment(app: App) -> ValueMoment:
    """A moment of that app."""
    return a_moment(app)
