"""What all tables share."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, MetaData, Table
from sqlalchemy.orm import DeclarativeBase

from moderation.foundation.columns import Moment


class Record(DeclarativeBase):
    """A row that the service keeps."""

    # Constraints need names, so that a migration can speak of them on both databases.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: Moment, dict[str, Any]: JSON}

    @classmethod
    def backed_up(cls) -> dict[str, Table]:
        """Return the tables that a backup holds, by name: all but those marked ``info={"derived": True}``.

        What is derived from other rows, such as an index for searching, must come back by itself.
        """
        return {name: table for name, table in cls.metadata.tables.items() if not table.info.get("derived")}
