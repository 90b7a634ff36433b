"""A small sign-in provider for the trial, so that a social login can be tried without an account anywhere.

An honest OpenID Connect issuer with five made-up people, in memory, for this machine only.
Source: OpenID Connect Core 1.0 and Discovery 1.0, RFC 6749, RFC 7636, RFC 9207.
"""

import secrets
import socket
import threading
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Response, abort, jsonify, make_response, redirect, render_template, request, send_file
from joserfc.jwk import ECKey, RSAKey
from werkzeug.exceptions import HTTPException
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Response as AnyResponse

from moderation.cli.demo.accounts import ACCOUNTS, Account, account
from moderation.cli.demo.authorization import Declined, Unanswerable, answer_address, read_authorization
from moderation.cli.demo.exchange import Exchange, TokenError, claims_about
from moderation.cli.demo.grants import AuthorizationRequest, Grant, Grants
from moderation.cli.demo.portrait import portrait
from moderation.foundation.errors import Refused
from moderation.foundation.places import templates_folder

COOKIE: Final = "demo-issuer"
POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self' "
)


class Issuer:
    """The trial's provider on `http://localhost`, not yet answering until it is started.

    Args:
        port: on localhost; 0 takes a free one.
        redirect_uri: the one address that may receive codes.
        key: what signs; made anew at every start if left out.
        coop: cut the window off from the page that opened it, as several big providers do.

    Raises:
        Refused: another program already uses the port.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        client_id: str,
        client_secret: str,
        redirect_uri: str,
        key: ECKey | RSAKey | None = None,
        coop: bool = False,
    ) -> None:
        try:
            listening = socket.create_server(("127.0.0.1", port))
        except OSError as problem:
            message = f"The sign-in provider cannot use port {port}: another program is already there."
            raise Refused(message) from problem
        self.address = f"http://localhost:{listening.getsockname()[1]}"
        self._client_id = client_id
        self._redirect_uri = redirect_uri
        self._coop = coop
        self._grants = Grants()
        self._exchange = Exchange(
            issuer=self.address,
            client_id=client_id,
            client_secret=client_secret,
            redirect_uri=redirect_uri,
            key=key or ECKey.generate_key("P-256"),
            grants=self._grants,
        )
        self._remembered: dict[str, tuple[Account, datetime]] = {}
        with listening:
            self._server = make_server(
                "127.0.0.1", 0, self._app(), threaded=True, request_handler=_Quiet, fd=listening.fileno()
            )
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to answer, in a thread that ends with the program."""
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, name="issuer", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop answering and give the port back."""
        if self._thread:
            self._server.shutdown()
            self._thread.join()
            self._thread = None
        self._server.server_close()

    def _app(self) -> Flask:
        app = Flask("moderation.cli.demo.issuer", static_folder=None, template_folder=str(templates_folder() / "demo"))
        app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
        for path, view, methods in (
            ("/.well-known/openid-configuration", self._discovery, ["GET"]),
            ("/jwks", self._jwks, ["GET"]),
            ("/authorize", self._authorize, ["GET", "POST"]),
            ("/choose", self._choose, ["POST"]),
            ("/token", self._token, ["POST"]),
            ("/userinfo", self._userinfo, ["GET", "POST"]),
            ("/portraits/<subject>.png", self._portrait, ["GET"]),
            ("/style.css", self._style, ["GET"]),
        ):
            app.add_url_rule(path, view.__name__, view, methods=methods)
        app.register_error_handler(Unanswerable, self._unanswerable)
        app.register_error_handler(Declined, self._declined)
        app.register_error_handler(TokenError, _token_error)
        app.register_error_handler(HTTPException, _http_error)
        app.after_request(self._with_headers)
        return app

    def _discovery(self) -> Response:
        return jsonify(self._exchange.description())

    def _jwks(self) -> Response:
        return jsonify({"keys": [self._exchange.public_key()]})

    def _authorize(self) -> AnyResponse:
        given = request.form if request.method == "POST" else request.args
        asked = read_authorization(dict(given.lists()), client_id=self._client_id, redirect_uri=self._redirect_uri)
        now = datetime.now(UTC)
        known = self._remembered.get(request.cookies.get(COOKIE, ""))
        if known and _is_enough(asked, known[1], now):
            return self._send_back(asked, Grant(request=asked, account=known[0], signed_in_at=known[1]), now)
        if "none" in asked.prompt:
            raise Declined("login_required", "Nobody is signed in here.", state=asked.state)
        browser = request.cookies.get(COOKIE) or secrets.token_urlsafe(24)
        number = self._grants.ask(asked, browser, now)
        host = urlsplit(self._redirect_uri).netloc
        page = make_response(render_template("authorize.html", accounts=ACCOUNTS, number=number, host=host))
        page.set_cookie(COOKIE, browser, httponly=True, samesite="Lax")
        return page

    def _choose(self) -> AnyResponse:
        now, browser = datetime.now(UTC), request.cookies.get(COOKIE, "")
        asked = self._grants.take_question(request.form.get("request", ""), browser, now)
        if asked is None:
            raise Unanswerable("This question was answered already, or has waited too long. Start again on the blog.")
        self._remembered.pop(browser, None)
        if request.form.get("answer") == "deny":
            raise Declined("access_denied", "The person would rather not.", state=asked.state)
        chosen = account(request.form.get("person", ""))
        if chosen is None:
            raise Declined("access_denied", "Nobody was chosen.", state=asked.state)
        answer = self._send_back(asked, Grant(request=asked, account=chosen, signed_in_at=now), now)
        if request.form.get("remember") == "yes":
            fresh = secrets.token_urlsafe(24)
            self._remembered[fresh] = chosen, now
            answer.set_cookie(COOKIE, fresh, httponly=True, samesite="Lax")
        return answer

    def _send_back(self, asked: AuthorizationRequest, grant: Grant, now: datetime) -> AnyResponse:
        answer = {"code": self._grants.new_code(grant, now), "state": asked.state}
        return redirect(answer_address(self._redirect_uri, issuer=self.address, answer=answer), 303)

    def _token(self) -> Response:
        return jsonify(self._exchange.redeem(dict(request.form.lists()), request.authorization, datetime.now(UTC)))

    def _userinfo(self) -> Response:
        given = request.authorization
        token = given.token if given and given.type == "bearer" else None
        grant = self._grants.by_access(token or "", datetime.now(UTC))
        if grant is None:
            error = ' error="invalid_token"' if token else ""
            return Response("{}", 401, {"WWW-Authenticate": f"Bearer{error}"}, mimetype="application/json")
        return jsonify(claims_about(grant, self.address))

    def _portrait(self, subject: str) -> Response:
        somebody = account(subject) or abort(404)
        lasting = {"Cache-Control": "public, max-age=3600"}
        return Response(portrait(somebody.look), mimetype="image/png", headers=lasting)

    def _style(self) -> Response:
        return send_file(templates_folder() / "demo" / "style.css", mimetype="text/css", max_age=3600)

    def _unanswerable(self, problem: Unanswerable) -> tuple[str, int]:
        return render_template("error.html", message=problem.message), 400

    def _declined(self, problem: Declined) -> AnyResponse:
        answer = {"error": problem.error, "error_description": problem.description, "state": problem.state}
        return redirect(answer_address(self._redirect_uri, issuer=self.address, answer=answer), 303)

    def _with_headers(self, answer: Response) -> Response:
        # A browser holds a form's redirects to form-action as well, so the client's own origin must be in it.
        client = urlsplit(self._redirect_uri)
        answer.headers["Content-Security-Policy"] = f"{POLICY}{client.scheme}://{client.netloc}"
        answer.headers.setdefault("Cache-Control", "no-store")
        answer.headers["Referrer-Policy"] = "no-referrer"
        answer.headers["X-Content-Type-Options"] = "nosniff"
        if self._coop:
            answer.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        return answer


def _is_enough(asked: AuthorizationRequest, signed_in_at: datetime, now: datetime) -> bool:
    """Tell whether an earlier choice in this browser answers the request without asking again."""
    fresh = asked.max_age is None or now - signed_in_at <= timedelta(seconds=asked.max_age)
    return fresh and asked.prompt <= {"none"}


def _token_error(problem: TokenError) -> Response:
    answer = jsonify({"error": problem.error, "error_description": problem.description})
    answer.status_code = problem.status
    if problem.status == 401:
        answer.headers["WWW-Authenticate"] = 'Basic realm="token"'
    return answer


def _http_error(problem: HTTPException) -> AnyResponse:
    answer = make_response(render_template("error.html", message=problem.description), problem.code or 500)
    answer.headers.extend((name, value) for name, value in problem.get_headers() if name == "Allow")
    return answer


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: the terminal belongs to the command."""
