import Foundation
import Gateway
import JSON
import Testing

@Suite("Reasons are as the contract says")
struct ErrorCodeTests {
    /// The contract's table, written down a second time.
    private static let bodies: [(ErrorCode, Int, String)] = [
        (
            .authRequired, 401,
            #"{"code":20001,"msg":"token required","reason":"AUTH_REQUIRED","relogin":true,"replay":true"#
        ),
        (
            .authInvalid, 401,
            #"{"code":20002,"msg":"token invalid","reason":"AUTH_INVALID","relogin":true,"replay":true"#
        ),
        (
            .authExpired, 401,
            #"{"code":20003,"msg":"token expired","reason":"AUTH_EXPIRED","relogin":true,"replay":true"#
        ),
        (
            .clientKeyInvalid, 403,
            #"{"code":20004,"msg":"bg-key is auth failed","reason":"CLIENT_KEY_INVALID","relogin":false,"replay":false"#
        ),
        (
            .authRevoked, 401,
            #"{"code":20005,"msg":"session ended","reason":"AUTH_REVOKED","relogin":true,"replay":true"#
        ),
        (
            .loginCodeInvalid, 400,
            #"{"code":20006,"msg":"login code invalid","reason":"LOGIN_CODE_INVALID","relogin":true,"replay":false"#
        ),
        (
            .loginCodeUsed, 400,
            #"{"code":20007,"msg":"login code already used","reason":"LOGIN_CODE_USED","relogin":true,"replay":false"#
        ),
        (
            .userBlocked, 403,
            #"{"code":20008,"msg":"user blocked","reason":"USER_BLOCKED","relogin":false,"replay":false"#
        ),
        (
            .loginThrottled, 429,
            #"{"code":20009,"msg":"too many logins, try again later","reason":"LOGIN_THROTTLED","relogin":false,"replay":false"#
        ),
        (
            .openDataRefused, 422,
            #"{"code":20010,"msg":"open data rejected, log in again","reason":"DECRYPT_WX_OPEN_DATA_FAIL","relogin":true,"replay":false"#
        ),
        (
            .authStepRequired, 403,
            #"{"code":20011,"msg":"profile or phone number required","reason":"AUTH_STEP_REQUIRED","relogin":false,"replay":false"#
        ),
        (
            .forbidden, 403,
            #"{"code":20012,"msg":"the token is not valid for this route","reason":"FORBIDDEN","relogin":false,"replay":false"#
        ),
        (.badRequest, 400, #"{"code":24400,"msg":"bad request","reason":"BAD_REQUEST","relogin":false,"replay":false"#),
        (
            .routeNotFound, 404,
            #"{"code":24404,"msg":"no such route","reason":"ROUTE_NOT_FOUND","relogin":false,"replay":false"#
        ),
        (
            .methodNotAllowed, 405,
            #"{"code":24405,"msg":"method not allowed","reason":"METHOD_NOT_ALLOWED","relogin":false,"replay":false"#
        ),
        (
            .requestTimeout, 408,
            #"{"code":24408,"msg":"request too slow","reason":"REQUEST_TIMEOUT","relogin":false,"replay":true"#
        ),
        (
            .bodyTooLarge, 413,
            #"{"code":24413,"msg":"request body too large","reason":"BODY_TOO_LARGE","relogin":false,"replay":false"#
        ),
        (
            .uriTooLong, 414,
            #"{"code":24414,"msg":"request target too long","reason":"URI_TOO_LONG","relogin":false,"replay":false"#
        ),
        (
            .expectationFailed, 417,
            #"{"code":24417,"msg":"expectation not supported","reason":"EXPECTATION_FAILED","relogin":false,"replay":false"#
        ),
        (
            .rateLimited, 429,
            #"{"code":24429,"msg":"too many requests, try again later","reason":"RATE_LIMITED","relogin":false,"replay":false"#
        ),
        (
            .headersTooLarge, 431,
            #"{"code":24431,"msg":"request headers too large","reason":"HEADERS_TOO_LARGE","relogin":false,"replay":false"#
        ),
        (
            .internalFault, 500,
            #"{"code":25000,"msg":"internal error","reason":"INTERNAL","relogin":false,"replay":false"#
        ),
        (
            .misconfigured, 500,
            #"{"code":25001,"msg":"gateway misconfigured","reason":"MISCONFIGURED","relogin":false,"replay":false"#
        ),
        (
            .unavailable, 503,
            #"{"code":25003,"msg":"busy, try again shortly","reason":"UNAVAILABLE","relogin":false,"replay":true"#
        ),
        (
            .notSupported, 501,
            #"{"code":25005,"msg":"not supported","reason":"NOT_SUPPORTED","relogin":false,"replay":false"#
        ),
        (
            .loopDetected, 508,
            #"{"code":25008,"msg":"the request came back to the gateway","reason":"LOOP_DETECTED","relogin":false,"replay":false"#
        ),
        (.upstreamStatus, 502, upstream("The service failed.", 502, "UPSTREAM_STATUS")),
        (.upstreamConnect, 502, upstream("The service could not be reached.", 502, "UPSTREAM_CONNECT")),
        (.upstreamTimeout, 504, upstream("The service did not respond in time.", 504, "UPSTREAM_TIMEOUT")),
        (.upstreamProtocol, 502, upstream("The service's response was not valid.", 502, "UPSTREAM_PROTOCOL")),
        (.upstreamUnavailable, 503, upstream("The service is not available.", 503, "UPSTREAM_UNAVAILABLE")),
        (.wechatUnavailable, 503, upstream("WeChat is not available.", 503, "WECHAT_UNAVAILABLE")),
    ]

    private static func upstream(_ message: String, _ status: Int, _ name: String) -> String {
        #"{"code":30000,"msg":"Third-party service error!","data":{"data":{"error":{"message":"\#(message)"}},"#
            + #""status":\#(status)},"reason":"\#(name)","relogin":false,"replay":false"#
    }

    @Test func everyReasonHasItsBytes() throws {
        #expect(Self.bodies.map(\.0) == ErrorCode.allCases)
        for (reason, status, expected) in Self.bodies {
            #expect(body(of: LocalReply(reason)) == expected + #","requestId":"0199"}"#)
            #expect(body(of: LocalReply(reason), requestID: "") == expected + "}")
            #expect(LocalReply(reason).realStatus == status)
            let root = try parsed(expected + "}")
            #expect(root["code"]?.integer == Int64(reason.code))
        }
    }

    /// "Send the same request again" is for what a login, or time, makes good.
    @Test func noReplyAsksForARepetitionAfterALoginThatIsOfNoUse() throws {
        for reason in ErrorCode.allCases {
            var reply = LocalReply(reason)
            reply.relogin = false
            let envelope = try parsed(body(of: reply))
            #expect(envelope["relogin"]?.bool == false)
            #expect(envelope["replay"]?.bool == (reason.replay && !reason.relogin), "\(reason)")
        }
    }

    @Test func onlyAFailedCheckOfATokenOrCodeInvitesALogin() {
        let inviting: [ErrorCode] = [
            .authRequired, .authInvalid, .authExpired, .authRevoked, .loginCodeInvalid, .loginCodeUsed,
            .openDataRefused,
        ]
        #expect(ErrorCode.allCases.filter(\.relogin) == inviting)
    }
}

@Suite("docs/errors.md tells what the gateway does")
struct ErrorTableTests {
    private struct Row: Equatable, CustomStringConvertible {
        var code: String
        var reason: String
        var status: String
        var relogin: String
        var replay: String

