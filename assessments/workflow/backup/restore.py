"""A backup put into an empty database, whichever of the two kinds it came from.

One transaction removes what a fresh migration put there, builds the tables as they were when the backup was
made, fills them, reads them back, and only then keeps all of it. The migrations that this release has more
than the backup follow, as they do at any upgrade.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.apps.registry import Apps
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Model
from django.utils.translation import gettext as _

from .archive import Archive, Manifest, Refused
from .rows import BadValue, all_models, go_on_from, kept_models, lines_of, models_at, names_of, write_rows

INSTRUMENT = frozenset(
    {"instrumentversion", "ruleset", "rulesettext", "dimension", "dimensiontext", "item", "itemtext"}
)
MADE_BY_A_RELEASE = frozenset({"auth.permission", "auth.group", "auth.group_permissions"}) | {
    f"assessments.{name}" for name in INSTRUMENT - {"instrumentversion"}
}
"""Tables that ``migrate`` and ``load_instrument`` fill, beside those asked about below."""


def restore(path: Path) -> Manifest:
    """Put a backup into the empty database of the settings, and migrate it to this release.

    Returns what the backup says of itself. Raises :class:`Refused`, with nothing changed, when the file is no
    backup, is damaged or newer, or when the database holds anything of people; and OSError when the file
    cannot be read.
    """
    with path.open("rb") as file:
        archive = Archive(file, str(path))
        loader = MigrationLoader(None)
        if unknown := [node for node in archive.manifest.migrations if node not in loader.disk_migrations]:
            raise archive.newer(_("it has %(migrations)s") % {"migrations": _named(unknown)})
        archive.verify()
        _must_fit(archive, loader)
        with connection.constraint_checks_disabled(), _refusing(archive), transaction.atomic(durable=True):
            _clear()
            _fill(archive, _build(archive))
    ContentType.objects.clear_cache()
    call_command("migrate", interactive=False, verbosity=0)
    return archive.manifest


def _named(migrations: list[tuple[str, str]]) -> str:
    return ", ".join(".".join(node) for node in sorted(migrations))


def _must_fit(archive: Archive, loader: MigrationLoader) -> None:
    """Refuse a manifest whose tables and columns are not those that its migrations make."""
    migrations = set(archive.manifest.migrations)
    if not all(migrations.issuperset(loader.graph.forwards_plan(node)) for node in migrations):
        raise archive.damaged(_("it leaves out migrations that others of its migrations need"))
    apps = models_at(loader, migrations)
    said = {table.name: table.columns for table in archive.manifest.tables}
    if said != {model._meta.db_table: names_of(model) for model in kept_models(apps)}:
        raise archive.damaged(_("its tables are not those that its migrations make"))


@contextmanager
def _refusing(archive: Archive) -> Iterator[None]:
    """Say in a sentence what the database, or a value on its way there, refused."""
    try:
        yield
    except (DatabaseError, BadValue) as error:
        raise Refused(
            _("The database does not take the rows of %(file)s, and is as it was: %(error)s")
            % {"file": archive.name, "error": str(error).strip()}
        ) from error


# Make room


def _clear() -> None:
    """Drop every table of the site. Refuses a database that holds anything of people, or is newer."""
    loader = MigrationLoader(connection)
    migrations = MigrationRecorder(connection).applied_migrations()
    if unknown := [node for node in migrations if node not in loader.disk_migrations]:
        raise Refused(
            _("The database belongs to a newer release: it has %(migrations)s. Restore into an empty one.")
            % {"migrations": _named(unknown)}
        )
    apps = models_at(loader, migrations)
    if held := [str(model._meta.verbose_name_plural) for model in all_models(apps) if _holds_people(model)]:
        raise Refused(
            _(
                "The database holds data already (among them %(what)s), and a restore would replace "
                "them. Name an empty database in DATABASE_URL, or, with SQLite, move the file away."
            )
            % {"what": ", ".join(held[:3])}
        )
    present = set(connection.introspection.table_names())
    tables = {model._meta.db_table for model in all_models(apps)} | {
        MigrationRecorder.Migration._meta.db_table
    }
    _drop(sorted(tables & present))


def _holds_people(model: type[Model]) -> bool:
    """Whether a table holds anything that neither ``migrate`` nor ``load_instrument`` put there."""
    label, rows = model._meta.label_lower, model._base_manager.all()
    if label in MADE_BY_A_RELEASE or model._meta.app_label in {"contenttypes", "sessions", "axes"}:
        return False
    if label == "assessments.instrumentversion":
        rows = rows.exclude(status="published", published_by=None)
    if label == "auditlog.logentry":
        rows = rows.exclude(content_type__app_label="assessments", content_type__model__in=INSTRUMENT)
    return rows.exists()


def _drop(tables: list[str]) -> None:
    """Drop tables with their triggers, and the functions that only those called."""
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT DISTINCT tgfoid::regprocedure::text "
                "FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
                "WHERE NOT tgisinternal AND relname = ANY(%s) AND pg_table_is_visible(pg_class.oid)",
                [tables],
            )
            functions = [name for (name,) in cursor.fetchall()]
            if tables:
                cursor.execute(f"DROP TABLE {', '.join(map(quote, tables))}")
            for name in functions:
                cursor.execute(f"DROP FUNCTION {name}")
            return
        for name, _statement in _sqlite_triggers(tables):
            cursor.execute(f"DROP TRIGGER {quote(name)}")
        for table in tables:
            cursor.execute(f"DROP TABLE {quote(table)}")


# Build and fill


def _build(archive: Archive) -> Apps:
    """Migrate to where the backup was, and return the models of that state."""
    if connection.vendor == "postgresql":
        _set_constraints("IMMEDIATE")  # What a migration writes is checked before another alters the table.
    executor = MigrationExecutor(connection)
    MigrationRecorder(connection).ensure_schema()
    wanted = set(archive.manifest.migrations)
    whole = executor.migration_plan(executor.loader.graph.leaf_nodes())
    executor.migrate(None, [step for step in whole if (step[0].app_label, step[0].name) in wanted])
    return models_at(executor.loader, wanted)


def _fill(archive: Archive, apps: Apps) -> None:
    """Replace the rows of every table by those of the backup, check all relations, and read all back."""
    models = {model._meta.db_table: model for model in kept_models(apps)}
    with _triggers_off(models):
        with connection.cursor() as cursor:
            for table in models:
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")
        for table in archive.manifest.tables:
            write_rows(models[table.name], archive.rows(table))
        connection.check_constraints()
    for table in archive.manifest.tables:
        if table.last_key is not None:
            go_on_from(models[table.name], table.last_key)
        rows, digest = 0, hashlib.sha256()
        for line in lines_of(models[table.name]):
            rows += 1
            digest.update(line)
        if (rows, digest.hexdigest()) != (table.rows, table.sha256):
            raise Refused(
                _("The database gives back other rows of %(table)s than it was given. It is as it was.")
                % {"table": table.name}
            )


@contextmanager
def _triggers_off(tables: Collection[str]) -> Iterator[None]:
    """No trigger of ``tables`` runs inside; all of them are there again afterwards. On PostgreSQL relations
    are checked at the end."""
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for table in tables:
                cursor.execute(f"ALTER TABLE {quote(table)} DISABLE TRIGGER USER")
            _set_constraints("DEFERRED")
            yield
            _set_constraints("IMMEDIATE")
            for table in tables:
                cursor.execute(f"ALTER TABLE {quote(table)} ENABLE TRIGGER USER")
            return
        triggers = _sqlite_triggers(tables)
        for name, _statement in triggers:
            cursor.execute(f"DROP TRIGGER {quote(name)}")
        yield
        for _name, statement in triggers:
            cursor.execute(statement)


def _sqlite_triggers(tables: Collection[str]) -> list[tuple[str, str]]:
    """The name and the statement of every trigger of ``tables``."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql, tbl_name FROM sqlite_master WHERE type = 'trigger' ORDER BY name")
        return [(name, statement) for name, statement, table in cursor.fetchall() if table in tables]


def _set_constraints(when: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS ALL {when}")
