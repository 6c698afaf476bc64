// SPDX-License-Identifier: Apache-2.0

package exchange

// StatementCode names what a line of a log says.
type StatementCode string

// What JupyterHub says about the XSRF check of a request. Versions are those in which
// the line occurs.
const (
	// SaidXSRFCookieSet: "Setting new xsrf cookie for b'IDENTITY' {…}" (info, 4.1.0 and
	// later; _xsrf_utils:159 until 4.1.1, :125 until 5.2.1, :130 from 5.3.0). Identity is
	// whom the Hub takes the client for.
	SaidXSRFCookieSet StatementCode = "xsrf-cookie-set"

	// SaidXSRFMismatch: "xsrf id mismatch b'COOKIE' != b'NOW'" (debug, 4.1.0 and later).
	SaidXSRFMismatch StatementCode = "xsrf-mismatch"

	// SaidXSRFCookieIgnored: "Not accepting incorrect xsrf token id in cookie on PATH"
	// (warning, 4.1.2 and later): a good cookie of another identity, and no page whose
	// answer could replace it.
	SaidXSRFCookieIgnored StatementCode = "xsrf-cookie-ignored"

	// SaidXSRFCookieCleared: "Attempting to clear invalid _xsrf cookie '2|ab…'" (warning,
	// 4.1.0 and 4.1.1).
	SaidXSRFCookieCleared StatementCode = "xsrf-cookie-cleared"

	// SaidXSRFSkipped: "Skipping XSRF check for insecure request GET PATH" (warning, 4.1.0
	// and later): the browser sent no Sec-Fetch-Mode, as over plain HTTP.
	SaidXSRFSkipped StatementCode = "xsrf-skipped"

	// SaidXSRFFormError: "XSRF error on login form: HTTP 403: Forbidden (REASON)" (error,
	// 5.3.0 and later): the reason that the user does not get to see.
	SaidXSRFFormError StatementCode = "xsrf-form-error"

	// SaidRefused: "403 POST TARGET (ADDRESS): REASON" (warning; tornado's own line, every
	// version). Address is the one that the identity was computed from.
	SaidRefused StatementCode = "refused"

	// SaidAddressInvalid: "Error parsing remote ip 'ADDRESS': …" (error, 5.3.0 and later).
	SaidAddressInvalid StatementCode = "address-invalid"
)

// What JupyterHub says about who logs in.
const (
	// SaidLoggedIn: "User logged in: NAME" (info, every version).
	SaidLoggedIn StatementCode = "logged-in"

	// SaidLoginFailed: "Failed login for NAME" (warning, every version; NAME is quoted
	// from 5.5.0). The XSRF check was passed.
	SaidLoginFailed StatementCode = "login-failed"

	// SaidLoggedOut: "User logged out: NAME" (info, every version).
	SaidLoggedOut StatementCode = "logged-out"

	// SaidNotAllowed: "User 'NAME' not allowed." (warning, every version): the
	// authenticator knew the user, and no rule lets them in.
	SaidNotAllowed StatementCode = "not-allowed"

	// SaidBlocked: "User 'NAME' blocked. Stop authentication" (warning, every version).
	SaidBlocked StatementCode = "blocked"

	// SaidNameInvalid: "Disallowing invalid username 'NAME'." (warning, every version).
	SaidNameInvalid StatementCode = "name-invalid"

	// SaidPasswordRefused: "PAM Authentication failed (NAME@ADDRESS): REASON" and "PAM
	// Account Check failed …" (warning, every version).
	SaidPasswordRefused StatementCode = "password-refused"

	// SaidSessionInvalid: "Invalid or expired cookie token" (warning, every version): the
	// signature or the age of the login cookie.
	SaidSessionInvalid StatementCode = "session-invalid"

	// SaidSessionUnknown: "Invalid cookie token" (warning, every version): a good login
	// cookie of a user that the data base does not have.
	SaidSessionUnknown StatementCode = "session-unknown"

	// SaidSessionIDSet: "session id not set for NAME, setting a new one" (warning, 5.5.0
	// and later).
	SaidSessionIDSet StatementCode = "session-id-set"

	// SaidRedirectLoop: "Redirect loop detected on TARGET" (warning, every version).
	SaidRedirectLoop StatementCode = "redirect-loop"
)

