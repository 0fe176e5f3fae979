"""Accounts, sessions, and what the owner sees, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, update
from sqlmodel import col, select

from echoic.curation.review_app import accounts, sessions
from echoic.curation.review_app.accounts import Role, add_account, change_account, check_password
from echoic.curation.review_app.database import reading, writing
from echoic.curation.review_app.events import question_of
from echoic.curation.review_app.log import audit_log
from echoic.curation.review_app.progress import overview, progress
from echoic.curation.review_app.refusals import (
    Invalid,
    TooManyTries,
)
from echoic.curation.review_app.tables import SessionRow, TryRow, now
from review_site import QUESTIONS, Site, address, engine, postgres, site

PASSWORD = "a long password"


# Accounts and sessions


def test_names_and_passwords_are_checked(engine: Engine) -> None:
    with writing(engine) as session:
        add_account(session, "Reader-1", None, Role.ANNOTATOR)
        for name in ("", "reader-1", "../x", ".hidden", "a b", "a/b", "x" * 41, "a\n"):
            with pytest.raises(Invalid):
                add_account(session, name, PASSWORD, Role.ANNOTATOR)
        with pytest.raises(Invalid, match="characters"):
            add_account(session, "other", "short", Role.ANNOTATOR)
        with pytest.raises(Invalid, match="role"):
            add_account(session, "other", PASSWORD, "guest")
        assert [each.name for each in accounts.accounts(session)] == ["Reader-1"]


def test_log_in_needs_the_right_password_of_an_open_account(engine: Engine) -> None:
    with writing(engine) as session:
        owner = add_account(session, "Owner", PASSWORD, Role.OWNER)
        add_account(session, "nobody", None, Role.ANNOTATOR)
        assert check_password(session, "owner", PASSWORD, "here") == owner
        assert check_password(session, "owner", PASSWORD + "x", "here") is None
        assert check_password(session, "unknown", PASSWORD, "here") is None
        assert check_password(session, "nobody", "!", "here") is None
        with pytest.raises(Invalid, match="only owner"):
            change_account(session, owner, owner, active=False)
        second = add_account(session, "second", PASSWORD, Role.OWNER, owner)
        token = sessions.open_session(session, second)
        change_account(session, second, owner, active=False)
        assert sessions.find_session(session, token) is None
        assert check_password(session, "second", PASSWORD, "here") is None
        hashed = session.exec(select(accounts.AccountRow.password_hash)).all()
        assert not [each for each in hashed if PASSWORD in each]


def test_failed_log_ins_are_limited_by_account_and_by_address(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "TRIES_ADDRESS", 7)
    with writing(engine) as session:
        owner = add_account(session, "owner", PASSWORD, Role.OWNER)
        for _ in range(accounts.TRIES_PAIR):
            assert check_password(session, "owner", "wrong", "here") is None
        with pytest.raises(TooManyTries) as told:
            check_password(session, "owner", PASSWORD, "here")
        assert 0 < told.value.wait_s <= accounts.WINDOW.total_seconds()
        assert check_password(session, "owner", PASSWORD, "elsewhere") == owner
        for name in ("other", "another"):
            assert check_password(session, name, "wrong", "here") is None
        with pytest.raises(TooManyTries):
            check_password(session, "third", "wrong", "here")
        past = now() - accounts.WINDOW - timedelta(seconds=1)
        session.execute(update(TryRow).values(at=past))
        session.commit()
        assert check_password(session, "owner", PASSWORD, "here") == owner


def test_a_wait_ends_for_those_who_do_not_stop_trying(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tries that are refused do not count: only those of which the password was looked at."""
    start = now()
    with writing(engine) as session:
        owner = add_account(session, "owner", PASSWORD, Role.OWNER)
        for _ in range(accounts.TRIES_PAIR):
            assert check_password(session, "owner", "wrong", "here") is None
        for minutes in range(1, 15):
            moment = start + timedelta(minutes=minutes)
            monkeypatch.setattr(accounts, "now", lambda moment=moment: moment)
            with pytest.raises(TooManyTries):
                check_password(session, "owner", PASSWORD, "here")
        assert len(session.exec(select(TryRow)).all()) == accounts.TRIES_PAIR
        after = start + accounts.WINDOW + timedelta(seconds=30)
        monkeypatch.setattr(accounts, "now", lambda: after)
        assert check_password(session, "owner", PASSWORD, "here") == owner


@pytest.mark.parametrize(("wait_s", "told"), [(1, "1 minute"), (60, "1 minute"), (61, "2 minutes")])
def test_the_wait_is_told_in_whole_minutes(wait_s: int, told: str) -> None:
    assert str(TooManyTries(wait_s)).endswith(f"try again in {told}")


def test_a_session_is_found_by_its_token_until_it_ends(engine: Engine) -> None:
    with writing(engine) as session:
        owner = add_account(session, "owner", None, Role.OWNER)
        one, two = (sessions.open_session(session, owner) for _ in range(2))
        assert one != two
        stored = session.exec(select(SessionRow)).all()
        assert not {one, two} & {row.token_hash for row in stored}
        found, csrf = sessions.find_session(session, one) or (None, "")
        assert found == owner
        assert csrf == sessions.csrf_of(one) != sessions.csrf_of(two)
        assert sessions.find_session(session, "guessed") is None
        sessions.close_session(session, one)
        sessions.close_session(session, "guessed")
        assert sessions.find_session(session, one) is None
        session.execute(
            update(SessionRow)
            .where(col(SessionRow.account_id) == owner.id)
            .values(expires=now() - timedelta(seconds=1))
        )
        session.commit()
        assert sessions.find_session(session, two) is None


# What the owner sees


def test_progress_counts_what_stands_and_knows_the_pace(site: Site) -> None:
    with reading(site.engine) as session:
        none = progress(session, site.people["reader-1"])
    assert (none.done, none.per_hour) == (0, None)
    for question in QUESTIONS[:3]:
        site.say("reader-1", question)
    with reading(site.engine) as session:
        some = progress(session, site.people["reader-1"])
        seen = overview(session)
    assert (some.done, some.left) == (3, none.total - 3)
    assert some.per_hour is not None
    assert some.per_hour > 0
    assert (seen.items, seen.open, seen.agreed, seen.edited) == (len(QUESTIONS), 24, 0, 0)
    assert [reader.name for reader in seen.readers] == ["reader-1", "reader-2", "reader-3"]
    assert [reader.found for reader in seen.readers] == [None] * 3


def test_the_owner_sees_who_notices_planted_faults(site: Site) -> None:
    with reading(site.engine) as session:
        plants = [question_of(session, item) for item in site.plants()]
    for question in plants:
        site.say("reader-1", question, distractors=False)
        site.say("reader-2", question)
    with reading(site.engine) as session:
        found = {reader.name: reader.found for reader in overview(session).readers}
    assert found == {"reader-1": 1.0, "reader-2": 0.0, "reader-3": None}


def test_the_log_is_read_in_pages_newest_first(site: Site) -> None:
    site.say("reader-1", QUESTIONS[0], comment="fine")
    with reading(site.engine) as session:
        rows = audit_log(session, limit=2)
        older = audit_log(session, before=rows[-1].id)
    assert [row.kind for row in rows] == ["judged", "answered"]
    assert rows[0].item == QUESTIONS[0].id
    assert "comment: fine" in rows[0].detail
    assert "correct: yes" in rows[0].detail
    assert older[-1].kind == "imported"
