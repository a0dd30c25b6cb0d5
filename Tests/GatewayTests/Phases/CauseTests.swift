import HTTPWire
import JSON
import Login
import TLS
import Testing

@testable import Gateway

/// What a client gets of an answer.
struct Told: Equatable, CustomStringConvertible {
    var status: Int
    var code: Int64
    var reason: String
    var relogin: Bool
    var replay: Bool

    init(_ status: Int, _ code: Int64, _ reason: String, relogin: Bool = false, replay: Bool = false) {
        self.status = status
        self.code = code
        self.reason = reason
        self.relogin = relogin
        self.replay = replay
    }

    init(_ answer: LocalReply) throws {
        let envelope = try parsed(body(of: answer))
        status = response(answer).written.status
        code = try #require(envelope["code"]?.integer)
        reason = try #require(envelope["reason"]?.string)
        relogin = try #require(envelope["relogin"]?.bool as Bool?)
        replay = try #require(envelope["replay"]?.bool as Bool?)
    }

    var description: String { "\(status) \(code) \(reason) relogin \(relogin) replay \(replay)" }
}

@Suite("From a cause to the contract's answer")
struct CauseTests {
    private static let badRequest = Told(400, 24400, "BAD_REQUEST")

    /// Those that are not simply 400.
    private static let faults: [WireFault: Told] = [
        .requestLineTooLong: Told(414, 24414, "URI_TOO_LONG"),
        .unknownExpectation: Told(417, 24417, "EXPECTATION_FAILED"),
        .headersTooLarge: Told(431, 24431, "HEADERS_TOO_LARGE"),
        .tooManyHeaders: Told(431, 24431, "HEADERS_TOO_LARGE"),
        .connectNotSupported: Told(501, 25005, "NOT_SUPPORTED"),
        .versionNotSupported: Told(505, 25005, "NOT_SUPPORTED"),
    ]

    @Test("a broken request", arguments: WireFault.allCases)
    func wireFault(_ fault: WireFault) throws {
        // What only services can get wrong never comes from a client.
        guard fault != .malformedStatusLine, fault != .statusLineTooLong else { return }
        let answer = LocalReply.refusal(fault)
        #expect(try Told(answer) == Self.faults[fault] ?? Self.badRequest)
        #expect(try parsed(body(of: answer))["msg"]?.string == "\(fault.message)")
    }

    private static let serviceFaults: [(ServiceFault, Told)] = [
        (.connectFailed, Told(502, 30000, "UPSTREAM_CONNECT")),
        (.connectTimedOut, Told(504, 30000, "UPSTREAM_TIMEOUT")),
        (.tlsFailed(.certificateExpired), Told(502, 30000, "UPSTREAM_CONNECT")),
        (.tlsTimedOut, Told(504, 30000, "UPSTREAM_TIMEOUT")),
        (.timedOut, Told(504, 30000, "UPSTREAM_TIMEOUT")),
        (.closed, Told(502, 30000, "UPSTREAM_PROTOCOL")),
        (.malformed, Told(502, 30000, "UPSTREAM_PROTOCOL")),
        (.tooManyInformational, Told(502, 30000, "UPSTREAM_PROTOCOL")),
        (.unsolicitedUpgrade, Told(502, 30000, "UPSTREAM_PROTOCOL")),
    ]

    @Test("a service that gave no answer", arguments: serviceFaults)
    func serviceFault(_ fault: ServiceFault, _ expected: Told) throws {
        let answer = LocalReply.failure(fault)
        #expect(try Told(answer) == expected)
        let data = try #require(try parsed(body(of: answer))["data"])
        #expect(data["status"]?.integer == Int64(expected.status))
        #expect(data["data"]?["error"]?["message"]?.string?.isEmpty == false)
    }