// What JupyterHub, oauthenticator and single-user servers say about OAuth.
const (
	// SaidOAuthStateMismatch: "OAuth state mismatch: COOKIE != URL" (oauthenticator) and
	// "oauth state argument 'URL' != cookie NAME='COOKIE'" (single-user servers, 4.0 and
	// later).
	SaidOAuthStateMismatch StatementCode = "oauth-state-mismatch"

	// SaidOAuthStateUnused: "Detected unused OAuth state cookies" (single-user servers):
	// several logins at once.
	SaidOAuthStateUnused StatementCode = "oauth-state-unused"

	// SaidOAuthRedirect: "OAuth redirect: URI" (info, oauthenticator): the redirect URI that
	// the Hub asks for. It is in Values.Target.
	SaidOAuthRedirect StatementCode = "oauth-redirect"

	// SaidOAuthRedirectMismatch: "Redirect uri ASKED != REGISTERED" (warning; the Hub as a
	// provider).
	SaidOAuthRedirectMismatch StatementCode = "oauth-redirect-mismatch"

	// SaidOAuthClientUnknown: "No such oauth client NAME" and "Client secret mismatch for
	// NAME" (warning; the Hub as a provider).
	SaidOAuthClientUnknown StatementCode = "oauth-client-unknown"

	// SaidProviderError: "Error fetching CODE METHOD URL: BODY" (oauthenticator): the
	// identity provider refused to answer the Hub.
	SaidProviderError StatementCode = "provider-error"

	// SaidTokenExpired: "Token stored in cookie may have expired" (warning, single-user
	// servers).
	SaidTokenExpired StatementCode = "token-expired"
)

// What JupyterHub says of itself.
const (
	// SaidVersion: "Running JupyterHub version V" (info), "nginx/V" (notice).
	SaidVersion StatementCode = "version"

	// SaidAuthenticator: "Using Authenticator: CLASS-V" (info). CLASS is in Values.Reason.
	SaidAuthenticator StatementCode = "authenticator"

	// SaidCookieSecretLoaded: "Loading cookie_secret from WHERE" (info): the secret of the
	// run before, if WHERE was not made anew.
	SaidCookieSecretLoaded StatementCode = "cookie-secret-loaded"

	// SaidCookieSecretWritten: "Writing cookie_secret to WHERE" (info): a new secret; all
	// sessions and tokens from before are void.
	SaidCookieSecretWritten StatementCode = "cookie-secret-written"

	// SaidCookieSecretGenerated: "Generating new cookie_secret" (debug): as above, even if
	// it is written nowhere.
	SaidCookieSecretGenerated StatementCode = "cookie-secret-generated"

	// SaidNobodyAllowed: "No allow config found, it's possible that nobody can login to
	// your Hub!" (warning, 5.0 and later).
	SaidNobodyAllowed StatementCode = "nobody-allowed"

	// SaidStopped: "Received signal SIGTERM, initiating shutdown..." (critical).
	SaidStopped StatementCode = "stopped"

	// SaidSpawnFailed: "Unhandled error starting NAME's server: REASON" and "Error starting
	// NAME's server: REASON" (error; JupyterHub 5.5.4, user.py, spawn).
	SaidSpawnFailed StatementCode = "spawn-failed"

	// SaidProxyUnreachable: "api_request to proxy failed: HTTP 403: Forbidden" (error): the
	// token between Hub and proxy differs, or the proxy is not there.
	SaidProxyUnreachable StatementCode = "proxy-unreachable"

	// SaidProxyStarting: "Starting proxy @ URL" (info): the Hub starts its proxy itself.
	// SaidProxyNotStarted: "Not starting proxy" (info): somebody else does (JupyterHub 4.1.6
	// and 5.5.4, proxy.py, start, and app.py, start).
	SaidProxyStarting   StatementCode = "proxy-starting"
	SaidProxyNotStarted StatementCode = "proxy-not-started"
)

