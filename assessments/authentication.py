"""Who may sign in: accounts that are active, and demo accounts in the demo alone."""

from django.conf import settings
from django.contrib.auth.backends import ModelBackend


class AccountBackend(ModelBackend):
    """Django's own backend, which also refuses demo accounts and their sessions outside the demo."""

    def user_can_authenticate(self, user) -> bool:
        """Whether ``user`` is active and, for a demo account, whether this is the demo."""
        if getattr(user, "is_demo", False) and not settings.DEMO:
            return False
        return super().user_can_authenticate(user)