    private static let logins: [(LoginFailure, Told)] = [
        (.codeInvalid(mock: false), Told(400, 20006, "LOGIN_CODE_INVALID", relogin: true)),
        (.codeInvalid(mock: true), Told(400, 20006, "LOGIN_CODE_INVALID")),
        (.codeUsed, Told(400, 20007, "LOGIN_CODE_USED", relogin: true)),
        (.userBlocked, Told(403, 20008, "USER_BLOCKED")),
        (.throttled(retryAfter: 300), Told(429, 20009, "LOGIN_THROTTLED")),
        (.misconfigured, Told(500, 25001, "MISCONFIGURED")),
        (.wechatUnavailable(status: 502), Told(503, 30000, "WECHAT_UNAVAILABLE")),
        (.wechatUnavailable(status: 503), Told(503, 30000, "WECHAT_UNAVAILABLE")),
        (.wechatUnavailable(status: 504), Told(503, 30000, "WECHAT_UNAVAILABLE")),
        (.storeUnavailable, Told(503, 25003, "UNAVAILABLE", replay: true)),
        (.overloaded, Told(503, 25003, "UNAVAILABLE", replay: true)),
        (.sessionUnknown, Told(401, 20002, "AUTH_INVALID", relogin: true, replay: true)),
        (.internalFault, Told(500, 25000, "INTERNAL")),
        (.openDataRefused, Told(422, 20010, "DECRYPT_WX_OPEN_DATA_FAIL", relogin: true)),
        (.resolverFailed(.connect), Told(502, 30000, "UPSTREAM_CONNECT")),
        (.resolverFailed(.timeout), Told(504, 30000, "UPSTREAM_TIMEOUT")),
        (.resolverFailed(.protocolViolation), Told(502, 30000, "UPSTREAM_PROTOCOL")),
        (.resolverFailed(.status(500)), Told(502, 30000, "UPSTREAM_STATUS")),
    ]

    @Test("a login that failed", arguments: logins)
    func login(_ failure: LoginFailure, _ expected: Told) throws {
        #expect(try Told(LocalReply(EndpointReply(.failure(failure)))) == expected)
    }

    @Test("what happened between gateway and WeChat stands inside", arguments: [502, 503, 504])
    func weChat(_ status: Int) throws {
        let envelope = try parsed(body(of: LocalReply(EndpointReply(.failure(.wechatUnavailable(status: status))))))
        #expect(envelope["msg"]?.string == "Third-party service error!")
        #expect(envelope["data"]?["status"]?.integer == Int64(status))
        #expect(envelope["data"]?["data"]?["error"]?["message"]?.string == "WeChat is not available.")
    }

    @Test("when to come again")
    func retryAfter() {
        #expect(
            response(LocalReply(EndpointReply(.failure(.throttled(retryAfter: 300))))).text.contains(
                "\r\nretry-after: 300\r\n"
            )
        )
        #expect(response(LocalReply(EndpointReply(.failure(.overloaded)))).text.contains("\r\nretry-after: 1\r\n"))
        #expect(response(.refusal(.unavailable, retryAfter: 7)).text.contains("\r\nretry-after: 7\r\n"))
        #expect(!response(LocalReply(EndpointReply(.failure(.codeUsed)))).text.contains("retry-after"))
    }

    @Test("a body that is not as documented says what to change")
    func badBody() throws {
        let answer = LocalReply(EndpointReply(.badRequest(#""code" is missing"#)))
        #expect(try Told(answer) == Self.badRequest)
        #expect(try parsed(body(of: answer))["msg"]?.string == #""code" is missing"#)
    }

    @Test("a token is kept by no cache")
    func tokenReply() throws {
        let reply = EndpointReply(.success(data: Array(#"{"token":"t"}"#.utf8)), carriesToken: true)
        let text = response(LocalReply(reply)).text
        #expect(text.hasPrefix("HTTP/1.1 200 "))
        #expect(text.contains("\r\ncache-control: private, no-store\r\n"))
        #expect(text.hasSuffix(#"{"code":10000,"msg":"Success!","data":{"token":"t"}}"#))
    }

    @Test("readiness in words")
    func ready() throws {
        let isAway = Watched(false)
        let readiness = Readiness { isAway.withLock { $0 } }
        #expect(try Told(.ready(readiness)) == Told(503, 25003, "UNAVAILABLE", replay: true))
        #expect(body(of: .ready(readiness)).contains("starting"))
        readiness.markLoaded()
        readiness.markInformed()
        #expect(body(of: .ready(readiness)) == #"{"code":10000,"msg":"Success!","data":{"status":"ready"}}"#)
        // A store that is away later still lets valid tokens work.
        isAway.withLock { $0 = true }
        #expect(response(.ready(readiness)).written.status == 200)
        #expect(body(of: .ready(readiness)).contains(#""status":"degraded""#))
        readiness.markDraining()
        #expect(try Told(.ready(readiness)) == Told(503, 25003, "UNAVAILABLE", replay: true))
        #expect(body(of: .ready(readiness)).contains("stopping"))
        #expect(body(of: .live).contains(#""status":"live""#))
    }
}
