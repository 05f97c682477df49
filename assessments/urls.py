"""Every address of the app, grouped under its path."""

from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_not_required
from django.urls import path, register_converter
from django.urls.converters import StringConverter

from .views import (
    account,
    activity,
    answer,
    assessment,
    errors,
    guide,
    home,
    invitation,
    paper,
    participant,
    public,
    publication,
    reading,
    reliability,
    research,
    result,
    service,
)


class WordConverter(StringConverter):
    """A part of a path without the null sign, which PostgreSQL refuses to look for."""

    regex = r"[^/\x00]+"


register_converter(WordConverter, "word")

urlpatterns = [
    # /
    path("", home.home, name="home"),
    # /definitions/
    path("definitions/", public.definitions, name="definitions"),
    path(
        "definitions/<word:before>/to/<word:after>/", public.definitions_changes, name="definitions-changes"
    ),
    path("definitions/<word:version>/", public.definitions, name="definitions-version"),
    # /accessibility/ and /privacy/
    path("accessibility/", public.accessibility, name="accessibility"),
    path("privacy/", public.privacy, name="privacy"),
    # /guide/
    path("guide/", guide.guide, name="guide"),
    path("guide/leaflet/", guide.leaflet, name="guide-leaflet"),
    # /healthz
    path("healthz", errors.healthz, name="healthz"),
    # /accounts/
    path("accounts/login/", account.SignInView.as_view(), name="login"),
    path("accounts/logout/", login_not_required(auth.LogoutView.as_view()), name="logout"),
    path("accounts/password/", auth.PasswordChangeView.as_view(), name="password_change"),
    path("accounts/password/done/", auth.PasswordChangeDoneView.as_view(), name="password_change_done"),
    path(
        "accounts/password/reset/",
        login_not_required(auth.PasswordResetView.as_view()),
        name="password_reset",
    ),
    path(
        "accounts/password/reset/sent/",
        login_not_required(auth.PasswordResetDoneView.as_view()),
        name="password_reset_done",
    ),
    path(
        "accounts/password/reset/<uidb64>/<token>/",
        login_not_required(auth.PasswordResetConfirmView.as_view()),
        name="password_reset_confirm",
    ),
    path(
        "accounts/password/reset/complete/",
        login_not_required(auth.PasswordResetCompleteView.as_view()),
        name="password_reset_complete",
    ),
    # /services/
    path("services/", service.ServiceList.as_view(), name="service-list"),
    path("services/new/", service.ServiceCreate.as_view(), name="service-create"),
    path("services/<slug:slug>/", service.ServiceDetail.as_view(), name="service-detail"),
    path("services/<slug:slug>/edit/", service.ServiceUpdate.as_view(), name="service-update"),
    path("services/<slug:slug>/delete/", service.service_delete, name="service-delete"),
    path("services/<slug:slug>/activities/new/", activity.ActivityCreate.as_view(), name="activity-create"),
    path(
        "services/<slug:slug>/participants/", participant.ParticipantList.as_view(), name="participant-list"
    ),
    path(
        "services/<slug:slug>/participants/new/",
        participant.ParticipantCreate.as_view(),
        name="participant-create",
    ),
    # /participants/
    path("participants/<int:pk>/", participant.ParticipantUpdate.as_view(), name="participant-update"),
    path("participants/<int:pk>/delete/", participant.participant_delete, name="participant-delete"),
    path("participants/<int:pk>/data/", participant.participant_data, name="participant-data"),
    # /activities/
    path("activities/<int:pk>/", activity.ActivityDetail.as_view(), name="activity-detail"),
    path("activities/<int:pk>/edit/", activity.ActivityUpdate.as_view(), name="activity-update"),
    path("activities/<int:pk>/delete/", activity.activity_delete, name="activity-delete"),
    path("activities/<int:pk>/facts/<slug:page>/", activity.facts_edit, name="facts-edit"),
    path(
        "activities/<int:pk>/participations/new/",
        participant.ParticipationCreate.as_view(),
        name="participation-create",
    ),
    path("activities/<int:pk>/assessments/new/", assessment.assessment_begin, name="assessment-begin"),
    # /participations/
    path("participations/<int:pk>/", participant.ParticipationUpdate.as_view(), name="participation-update"),
    path("participations/<int:pk>/delete/", participant.participation_delete, name="participation-delete"),
    # /assessments/
    path("assessments/<int:pk>/", assessment.assessment_detail, name="assessment-detail"),
    path("assessments/<int:pk>/check/", assessment.assessment_check, name="assessment-check"),
    path("assessments/<int:pk>/close/", assessment.assessment_close, name="assessment-close"),
    path("assessments/<int:pk>/colleagues/", assessment.assessment_colleagues, name="assessment-colleagues"),
    path("assessments/<int:pk>/discard/", assessment.assessment_discard, name="assessment-discard"),
    path("assessments/<int:pk>/paper/", paper.paper, name="assessment-paper"),
    path("assessments/<int:pk>/paper/form/", paper.paper_form, name="assessment-paper-form"),
    path("assessments/<int:pk>/result/", result.assessment_result, name="assessment-result"),
    path("assessments/<int:pk>/result/under/", reading.assessment_readings, name="assessment-readings"),
    path(
        "assessments/<int:pk>/result/under/<word:version>/<slug:ruleset>/",
        reading.assessment_reading,
        name="assessment-reading",
    ),
    path("assessments/<int:pk>/publish/", publication.assessment_publish, name="assessment-publish"),
    path("assessments/<int:pk>/withdraw/", publication.assessment_withdraw, name="assessment-withdraw"),
    path("assessments/<int:pk>/invitations/", invitation.invitation_list, name="invitation-list"),
    path("assessments/<int:pk>/invitations/sheet/", invitation.invitation_sheets, name="invitation-sheets"),
    path(
        "assessments/<int:pk>/invitations/remind/", invitation.invitations_remind, name="invitations-remind"
    ),
    path("assessments/<int:pk>/<slug:dimension>/", assessment.assessment_answers, name="assessment-answers"),
    # /a/: participants, by link
    path("a/<word:token>/", answer.welcome, name="answer-welcome"),
    path("a/<word:token>/<int:number>/", answer.question, name="answer-question"),
    path("a/<word:token>/check/", answer.check, name="answer-check"),
    path("a/<word:token>/stop/", answer.stop, name="answer-stop"),
    path("a/<word:token>/thanks/", answer.thanks, name="answer-thanks"),
    path("withdraw/", answer.withdraw, name="withdraw"),
    # /invitations/
    path("invitations/<int:pk>/", invitation.invitation_detail, name="invitation-detail"),
    path("invitations/<int:pk>/sheet/", invitation.invitation_sheet, name="invitation-sheet"),
    path("invitations/<int:pk>/email/", invitation.invitation_email, name="invitation-email"),
    path("invitations/<int:pk>/remind/", invitation.invitation_remind, name="invitation-remind"),
    path("invitations/<int:pk>/extend/", invitation.invitation_extend, name="invitation-extend"),
    path("invitations/<int:pk>/revoke/", invitation.invitation_revoke, name="invitation-revoke"),
    # /results/
    path("results/<slug:slug>/", publication.public_result, name="public-result"),
    # /research/
    path("research/", research.project_list, name="project-list"),
    path("research/new/", research.project_create, name="project-create"),
    path("research/<word:slug>/", research.project_detail, name="project-detail"),
    path("research/<word:slug>/reliability/", reliability.project_reliability, name="project-reliability"),
    path("research/<word:slug>/edit/", research.project_update, name="project-update"),
    path("research/<word:slug>/tokens/", research.token_list, name="project-tokens"),
    path("research/<word:slug>/tokens/<int:pk>/revoke/", research.token_revoke, name="token-revoke"),
    path("research/<word:slug>/<word:name>", research.project_file, name="project-file"),
]