// What proxies say.
const (
	// SaidUpstreamFailed: "503 GET PATH connect ECONNREFUSED …" (configurable-http-proxy),
	// "connect() failed (111: …) while connecting to upstream", "upstream timed out", "no
	// live upstreams" and "upstream prematurely closed connection" (nginx).
	SaidUpstreamFailed StatementCode = "upstream-failed"

	// SaidErrorPageFailed: "Failed to get custom error page: Error: connect ECONNREFUSED …"
	// (configurable-http-proxy): the Hub, whose page that is, is not there.
	SaidErrorPageFailed StatementCode = "error-page-failed"

	// SaidUpstreamHeadTooLarge: "upstream sent too big header while reading response header
	// from upstream" (nginx): the answer, and its cookies with it, became a 502.
	SaidUpstreamHeadTooLarge StatementCode = "upstream-head-too-large"

	// SaidHeadTooLarge: "client sent too long header line" and "client sent too large
	// request" (nginx, info).
	SaidHeadTooLarge StatementCode = "head-too-large"

	// SaidProxyHeaderMissing: "broken header: "…" while reading PROXY protocol" (nginx) and
	// "Received something which does not look like a PROXY protocol header" (HAProxy).
	SaidProxyHeaderMissing StatementCode = "proxy-header-missing"

	// SaidBadRequest: an access line without a request: `"\x16\x03\x01…" 400` (nginx and
	// others), "<BADREQ>" (HAProxy). Values.Reason is "TLS" or "PROXY" if it was a TLS
	// handshake or a PROXY protocol header, as far as the line shows it.
	SaidBadRequest StatementCode = "bad-request"

	// SaidRateLimited: "limiting requests, excess: …" and "limiting connections by zone"
	// (nginx).
	SaidRateLimited StatementCode = "rate-limited"

	// SaidForbiddenByRule: "access forbidden by rule" (nginx).
	SaidForbiddenByRule StatementCode = "forbidden-by-rule"

	// SaidBodyTooLarge: "client intended to send too large body" (nginx).
	SaidBodyTooLarge StatementCode = "body-too-large"
)

// What Django says.
const (
	// SaidFormForbidden: "Forbidden (REASON): PATH" (warning, logger django.security.csrf,
	// every version). Values.Target is the path.
	SaidFormForbidden StatementCode = "form-forbidden"
)

// What Airflow 3 says.
const (
	// SaidSecretGenerated: "`api_auth/jwt_secret` was empty, using a generated one for now.
	// Please set this in your config." (warning; the name may be api/secret_key). The name
	// is in Values.Reason. Each process has a key of its own.
	SaidSecretGenerated StatementCode = "secret-generated"

	// SaidSecretMissing: "ValueError: The value api_auth/jwt_secret must be set!" (API server
	// and execution API, 3.0 and later): the process does not start. The name is in
	// Values.Reason.
	SaidSecretMissing StatementCode = "secret-missing"

	// SaidListening: "Uvicorn running on http://ADDRESS:PORT (Press CTRL+C to quit)" (info):
	// the server has started. Values.Address is where, "" if it is any address.
	SaidListening StatementCode = "listening"

	// SaidStarted: "Application startup complete." (uvicorn, info, once for each worker).
	SaidStarted StatementCode = "started"

	// SaidCSRFRefused: "The CSRF session token is missing." and the like (info, Flask-WTF 1.0
	// and later, which the FAB auth manager's login form asks): the form was refused with
	// 400. The sentence is in Values.Reason.
	SaidCSRFRefused StatementCode = "csrf-refused"

	// SaidTokenInvalid: "JWT token is not valid: REASON" (error, API server, 3.0 and later);
	// "Failed to validate JWT" (warning, execution API, 3.0), which has no reason, and the
	// last line of the traceback behind it, which does; "Invalid auth token: REASON" in
	// what clients of the execution API log.
	SaidTokenInvalid StatementCode = "token-invalid"

	// SaidKeyTooShort: "The HMAC key is N bytes long, which is below the minimum …" (PyJWT
	// 2.11 and later).
	SaidKeyTooShort StatementCode = "key-too-short"
)

// What Jupyter Server says.
const (
	// SaidOriginBlocked: "Blocking Cross Origin API request for PATH.  Origin: ORIGIN,
	// Host: HOST" and, of some WebSockets, "Blocking Cross Origin WebSocket Attempt.
	// Origin: ORIGIN, Host: HOST" (warning, jupyter_server 2.21.1, base/handlers.py and
	// base/websocket.py). Got is the Origin and Expected the Host.
	SaidOriginBlocked StatementCode = "origin-blocked"
)
