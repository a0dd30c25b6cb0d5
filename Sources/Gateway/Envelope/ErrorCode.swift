/// The codes of local replies (product contract, section 3). Clients rely on `code`, `name` and the HTTP status
/// together; docs/errors.md tells front-end teams how to handle each.
package enum ErrorCode: UInt8, CaseIterable, Sendable {
    case authRequired, authInvalid, authExpired, clientKeyInvalid, authRevoked
    case loginCodeInvalid, loginCodeUsed, userBlocked, loginThrottled, openDataRefused, authStepRequired, forbidden
    case badRequest, routeNotFound, methodNotAllowed, requestTimeout, bodyTooLarge, uriTooLong, expectationFailed
    case rateLimited, headersTooLarge
    case internalFault, misconfigured, unavailable, notSupported, loopDetected
    case upstreamStatus, upstreamConnect, upstreamTimeout, upstreamProtocol, upstreamUnavailable, wechatUnavailable

    /// The number in the body.
    package var code: Int { row.code }
    /// The stable name in the body's `reason`, e.g. `AUTH_EXPIRED`.
    package var name: StaticString { row.name }
    /// The HTTP status, unless the reply overrides it. For `upstreamStatus` the service decides; 502 is the default.
    package var status: Int { row.status }
    /// Whether calling wx.login now makes sense.
    package var relogin: Bool { row.relogin }
    /// Whether the same request may be sent again afterwards: after the login where `relogin` is true.
    package var replay: Bool { row.replay }
    /// The message for people. For failures of a service or of WeChat it is the message inside `data.data.error`, since
    /// `msg` is constant for those.
    package var message: StaticString { row.message }
    /// Whether a service or WeChat failed, so that the envelope has `data` with the inner status.
    package var isUpstream: Bool { row.code == 30000 }

    /// Seconds for `retry-after`, if the contract promises the field and the reply has no better value.
    package var retryAfter: Int? {
        switch self {
        case .loginThrottled: 60
        case .unavailable, .rateLimited: 1
        default: nil
        }
    }

    /// The `error` parameter of `www-authenticate`: given where a token was sent (RFC 6750, section 3).
    package var challengeError: StaticString? {
        switch self {
        case .authInvalid, .authExpired, .authRevoked: "invalid_token"
        default: nil
        }
    }

    private struct Row {
        var code: Int
        var name: StaticString
        var status: Int
        var relogin = false
        var replay = false
        var message: StaticString
    }

    private var row: Row {
        switch self {
        case .authRequired:
            Row(code: 20001, name: "AUTH_REQUIRED", status: 401, relogin: true, replay: true, message: "token required")
        case .authInvalid:
            Row(code: 20002, name: "AUTH_INVALID", status: 401, relogin: true, replay: true, message: "token invalid")
        case .authExpired:
            Row(code: 20003, name: "AUTH_EXPIRED", status: 401, relogin: true, replay: true, message: "token expired")
        case .clientKeyInvalid:
            Row(code: 20004, name: "CLIENT_KEY_INVALID", status: 403, message: "bg-key is auth failed")
        case .authRevoked:
            Row(code: 20005, name: "AUTH_REVOKED", status: 401, relogin: true, replay: true, message: "session ended")
        case .loginCodeInvalid:
            Row(code: 20006, name: "LOGIN_CODE_INVALID", status: 400, relogin: true, message: "login code invalid")
        case .loginCodeUsed:
            Row(code: 20007, name: "LOGIN_CODE_USED", status: 400, relogin: true, message: "login code already used")
        case .userBlocked:
            Row(code: 20008, name: "USER_BLOCKED", status: 403, message: "user blocked")
        case .loginThrottled:
            Row(code: 20009, name: "LOGIN_THROTTLED", status: 429, message: "too many logins, try again later")
        case .openDataRefused:
            Row(
                code: 20010,
                name: "DECRYPT_WX_OPEN_DATA_FAIL",
                status: 422,
                relogin: true,
                message: "open data rejected, log in again"
            )
        case .authStepRequired:
            Row(code: 20011, name: "AUTH_STEP_REQUIRED", status: 403, message: "profile or phone number required")
        case .forbidden:
            Row(code: 20012, name: "FORBIDDEN", status: 403, message: "the token is not valid for this route")
        case .badRequest:
            Row(code: 24400, name: "BAD_REQUEST", status: 400, message: "bad request")
        case .routeNotFound:
            Row(code: 24404, name: "ROUTE_NOT_FOUND", status: 404, message: "no such route")
        case .methodNotAllowed:
            Row(code: 24405, name: "METHOD_NOT_ALLOWED", status: 405, message: "method not allowed")
        case .requestTimeout:
            Row(code: 24408, name: "REQUEST_TIMEOUT", status: 408, replay: true, message: "request too slow")
        case .bodyTooLarge:
            Row(code: 24413, name: "BODY_TOO_LARGE", status: 413, message: "request body too large")
        case .uriTooLong:
            Row(code: 24414, name: "URI_TOO_LONG", status: 414, message: "request target too long")
        case .expectationFailed:
            Row(code: 24417, name: "EXPECTATION_FAILED", status: 417, message: "expectation not supported")
        case .rateLimited:
            Row(code: 24429, name: "RATE_LIMITED", status: 429, message: "too many requests, try again later")
        case .headersTooLarge:
            Row(code: 24431, name: "HEADERS_TOO_LARGE", status: 431, message: "request headers too large")
        case .internalFault:
            Row(code: 25000, name: "INTERNAL", status: 500, message: "internal error")
        case .misconfigured:
            Row(code: 25001, name: "MISCONFIGURED", status: 500, message: "gateway misconfigured")
        case .unavailable:
            Row(code: 25003, name: "UNAVAILABLE", status: 503, replay: true, message: "busy, try again shortly")
        case .notSupported:
            Row(code: 25005, name: "NOT_SUPPORTED", status: 501, message: "not supported")
        case .loopDetected:
            Row(code: 25008, name: "LOOP_DETECTED", status: 508, message: "the request came back to the gateway")
        case .upstreamStatus:
            Row(code: 30000, name: "UPSTREAM_STATUS", status: 502, message: "The service failed.")
        case .upstreamConnect:
            Row(code: 30000, name: "UPSTREAM_CONNECT", status: 502, message: "The service could not be reached.")
        case .upstreamTimeout:
            Row(code: 30000, name: "UPSTREAM_TIMEOUT", status: 504, message: "The service did not respond in time.")
        case .upstreamProtocol:
            Row(code: 30000, name: "UPSTREAM_PROTOCOL", status: 502, message: "The service's response was not valid.")
        case .upstreamUnavailable:
            Row(code: 30000, name: "UPSTREAM_UNAVAILABLE", status: 503, message: "The service is not available.")
        case .wechatUnavailable:
            Row(code: 30000, name: "WECHAT_UNAVAILABLE", status: 503, message: "WeChat is not available.")
        }
    }
}
