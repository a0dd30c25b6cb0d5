import Configuration
import HTTPWire
import Login
import NIOCore
import Testing
import WebOrigin

@testable import Gateway

/// One call of the operators' port and what the gate says of it.
struct AdminCallCase: Sendable, CustomTestStringConvertible {
    var call: AdminRequest.Call
    var method = "POST"
    /// Lines without their CRLF, beside `host`.
    var fields: [String] = []
    var token: String?
    /// Status, code and reason; `admitted`, or `empty` where the body may hold nothing.
    var outcome: String

    var testDescription: String { "\(call) \(fields) token \(token != nil): \(outcome)" }
}

@Suite("Who may call the operators' port")
struct AdminGateTests {
    private static let secret = TestGateway.adminToken
    private static let json = "content-type: application/json"
    private static let bearer = "authorization: Bearer \(secret)"

    private static func head(_ method: String, _ fields: [String]) throws -> RequestHead {
        let lines = (["\(method) /x HTTP/1.1", "host: 127.0.0.1:9901"] + fields).joined(separator: "\r\n")
        var bytes = ByteBuffer(string: lines + "\r\n\r\n")
        var head = RequestHead()
        var parser = RequestParser()
        try #require(parser.parse(&bytes, into: &head) == .head)
        return head
    }

    private static func gate(_ token: String?) throws -> AdminGate {
        let address = try #require(IPAddress("127.0.0.1"))
        return AdminGate(origin: OriginGate(.address(address, port: 9901)), token: token.map { Array($0.utf8) })
    }

    private static func outcome(_ answer: LocalReply) throws -> String {
        let reason = try #require(answer.reason)
        return "\(answer.realStatus) \(reason.code) \(reason.name)"
    }

    private static let writes: [AdminRequest.Call] = [
        .endSession("s"), .endSessions(userID: "u"), .block(userID: "u"), .unblock(userID: "u"), .mintToken,
        .resetFuse(appID: "wx1"),
    ]

    @Test("Without admin.token whatever is about tokens is refused, and the counters are open")
    func withoutToken() throws {
        let gate = try Self.gate(nil)
        for call in Self.writes + [.accessToken(appID: nil)] {
            let head = try Self.head("POST", [Self.json, Self.bearer])
            let bytes = head.arena
            guard case .refuse(let answer) = gate.decision(on: call, head, bytes.readableBytesUInt8Span) else {
                Issue.record("\(call) is admitted")
                continue
            }
            #expect(try Self.outcome(answer) == "403 20012 FORBIDDEN")
            guard case .fixed(let message) = answer.message else {
                Issue.record("\(call): no message")
                continue
            }
            #expect("\(message)".contains("admin.token"))
            #expect(answer.relogin ?? answer.reason?.relogin == false)
        }
        let head = try Self.head("GET", [])
        let bytes = head.arena
        guard case .admit = gate.decision(on: .counters, head, bytes.readableBytesUInt8Span) else {
            Issue.record("the counters are refused")
            return
        }
    }

    private static let cases: [AdminCallCase] = [
        AdminCallCase(call: .counters, method: "GET", token: secret, outcome: "401 20001 AUTH_REQUIRED"),
        AdminCallCase(
            call: .counters,
            method: "GET",
            fields: ["authorization: Bearer another-admin-token-of-the-tests-012345"],
            token: secret,
            outcome: "401 20002 AUTH_INVALID"
        ),
        AdminCallCase(call: .counters, method: "GET", fields: [bearer], token: secret, outcome: "admitted"),
        // The token is asked for before the type.
        AdminCallCase(call: .mintToken, fields: [json], token: secret, outcome: "401 20001 AUTH_REQUIRED"),
        AdminCallCase(call: .mintToken, fields: [bearer, json], token: secret, outcome: "admitted"),
        AdminCallCase(
            call: .mintToken,
            fields: [bearer, "Content-Type: Application/JSON ; charset=utf-8"],
            token: secret,
            outcome: "admitted"
        ),
    ]
    private static let otherTypes: [[String]] = [
        [], ["content-type: text/plain"], ["content-type: application/x-www-form-urlencoded"],
        ["content-type: multipart/form-data; boundary=application/json"],
        ["content-type: text/plain; application/json"], ["content-type: application/jsonp"],
        ["content-type: application/json, text/plain"], ["content-type: text/json"], ["content-type: "],
        [json, "content-type: text/plain"], ["content_type: application/json"],
    ]