        var description: String { "\(code) \(reason) \(status) \(relogin) \(replay)" }

        init(_ reason: ErrorCode) {
            code = String(reason.code)
            self.reason = "\(reason.name)"
            status =
                switch reason {
                case .upstreamStatus: "the service's own"
                case .notSupported: "501 or 505"
                default: String(reason.status)
                }
            relogin =
                switch reason {
                case .loginCodeInvalid: "true (false for the developer tools' mock code)"
                case .authRevoked: "true (false after the user's own logout)"
                default: String(reason.relogin)
                }
            replay = reason == .authRevoked ? "true (as relogin)" : String(reason.replay)
        }

        init(cells: [String]) {
            (code, reason, status, relogin, replay) = (cells[0], cells[1], cells[2], cells[3], cells[4])
        }
    }

    @Test func everyRowIsTrueAndNoneIsMissing() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/errors.md"), encoding: .utf8)
        var rows: [Row] = []
        for line in text.split(separator: "\n") where line.hasPrefix("| ") {
            let cells = line.dropFirst().dropLast().split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 7, Int(cells[0]) != nil else { continue }
            #expect(!cells[5].isEmpty && !cells[6].isEmpty)
            rows.append(Row(cells: cells))
        }
        #expect(rows == ErrorCode.allCases.map { Row($0) })
    }
}
