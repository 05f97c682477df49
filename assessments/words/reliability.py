"""The figures of reliability and agreement: what each is called, and why one is missing."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from assessments.reliability import Reason

AGREEMENT = {
    "krippendorff_ordinal": _("Krippendorff’s α, ordinal"),
    "krippendorff_nominal": _("Krippendorff’s α, nominal"),
    "krippendorff_interval": _("Krippendorff’s α, interval"),
    "icc1": _("ICC(1), one rater"),
    "icc1k": _("ICC(1), mean of all raters"),
    "icc2": _("ICC(2), one rater"),
    "icc2k": _("ICC(2), mean of all raters"),
    "icc3": _("ICC(3), one rater"),
    "icc3k": _("ICC(3), mean of all raters"),
    "r_wg_j": _("r_wg(J), all items together"),
}
"""How far the raters of one activity agree."""

CONSISTENCY = {
    "cronbach_alpha": _("Cronbach’s α"),
    "mcdonald_omega": _("McDonald’s ω, total"),
}
"""How far the items of a dimension hang together."""

WHY_NOT = {
    Reason.NO_ANSWERS: _("not computable, there are no ratings"),
    Reason.FEW_RATERS: _("not computable, too few raters"),
    Reason.FEW_ITEMS: _("not computable, too few items"),
    Reason.SAME_ANSWERS: _("not computable, everyone gave the same answer"),
    Reason.NO_DIFFERENCE: _("not computable, nothing differs that could be compared"),
    Reason.NO_FACTOR: _("not computable, one factor does not fit"),
}