    @Test("The token opens every call", arguments: cases)
    func token(_ test: AdminCallCase) throws {
        let head = try Self.head(test.method, test.fields)
        let bytes = head.arena
        switch try Self.gate(test.token).decision(on: test.call, head, bytes.readableBytesUInt8Span) {
        case .admit: #expect(test.outcome == "admitted")
        case .admitWithoutContent: #expect(test.outcome == "empty")
        case .refuse(let answer): #expect(try Self.outcome(answer) == test.outcome)
        }
    }

    @Test("A call that needs a body is made with JSON only", arguments: otherTypes)
    func bodyType(_ fields: [String]) throws {
        let gate = try Self.gate(Self.secret)
        for length in ["content-length: 2", "transfer-encoding: chunked", "content-length: 0"] {
            let head = try Self.head("POST", [Self.bearer, length] + fields)
            let bytes = head.arena
            guard case .refuse(let answer) = gate.decision(on: .mintToken, head, bytes.readableBytesUInt8Span) else {
                Issue.record("\(fields) \(length) is admitted")
                continue
            }
            #expect(try Self.outcome(answer) == "400 24400 BAD_REQUEST")
        }
    }

    @Test("A call that needs no body may be made without a type, if nothing stands in the body", arguments: otherTypes)
    func emptyBody(_ fields: [String]) throws {
        let gate = try Self.gate(Self.secret)
        for call in Self.writes where call != .mintToken {
            for (length, isEmpty) in [("content-length: 0", true), ("x: y", true), ("content-length: 2", false)] {
                let head = try Self.head("PUT", [Self.bearer, length] + fields)
                let bytes = head.arena
                switch gate.decision(on: call, head, bytes.readableBytesUInt8Span) {
                case .admit: #expect(isEmpty, "\(call) \(length)")
                case .admitWithoutContent: #expect(!isEmpty, "\(call) \(length)")
                case .refuse: Issue.record("\(call) \(length) is refused")
                }
            }
        }
    }

    @Test(
        "An empty body and an empty object hold nothing",
        arguments: [
            ("", true), ("{}", true), (" {\r\n} ", true), ("{\"a\":1}", false), ("[]", false), ("x", false),
            ("{}{}", false), ("{", false),
        ]
    )
    func nothing(_ body: String, _ expected: Bool) {
        #expect(AdminGate.holdsNothing(Array(body.utf8)) == expected)
    }

    @Test(
        "A page's fields are found however they are written, and no other field is taken for them",
        arguments: [
            (["origin: http://evil.example"], true), (["ORIGIN: null"], true),
            (["origin: http://127.0.0.1:9901", "origin: http://evil.example"], true),
            (["Sec-Fetch-Site: cross-site"], true), (["SEC-FETCH-SITE: same-site"], true),
            (["sec-fetch-site: same-origin", "sec-fetch-site: cross-site"], true),
            (["origin: http://127.0.0.1:9901", "sec-fetch-site: same-origin"], false),
            (["sec-fetch-mode: cors", "referer: http://evil.example/"], false),
        ] as [([String], Bool)]
    )
    func page(_ fields: [String], _ isRefused: Bool) throws {
        let head = try Self.head("GET", fields)
        let bytes = head.arena
        let refusal = try Self.gate(nil).refusal(of: head, bytes.readableBytesUInt8Span)
        #expect((refusal != nil) == isRefused)
        if let refusal { #expect(try Self.outcome(refusal) == "403 20012 FORBIDDEN") }
    }
}
