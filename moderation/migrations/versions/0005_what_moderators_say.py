"""Notes and saved replies; reasons that are told, and texts that a moderator edited."""

import sqlalchemy as sa
from alembic import op

from moderation.foundation.columns import Moment, identifier

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "note",
        sa.Column("id", identifier(), nullable=False),
        sa.Column("site_id", identifier(), nullable=False),
        sa.Column("person_id", identifier(), nullable=False),
        sa.Column("comment_id", identifier(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("moderator_id", identifier(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["comment.id"], name=op.f("fk_note_comment_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["moderator_id"], ["moderator.id"], name=op.f("fk_note_moderator_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_note_person_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_note_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    op.create_index("ix_note_person_id_created_at", "note", ["person_id", "created_at"])
    op.create_index("ix_note_comment_id", "note", ["comment_id"])
    op.create_table(
        "saved_reply",
        sa.Column("id", identifier(), nullable=False),
        sa.Column("site_id", identifier(), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_saved_reply_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_reply")),
    )
    op.create_index("ix_saved_reply_site_id_title", "saved_reply", ["site_id", "title"])
    op.add_column("decision", sa.Column("told", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("version", sa.Column("moderator_id", identifier(), nullable=True))
    op.add_column("person", sa.Column("quiet_at", Moment(), nullable=True))


def downgrade() -> None:
    """Go back to the former revision."""
    op.drop_column("person", "quiet_at")
    op.drop_column("version", "moderator_id")
    op.drop_column("decision", "told")
    op.drop_table("saved_reply")
    op.drop_table("note")
