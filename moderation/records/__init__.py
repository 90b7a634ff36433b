"""The nouns: what the service keeps, one table a class."""

from moderation.records.attempt import Attempt, VerifiedPage
from moderation.records.comment import Comment, Status, Version
from moderation.records.history import DecidedBy, Decision, Finding, Verdict
from moderation.records.instance import Instance
from moderation.records.moderator import Membership, Moderator, PersonalKey, Role, SetupCode
from moderation.records.notice import Notice
from moderation.records.page import Page
from moderation.records.person import Ban, Person
from moderation.records.policy import Moderate, Policy, RuleSetting, RuleState
from moderation.records.provider import ProviderKeys
from moderation.records.record import Record
from moderation.records.session import ModeratorSession, PersonSession
from moderation.records.site import Origin, Site
from moderation.records.submission import Submission
from moderation.records.subscription import Subscription

__all__ = [
    "Attempt",
    "Ban",
    "Comment",
    "DecidedBy",
    "Decision",
    "Finding",
    "Instance",
    "Membership",
    "Moderate",
    "Moderator",
    "ModeratorSession",
    "Notice",
    "Origin",
    "Page",
    "Person",
    "PersonSession",
    "PersonalKey",
    "Policy",
    "ProviderKeys",
    "Record",
    "Role",
    "RuleSetting",
    "RuleState",
    "SetupCode",
    "Site",
    "Status",
    "Submission",
    "Subscription",
    "Verdict",
    "VerifiedPage",
    "Version",
]
