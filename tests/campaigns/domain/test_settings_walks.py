"""The ways from a redirect to the switch."""

from __future__ import annotations

from campaigns.domain.settings_walks import first_walk, walks


def test_walks__no_platform_chosen__all_three() -> None:
    assert [one.platform for one in walks(())] == ["ios", "android", "web"]
    assert [one.platform for one in walks(("web",))] == ["web"]


def test_walks__ios__three_different_links() -> None:
    (ios,) = walks(("ios",))
    links = [walk.code for walk in ios.walks if walk.path.kind == "link"]
    assert links == [
        ("openNotificationSettingsURLString", "app-settings:notifications"),
        ("UIApplicationOpenNotificationSettingsURLString", "app-settings:notifications"),
        ("openSettingsURLString", "app-settings:"),
    ]


def test_walks__android__intent_for_new_and_old() -> None:
    (android,) = walks(("android",))
    assert [walk.code[0] for walk in android.walks] == [
        "android.settings.APP_NOTIFICATION_SETTINGS",
        "android.settings.APPLICATION_DETAILS_SETTINGS",
    ]


def test_walks__browsers__steps_without_any_link() -> None:
    (web,) = walks(("web",))
    assert all(walk.path.kind == "instructions" for walk in web.walks)
    assert all(walk.code == () and walk.path.steps for walk in web.walks)
    assert len({walk.key for walk in web.walks}) == len(web.walks)


def test_walks__ios__never_asked_and_app_clip_are_dead_ends() -> None:
    (ios,) = walks(("ios",))
    who = [who for who, _ in ios.dead_ends]
    assert who == ["Never asked on iOS", "Provisional on iOS", "App Clip", "iOS browser tab"]


def test_first_walk__platform__what_most_people_see() -> None:
    assert first_walk("ios").label == "iOS 16 and newer"
    assert first_walk("web").label == "Chrome on a computer"
