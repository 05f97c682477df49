"""What is kept, and who may see it; a file per noun."""

from .activity import FACT_COLUMNS, LEVEL_COLUMNS, Activity, Facts
from .assessment import EVIDENCE_MAX, Answer, Assessment, PublicResult, Response, Result
from .instrument import (
    Dimension,
    DimensionText,
    InstrumentVersion,
    Item,
    ItemText,
    RuleSet,
    RuleSetText,
)
from .invitation import Box, Draft, Invitation
from .participant import Participant, Participation
from .project import Project, Token
from .service import Organisation, Service
from .user import Membership, User

__all__ = [
    "EVIDENCE_MAX",
    "FACT_COLUMNS",
    "LEVEL_COLUMNS",
    "Activity",
    "Answer",
    "Assessment",
    "Box",
    "Dimension",
    "DimensionText",
    "Draft",
    "Facts",
    "InstrumentVersion",
    "Invitation",
    "Item",
    "ItemText",
    "Membership",
    "Organisation",
    "Participant",
    "Participation",
    "Project",
    "PublicResult",
    "Response",
    "Result",
    "RuleSet",
    "RuleSetText",
    "Service",
    "Token",
    "User",
]
