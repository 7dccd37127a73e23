"""The table of participants behind Django REST Framework, as its guide writes an API.

Leaner than it is deployed, so that every doubt is in its favour: one middleware, one renderer, no
authentication, a connection that stays open.
"""

import os
from typing import ClassVar

from django.conf import settings
from django.core.wsgi import get_wsgi_application

ORGANIZATION = os.environ["PEER_ORGANIZATION"]

settings.configure(
    ALLOWED_HOSTS=["*"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.environ["PEER_DATABASE"],
            "CONN_MAX_AGE": None,
        }
    },
    DEBUG=False,
    INSTALLED_APPS=["rest_framework"],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],  # tells the length of an answer
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "UNAUTHENTICATED_USER": None,
    },
    ROOT_URLCONF=__name__,
)
application = get_wsgi_application()

from django.db import models  # noqa: E402  Django's parts are imported once it is set up
from django.urls import path  # noqa: E402
from rest_framework import generics, pagination, serializers  # noqa: E402


class Participant(models.Model):
    """The columns that an answer of ours holds."""

    id = models.UUIDField(primary_key=True)
    organization_id = models.UUIDField()
    external_id = models.CharField(max_length=200, null=True)
    given_name = models.CharField(max_length=200)
    family_name = models.CharField(max_length=200)
    preferred_name = models.CharField(max_length=200, null=True)
    work_email = models.CharField(max_length=320, null=True)
    job_title = models.CharField(max_length=200, null=True)
    job_level = models.IntegerField(null=True)
    department = models.CharField(max_length=200, null=True)
    location = models.CharField(max_length=200, null=True)
    time_zone = models.CharField(max_length=64)
    languages = models.JSONField()
    manager_id = models.UUIDField(null=True)
    hired_on = models.DateField(null=True)
    leaves_on = models.DateField(null=True)
    career_stage = models.CharField(max_length=64, null=True)
    employment_status = models.CharField(max_length=40)
    left_on = models.DateField(null=True)
    availability = models.JSONField()
    account_id = models.UUIDField(null=True)
    labels = models.JSONField()
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        app_label = "peers"
        db_table = "participants"
        managed = False


class ParticipantSerializer(serializers.ModelSerializer):
    metadata = serializers.JSONField(source="labels")

    class Meta:
        model = Participant
        exclude: ClassVar = ["organization_id", "labels"]


class NewestFirst(pagination.CursorPagination):
    page_size = 50
    ordering = "-id"


class Participants(generics.ListAPIView):
    queryset = Participant.objects.filter(organization_id=ORGANIZATION)
    serializer_class = ParticipantSerializer
    pagination_class = NewestFirst


class OneParticipant(generics.RetrieveAPIView):
    queryset = Participant.objects.filter(organization_id=ORGANIZATION)
    serializer_class = ParticipantSerializer


urlpatterns = [
    path("participants", Participants.as_view()),
    path("participants/<uuid:pk>", OneParticipant.as_view()),
]
