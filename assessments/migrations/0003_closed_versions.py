"""Triggers that close a published instrument version to change, whoever asks: page, shell or SQL.

SQLite loses a table's triggers when a migration remakes the table, and refuses to remake a table that
another table's trigger reads. A later migration that alters one of these tables therefore begins with
``RunPython(remove, add)`` of this module and ends with ``RunPython(add, remove)``. The tests try every table,
so a lost trigger is seen.
"""

from django.db import migrations

MESSAGE = "A published instrument version is closed to change."

VERSION = "assessments_instrumentversion"

PARTS = {
    "assessments_ruleset": "{row}.version_id",
    "assessments_rulesettext": "(SELECT version_id FROM assessments_ruleset WHERE id = {row}.ruleset_id)",
    "assessments_dimension": "{row}.version_id",
    "assessments_dimensiontext": (
        "(SELECT version_id FROM assessments_dimension WHERE id = {row}.dimension_id)"
    ),
    "assessments_item": "{row}.version_id",
    "assessments_itemtext": "(SELECT version_id FROM assessments_item WHERE id = {row}.item_id)",
}
"""The tables of a version's parts, and where the version of one ``{row}`` is found."""


# SQLite


def sqlite_trigger(table, verb, condition):
    """A trigger that refuses ``verb`` on a row of ``table`` for which ``condition`` holds."""
    return f"""
        CREATE TRIGGER {table}_{verb.lower()}_closed BEFORE {verb} ON {table}
        FOR EACH ROW WHEN {condition}
        BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END
    """


def sqlite_triggers():
    """Every trigger. INSERT looks also for a row with the same key, as INSERT OR REPLACE overwrites it."""
    old, new = "OLD.status = 'published'", "NEW.status = 'published'"
    same = f"(SELECT 1 FROM {VERSION} WHERE status = 'published' AND (id = NEW.id OR version = NEW.version))"
    yield sqlite_trigger(VERSION, "INSERT", f"{new} OR EXISTS {same}")
    yield sqlite_trigger(VERSION, "UPDATE", old)
    yield sqlite_trigger(VERSION, "DELETE", old)
    for table, version in PARTS.items():
        closed = f"EXISTS (SELECT 1 FROM {VERSION} WHERE status = 'published' AND id = {version})"
        old, new = closed.format(row="OLD"), closed.format(row="NEW")
        same = f"EXISTS (SELECT 1 FROM {table} AS present WHERE id = NEW.id AND {closed})"
        yield sqlite_trigger(table, "INSERT", f"{new} OR {same.format(row='present')}")
        yield sqlite_trigger(table, "UPDATE", f"{old} OR {new}")
        yield sqlite_trigger(table, "DELETE", old)


# PostgreSQL


def postgresql_trigger(table, verb, function):
    """A trigger that runs ``function`` before ``verb`` on a row of ``table``."""
    return f"""
        CREATE TRIGGER {table}_{verb.lower()}_closed BEFORE {verb} ON {table}
        FOR EACH ROW EXECUTE FUNCTION {function}()
    """


def postgresql_function(name, body):
    """A trigger function called ``name``: ``body`` refuses, or else the row goes on."""
    return f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            {body}
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        END $$
    """


def postgresql_refusal(condition):
    """The statement that refuses when ``condition`` holds."""
    return f"""
        IF {condition} THEN
            RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'restrict_violation';
        END IF;
    """


def postgresql_triggers():
    """Every function and trigger. FOR SHARE waits for a publication that is under way in another session,
    so that nothing slips into a version in the moment it closes."""
    yield postgresql_function(
        f"{VERSION}_closed",
        f"""
        IF TG_OP = 'INSERT' THEN {postgresql_refusal("NEW.status = 'published'")}
        ELSE {postgresql_refusal("OLD.status = 'published'")} END IF;
        """,
    )
    for table, version in PARTS.items():
        status = f"(SELECT status FROM {VERSION} WHERE id = {version} FOR SHARE) = 'published'"
        yield postgresql_function(
            f"{table}_closed",
            f"""
            IF TG_OP <> 'INSERT' THEN {postgresql_refusal(status.format(row="OLD"))} END IF;
            IF TG_OP <> 'DELETE' THEN {postgresql_refusal(status.format(row="NEW"))} END IF;
            """,
        )
    for table in (VERSION, *PARTS):
        for verb in ("INSERT", "UPDATE", "DELETE"):
            yield postgresql_trigger(table, verb, f"{table}_closed")


# Both


def add(apps, schema_editor):
    """Close published versions."""
    triggers = {"sqlite": sqlite_triggers, "postgresql": postgresql_triggers}
    for statement in triggers[schema_editor.connection.vendor]():
        schema_editor.execute(statement)


def remove(apps, schema_editor):
    """Open published versions."""
    postgresql = schema_editor.connection.vendor == "postgresql"
    for table in (VERSION, *PARTS):
        for verb in ("insert", "update", "delete"):
            on = f" ON {table}" if postgresql else ""
            schema_editor.execute(f"DROP TRIGGER {table}_{verb}_closed{on}")
        if postgresql:
            schema_editor.execute(f"DROP FUNCTION {table}_closed()")


class Migration(migrations.Migration):
    dependencies = [("assessments", "0002_roles")]

    operations = [migrations.RunPython(add, remove)]
