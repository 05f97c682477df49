"""The groups: researchers, who export what is shared, and curators, who keep the instrument."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

KEPT_BY_CURATORS = [
    "instrumentversion",
    "ruleset",
    "rulesettext",
    "dimension",
    "dimensiontext",
    "item",
    "itemtext",
]

GROUPS = {
    "researchers": ["export_assessment"],
    "curators": [
        "publish_instrumentversion",
        *(f"{verb}_{model}" for verb in ("view", "add", "change", "delete") for model in KEPT_BY_CURATORS),
    ],
}


def add_groups(apps, schema_editor):
    """Add both groups with their permissions. Django makes permissions after the last migration, so the
    ones of this app are made here first."""
    database = schema_editor.connection.alias
    app = apps.get_app_config("assessments")
    app.models_module = True
    create_permissions(app, apps=apps, using=database, verbosity=0)
    app.models_module = None
    permissions = apps.get_model("auth", "Permission").objects.using(database)
    for name, codenames in GROUPS.items():
        group, _ = apps.get_model("auth", "Group").objects.using(database).get_or_create(name=name)
        group.permissions.set(
            permissions.filter(content_type__app_label="assessments", codename__in=codenames)
        )


def remove_groups(apps, schema_editor):
    """Remove both groups; the people in them keep their accounts."""
    groups = apps.get_model("auth", "Group").objects.using(schema_editor.connection.alias)
    groups.filter(name__in=GROUPS).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("assessments", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(add_groups, remove_groups)]
