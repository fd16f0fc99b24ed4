"""Jobs with their chunks and segments, what tenants keep, API keys, idempotency keys, webhooks and deliveries."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ID = sa.String(36)
WORD = sa.String(16)


def upgrade() -> None:
    """Make it."""
    _make_job()
    _make_chunk()
    _make_segment()
    _make_glossary()
    _make_memory()
    _make_api_key()
    _make_idempotency()
    _make_webhook()
    _make_delivery()


def _make_job() -> None:
    op.create_table(
        "job",
        sa.Column("id", ID, nullable=False),
        sa.Column("tenant", sa.String(100), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("service", WORD, nullable=False),
        sa.Column("source_language", sa.String(50)),
        sa.Column("target_language", sa.String(50), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("webhook", sa.String(64)),
        sa.Column("input_sha256", sa.String(64), nullable=False),
        sa.Column("input_size", sa.Integer(), nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("stage", WORD, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("problem_kind", sa.String(50)),
        sa.Column("problem_message", sa.LargeBinary()),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("started", sa.Double()),
        sa.Column("finished", sa.Double()),
        sa.Column("documents_until", sa.Double()),
        sa.Column("rows_until", sa.Double()),
        sa.Column("erased", sa.Boolean(), nullable=False),
        *_guarded(),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
    )
    op.create_index("ix_job_tenant_id", "job", ["tenant", "id"])
    op.create_index("ix_job_state_due", "job", ["state", "due"])
    op.create_index("ix_job_state_tenant", "job", ["state", "tenant"])
    op.create_index("ix_job_documents_until", "job", ["documents_until"])
    op.create_index("ix_job_rows_until", "job", ["rows_until"])


def _make_chunk() -> None:
    op.create_table(
        "chunk",
        sa.Column("job_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", WORD, nullable=False),
        *_guarded(),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_chunk_job_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "number", name="pk_chunk"),
    )
    op.create_index("ix_chunk_state_due", "chunk", ["state", "due"])


def _make_segment() -> None:
    op.create_table(
        "segment",
        sa.Column("job_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("source_hash", sa.String(64), nullable=False),
        sa.Column("chunk", sa.Integer()),
        sa.Column("outcome", WORD),
        sa.Column("text", sa.LargeBinary()),
        sa.Column("reason", sa.LargeBinary()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_segment_job_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "position", name="pk_segment"),
    )
    op.create_index("ix_segment_job_id_chunk_outcome", "segment", ["job_id", "chunk", "outcome"])


def _make_glossary() -> None:
    op.create_table(
        "glossary",
        sa.Column("tenant", sa.String(100), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("terms", sa.Integer(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "name", "version", name="pk_glossary"),
    )


def _make_memory() -> None:
    op.create_table(
        "memory",
        sa.Column("tenant", sa.String(100), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("key", sa.LargeBinary(16), nullable=False),
        sa.Column("unit_hash", sa.LargeBinary(16), nullable=False),
        sa.Column("source_language", sa.String(50), nullable=False),
        sa.Column("target_language", sa.String(50), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("origin", sa.LargeBinary(), nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.Column("made", sa.Double(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("used", sa.Double()),
        sa.PrimaryKeyConstraint("tenant", "name", "key", name="pk_memory"),
    )
    op.create_index("ix_memory_tenant_name_unit_hash", "memory", ["tenant", "name", "unit_hash"])
    op.create_index("ix_memory_tenant_name_imported_made", "memory", ["tenant", "name", "imported", "made"])


def _make_api_key() -> None:
    op.create_table(
        "api_key",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("tenant", sa.String(100), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("secret_sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("expires", sa.Double()),
        sa.Column("revoked", sa.Double()),
        sa.Column("used", sa.Double()),
        sa.PrimaryKeyConstraint("id", name="pk_api_key"),
    )
    op.create_index("ix_api_key_tenant", "api_key", ["tenant"])


def _make_idempotency() -> None:
    op.create_table(
        "idempotency",
        sa.Column("tenant", sa.String(100), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("body_hash", sa.String(64), nullable=False),
        sa.Column("job_id", ID, nullable=False),
        sa.Column("expires", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "key", name="pk_idempotency"),
    )
    op.create_index("ix_idempotency_expires", "idempotency", ["expires"])
    op.create_index("ix_idempotency_job_id", "idempotency", ["job_id"])


def _make_webhook() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", ID, nullable=False),
        sa.Column("tenant", sa.String(100), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("url", sa.LargeBinary(), nullable=False),
        sa.Column("secret", sa.String(100), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhook"),
        sa.UniqueConstraint("tenant", "name", name="uq_webhook_tenant_name"),
    )


def _make_delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", ID, nullable=False),
        sa.Column("job_id", ID, nullable=False),
        sa.Column("webhook_id", ID, nullable=False),
        sa.Column("tenant", sa.String(100), nullable=False),
        sa.Column("event", sa.String(50), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("problem", sa.LargeBinary()),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("finished", sa.Double()),
        *_claimable(),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_delivery_job_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhook.id"], name="fk_delivery_webhook_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
    )
    op.create_index("ix_delivery_finished_due", "delivery", ["finished", "due"])
    op.create_index("ix_delivery_job_id", "delivery", ["job_id"])
    op.create_index("ix_delivery_webhook_id", "delivery", ["webhook_id"])


def _claimable() -> tuple[sa.Column[object], ...]:
    return (sa.Column("owner", sa.String(100)), sa.Column("due", sa.Double(), nullable=False),
            sa.Column("fence", sa.Integer(), nullable=False))


def _guarded() -> tuple[sa.Column[object], ...]:
    return *_claimable(), sa.Column("suspicion", sa.Integer(), nullable=False)
