"""Any OpenID Connect issuer, by its address; several may be set up under different names."""

from moderation.identity import openid as flow
from moderation.identity.openid import OpenIdOptions
from moderation.identity.provider import Provider

openid = Provider(
    name="openid",
    label="OpenID Connect",
    # Simple Icons (CC0 1.0).
    icon=(
        "M14.54.889l-3.63 1.773v18.17c-4.15-.52-7.27-2.78-7.27-5.5 0-2.58 2.8-4.75 6.63-5.41v-2.31C4.42 8.322 0 11.502 "
        "0 15.332c0 3.96 4.74 7.24 10.91 7.78l3.63-1.71V.888m.64 6.724v2.31c1.43.25 2.71.7 3.76 1.31l-1.97 1.11 7.03 1"
        ".53-.5-5.21-1.87 1.06c-1.74-1.06-3.96-1.81-6.45-2.11z"
    ),
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
