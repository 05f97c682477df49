"""Where every view of a scoped noun starts: at the rows its person may read or change, never at all rows."""


class VisibleRows:
    """The rows that the person may read; anything else is not there."""

    def get_queryset(self):
        return self.model.objects.visible_to(self.request.user)


class EditableRows:
    """The rows that the person may change; anything else is not there."""

    def get_queryset(self):
        return self.model.objects.editable_by(self.request.user)
