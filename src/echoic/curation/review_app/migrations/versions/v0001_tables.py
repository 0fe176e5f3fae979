"""Accounts, sessions, items, versions and events; events and versions can only be added."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("event", "version")
UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make all tables and the triggers that keep events."""
    op.create_table(
        "account",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("folded", sa.String, nullable=False, unique=True),
        sa.Column("password_hash", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("created", UTC, nullable=False),
    )
    op.create_table(
        "login_session",
        sa.Column("token_hash", sa.String, primary_key=True),
        sa.Column("account_id", sa.Integer, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("created", UTC, nullable=False),
        sa.Column("expires", UTC, nullable=False),
    )
    op.create_table(
        "login_try",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("folded", sa.String, nullable=False),
        sa.Column("address", sa.String, nullable=False),
        sa.Column("at", UTC, nullable=False),
    )
    op.create_table(
        "item",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("question_id", sa.String, nullable=False, unique=True),
        sa.Column("batch", sa.String, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("fault", sa.String, nullable=False),
        sa.Column("seed", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "version",
        sa.Column("item_id", sa.String, sa.ForeignKey("item.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("record", sa.JSON, nullable=False),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", UTC, nullable=False),
        sa.Column("account_id", sa.Integer, sa.ForeignKey("account.id")),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("item_id", sa.String, sa.ForeignKey("item.id")),
        sa.Column("version", sa.Integer),
        sa.Column("voids", sa.Integer, sa.ForeignKey("event.id")),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.UniqueConstraint("voids", name="uq_event_voids"),
    )
    op.create_index("ix_login_session_account_id", "login_session", ["account_id"])
    op.create_index("ix_login_session_expires", "login_session", ["expires"])
    op.create_index("ix_login_try_folded", "login_try", ["folded"])
    op.create_index("ix_login_try_address", "login_try", ["address"])
    op.create_index("ix_login_try_at", "login_try", ["at"])
    op.create_index("ix_item_batch", "item", ["batch"])
    op.create_index("ix_event_account_kind", "event", ["account_id", "kind"])
    op.create_index("ix_event_item", "event", ["item_id", "version"])
    _keep()


def _keep() -> None:
    """Refuse to change or delete what is append-only, whoever asks."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION echoic_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ "
            "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        )
        for table in APPEND_ONLY:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
                f"ON {table} FOR EACH STATEMENT EXECUTE FUNCTION echoic_append_only()"
            )
        return
    for table in APPEND_ONLY:
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def downgrade() -> None:
    """Drop all tables."""
    for table in ("event", "version", "item", "login_try", "login_session", "account"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION echoic_append_only()")
