"""Any OpenID Connect issuer, by its address; several may be set up under different names."""

from moderation.identity import openid as flow
from moderation.identity.openid import OpenIdOptions
from moderation.identity.provider import Provider

openid = Provider(
    name="openid",
    label="OpenID Connect",
    icon=None,
    help=(
        "Register a web client at your issuer, with the authorization code flow and this redirect address:\n"
        "{redirect_uri}\n"
        "Then enter here the issuer's address, exactly as its /.well-known/openid-configuration says, "
        "the client id and the client secret."
    ),
    options=OpenIdOptions,
    start=flow.start,
    finish=flow.finish,
)
