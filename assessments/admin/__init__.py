"""The admin: the instrument for curators, accounts and organisations for superusers.

Single responses and answers are left out on purpose: nobody reads them, superusers included.
"""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from . import accounts, instrument, records

__all__ = ["accounts", "instrument", "records"]

admin.site.site_header = "Coproduce"
admin.site.site_title = "Coproduce"
admin.site.index_title = _("Administration")
