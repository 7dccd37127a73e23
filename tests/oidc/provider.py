"""A real OpenID provider in a process of its own: Django with django-oauth-toolkit.

`python provider.py PORT FOLDER CONFIG` with the redirect URIs and people as JSON; says `ready`.
"""

import json
import sys
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings

PORT, FOLDER, CONFIG = int(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
LOGIN_PAGE = """<form method="post">{% csrf_token %}{{ form }}<button>Sign in</button></form>"""

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    DATABASES={
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(FOLDER / "op.sqlite3")}
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "oauth2_provider",
    ],
    LOGIN_URL="/login",
    MIGRATION_MODULES={
        "auth": None,
        "contenttypes": None,
        "sessions": None,
        "oauth2_provider": None,
    },
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    OAUTH2_PROVIDER={
        "OIDC_ENABLED": True,
        "OIDC_RSA_PRIVATE_KEY": rsa.generate_private_key(65537, 2048)
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode(),
        "OAUTH2_VALIDATOR_CLASS": f"{__name__}.Validator",
        "PKCE_REQUIRED": True,
        "SCOPES": {"openid": "who you are", "email": "your address"},
    },
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="of a provider that lives as long as a test",
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "context_processors": ["django.template.context_processors.request"],
                "loaders": [
                    (
                        "django.template.loaders.locmem.Loader",
                        {"registration/login.html": LOGIN_PAGE},
                    )
                ],
            },
        }
    ],
    USE_TZ=True,
)
django.setup()

# Django's models can be imported only when it is set up.
from django.contrib.auth.models import User  # noqa: E402
from django.contrib.auth.views import LoginView  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import include, path  # noqa: E402
from oauth2_provider.models import Application  # noqa: E402
from oauth2_provider.oauth2_validators import OAuth2Validator  # noqa: E402

urlpatterns = [
    path("login", LoginView.as_view()),
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
]


class Validator(OAuth2Validator):
    """Says which address somebody has, and whether it was verified (here: whether staff)."""

    oidc_claim_scope = None

    def get_additional_claims(self, request):
        return {"email": request.user.email, "email_verified": request.user.is_staff}


class Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        """Nobody reads it."""


def fill() -> None:
    call_command("migrate", run_syncdb=True, verbosity=0)
    for name, person in CONFIG["people"].items():
        User.objects.create_user(
            name, person["email"], CONFIG["password"], is_staff=person["verified"]
        )
    for client in CONFIG["clients"]:
        Application.objects.create(
            name=client["client_id"],
            client_id=client["client_id"],
            client_secret=client["client_secret"],
            client_type="confidential" if client["client_secret"] else "public",
            authorization_grant_type="authorization-code",
            algorithm="RS256",
            redirect_uris=" ".join(CONFIG["redirect_uris"]),
            skip_authorization=True,
        )


if __name__ == "__main__":
    fill()
    server = make_server("127.0.0.1", PORT, get_wsgi_application(), Threads, Quiet)
    print("ready", flush=True)  # noqa: T201  whoever started it waits for this
    server.serve_forever()
