"""Accounts, organisations and services, for superusers. Groups keep Django's own page."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.utils.translation import gettext_lazy as _

from assessments.models import Membership, Organisation, Service, User


@admin.register(User)
class AccountAdmin(UserAdmin):
    """Django's own page for accounts, with the mark of a demo account."""

    list_display = ["username", "first_name", "last_name", "is_active", "is_staff", "is_demo"]
    list_filter = ["is_active", "is_staff", "is_superuser", "is_demo", "groups"]
    fieldsets = [*UserAdmin.fieldsets, (_("Demo"), {"fields": ["is_demo"]})]


class MembershipInline(admin.TabularInline):
    model = Membership
    autocomplete_fields = ["user"]
    extra = 0


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin):
    """An organisation and the people in it."""

    search_fields = ["name"]
    inlines = [MembershipInline]


@admin.register(Service)
class ServiceAdmin(admin.ModelAdmin):
    """A service and the people who manage it."""

    list_display = ["name", "organisation", "shared_for_research"]
    list_filter = ["shared_for_research"]
    list_select_related = ["organisation"]
    search_fields = ["name", "organisation__name"]
    autocomplete_fields = ["organisation", "managers"]
    prepopulated_fields = {"slug": ["name"]}
