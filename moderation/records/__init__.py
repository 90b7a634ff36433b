"""The nouns: what the service keeps, one table a class."""

from moderation.records.action import Action
from moderation.records.attempt import Attempt, VerifiedPage
from moderation.records.avatar import Avatar
from moderation.records.batch import Batch
from moderation.records.comment import Comment, Status, Version
from moderation.records.credential import (
    Challenge,
    DashboardAttempt,
    LinkedIdentity,
    Passkey,
    Purpose,
    RecoveryCode,
    SecondFactor,
)
from moderation.records.daily import Daily
from moderation.records.history import DecidedBy, Decision, Finding, Verdict
from moderation.records.installation import Installation
from moderation.records.instance import Instance
from moderation.records.invitation import Invitation
from moderation.records.like import CommentLike, PageLike
from moderation.records.mails import Mailed, Mails
from moderation.records.moderator import Membership, Moderator, PersonalKey, Role, SetupCode
from moderation.records.note import Note, SavedReply
from moderation.records.notice import Notice
from moderation.records.page import Page
from moderation.records.person import Ban, Person, badge_of
from moderation.records.policy import Moderate, Policy, RuleSetting, RuleState
from moderation.records.provider import ProviderKeys, ProviderTrouble
from moderation.records.record import Record
from moderation.records.report import Report
from moderation.records.session import ModeratorSession, PersonSession
from moderation.records.simulation import Simulation
from moderation.records.site import Origin, Site
from moderation.records.submission import Submission
from moderation.records.subscription import Subscription
from moderation.records.webhook import Happening, OffBecause, Webhook, host_of

__all__ = [
    "Action",
    "Attempt",
    "Avatar",
    "Ban",
    "Batch",
    "Challenge",
    "Comment",
    "CommentLike",
    "Daily",
    "DashboardAttempt",
    "DecidedBy",
    "Decision",
    "Finding",
    "Happening",
    "Installation",
    "Instance",
    "Invitation",
    "LinkedIdentity",
    "Mailed",
    "Mails",
    "Membership",
    "Moderate",
    "Moderator",
    "ModeratorSession",
    "Note",
    "Notice",
    "OffBecause",
    "Origin",
    "Page",
    "PageLike",
    "Passkey",
    "Person",
    "PersonSession",
    "PersonalKey",
    "Policy",
    "ProviderKeys",
    "ProviderTrouble",
    "Purpose",
    "Record",
    "RecoveryCode",
    "Report",
    "Role",
    "RuleSetting",
    "RuleState",
    "SavedReply",
    "SecondFactor",
    "SetupCode",
    "Simulation",
    "Site",
    "Status",
    "Submission",
    "Subscription",
    "Verdict",
    "VerifiedPage",
    "Version",
    "Webhook",
    "badge_of",
    "host_of",
]
