import Configuration
import HTTPWire
import NIOCore
import Testing

@testable import Gateway

@Suite("The configuration in the form that the phases need")
struct GatewaySettingsTests {
    // MARK: - Time-outs

    @Test("takes the shortest time-out of all as the wheel's sweep")
    func shortest() throws {
        let second: Int64 = 1_000_000_000
        // The linger of a closing connection is the shortest of the defaults.
        #expect(try PhaseFixture.settings().shortestTimeout == 2 * second)
        for name in ["head", "body", "keepAlive"] {
            let settings = try PhaseFixture.settings(["timeouts": #"{"\#(name)":"300ms"}"#])
            #expect(settings.shortestTimeout == 300_000_000, "\(name)")
        }
        for name in ["firstByte", "idle", "keepAlive"] {
            let services = """
                {"s":{"targets":["http://127.0.0.1:2"]},
                 "t":{"targets":["http://127.0.0.1:3"],"timeouts":{"\(name)":"150ms"}}}
                """
            #expect(try PhaseFixture.settings(["services": services]).shortestTimeout == 150_000_000, "\(name)")
        }
        // The drain of the whole process is no deadline of a connection.
        #expect(try PhaseFixture.settings(["timeouts": #"{"drain":"1s"}"#]).shortestTimeout == 2 * second)
    }

    @Test("takes times and limits as they are")
    func values() throws {
        let settings = try PhaseFixture.settings([
            "timeouts": #"{"head":"3s","body":"4s","keepAlive":"5s","drain":"6s"}"#,
            "limits": #"{"requestLine":"1KiB","headers":"2KiB","headerCount":20}"#,
        ])
        let lenient = try PhaseFixture.configuration([
            "limits": #"{"headers":"2KiB","responseHeaders":"3KiB","responseHeaderCount":30}"#
        ])
        #expect(GatewaySettings.responseLimits(lenient).requestLine == 8192)
        #expect(GatewaySettings.responseLimits(lenient).headerBlock == 3072)
        #expect(GatewaySettings.responseLimits(lenient).headerCount == 30)
        #expect(settings.clientTimeouts.head == 3_000_000_000)
        #expect(settings.clientTimeouts.body == 4_000_000_000)
        #expect(settings.clientTimeouts.keepAlive == 5_000_000_000)
        for (rate, expected) in [(nil, 3_906_250), ("1B", 1_000_000_000), ("1MiB", 953), ("off", Int64.max)] {
            let limits = rate.map { ["limits": #"{"bodyRate":"\#($0)"}"#] } ?? [:]
            #expect(try PhaseFixture.settings(limits).clientTimeouts.nanosecondsPerByte == expected)
        }
        #expect(settings.drainTimeout == 6_000_000_000)
        #expect(settings.wireLimits.requestLine == 1024)
        #expect(settings.wireLimits.headerBlock == 2048)
        #expect(settings.wireLimits.headerCount == 20)
        #expect(settings.realm == Array("i".utf8))
    }

    // MARK: - Statuses

    private static func identity(app: String) throws -> Identity {
        let rules = try TokenFixture.rules(audiences: [app])
        let claims = TokenFixture.claims(["aud": "\"\(app)\"", "client_id": "\"\(app)\""])
        let verdict = try TokenFixture.verdict(TokenFixture.token(claims: claims), rules: rules)
        return try #require(verdict.identity)
    }

    @Test("answers with HTTP 200 where the user's app says so, else the file")
    func statuses() throws {
        let always = #""always200""#
        let (a, b, other) = (try Self.identity(app: "a"), try Self.identity(app: "b"), try Self.identity(app: "c"))

        var settings = try PhaseFixture.settings()
        #expect(!settings.always200(appOf: nil) && !settings.always200(appOf: a))

        settings = try PhaseFixture.settings(["statuses": always])
        #expect(settings.always200(appOf: nil) && settings.always200(appOf: a))

        // One app: it speaks for those who are not known yet.
        settings = try PhaseFixture.settings(["wechat": PhaseFixture.wechat(["a": "always200"])])
        #expect(settings.always200(appOf: nil) && settings.always200(appOf: a) && !settings.always200(appOf: other))
        settings = try PhaseFixture.settings(["wechat": PhaseFixture.wechat(["a": "real"]), "statuses": always])
        #expect(!settings.always200(appOf: nil) && !settings.always200(appOf: a) && settings.always200(appOf: other))

        // Several that say different things: the file speaks for those who are not known yet.
        let apps = PhaseFixture.wechat(["a": "always200", "b": "real"])
        settings = try PhaseFixture.settings(["wechat": apps])
        #expect(!settings.always200(appOf: nil) && settings.always200(appOf: a) && !settings.always200(appOf: b))
        settings = try PhaseFixture.settings(["wechat": apps, "statuses": always])
        #expect(settings.always200(appOf: nil) && settings.always200(appOf: a) && !settings.always200(appOf: b))
    }

    @Test("lets one of several apps not speak for those whose app is not known")
    func oneAppOfSeveral() throws {
        let settings = try PhaseFixture.settings(["wechat": PhaseFixture.wechat(["a": "always200", "b": nil])])
        #expect(settings.always200(appOf: try Self.identity(app: "a")))
        #expect(!settings.always200(appOf: try Self.identity(app: "b")))
        #expect(!settings.always200(appOf: nil))
    }

    // MARK: - Fields towards services

    private static func forwarded(_ line: String, by policy: RequestFieldPolicy, names: FieldNames) throws -> Bool {
        var parser = RequestParser(limits: HTTPLimits(), names: names)
        var head = RequestHead()
        var bytes = ByteBuffer(string: "GET /a HTTP/1.1\r\nhost: h\r\n\(line)\r\n\r\n")
        guard parser.parse(&bytes, into: &head) == .head else { throw PhaseFixture.Refused(description: line) }
        var out = ByteBuffer()
        let (target, host) = (Array("/a".utf8), Array("service".utf8))
        HeadWriter.writeRequestHead(
            into: &out,
            from: head,
            target: target.span,
            host: host.span,
            policy: policy,
            identity: ByteBuffer().readableBytesSpan,
            extra: FieldBlock(),
            framing: .none
        )
        return String(buffer: out).contains(line + "\r\n")
    }

    private static let lines:
        [(line: String, passes: @Sendable (_ trusted: Bool, _ token: Bool, _ wraps: Bool) -> Bool)] = [
            ("accept: */*", { _, _, _ in true }),
            ("cookie: a=b", { _, _, _ in true }),
            ("authorization: Bearer x", { _, token, _ in token }),
            ("accept-encoding: gzip", { _, _, wraps in !wraps }),
            ("range: bytes=0-1", { _, _, wraps in !wraps }),
            ("if-range: \"x\"", { _, _, wraps in !wraps }),
            // Nobody's word passes as it is for what the gateway writes itself.
            ("x-forwarded-for: 1.2.3.4", { _, _, _ in false }),
            ("x-forwarded-proto: https", { _, _, _ in false }),
            ("x-forwarded-host: h", { _, _, _ in false }),
            ("via: 1.1 x", { _, _, _ in false }),
            ("x-request-id: x", { _, _, _ in false }),
            ("traceparent: x", { _, _, _ in false }),
            ("tracestate: x", { _, _, _ in false }),
            ("x-user-id: u", { _, _, _ in false }),
            ("x-wx-openid: o", { _, _, _ in false }),
            ("x-auth-token: t", { _, _, _ in false }),
            ("x-real-ip: 1.2.3.4", { _, _, _ in false }),
            ("forwarded: for=x", { _, _, _ in false }),
            ("proxy: x", { _, _, _ in false }),
            ("x_user_id: u", { _, _, _ in false }),
        ]

    @Test("picks the field policy that fits peer, route and treatment", arguments: [false, true], [false, true])
    func policies(_ isTrusted: Bool, _ keepsToken: Bool) throws {
        let settings = try PhaseFixture.settings()
        for wraps in [false, true] {
            let policy = settings.policy(isTrusted: isTrusted, keepsToken: keepsToken, wraps: wraps)
            for (line, passes) in Self.lines {
                let isThere = try Self.forwarded(line, by: policy, names: settings.fieldNames)
                #expect(
                    isThere == passes(isTrusted, keepsToken, wraps),
                    "\(line), trusted \(isTrusted), keeps token \(keepsToken), wraps \(wraps)"
                )
            }
        }
    }

    @Test("drops the token under the name that is configured, and no other")
    func tokenHeader() throws {
        let settings = try PhaseFixture.settings(["tokens": PhaseFixture.tokens(#","header":"x-token""#)])
        let dropping = settings.policy(isTrusted: false, keepsToken: false, wraps: false)
        let keeping = settings.policy(isTrusted: false, keepsToken: true, wraps: false)
        #expect(try !Self.forwarded("x-token: t", by: dropping, names: settings.fieldNames))
        #expect(try Self.forwarded("x-token: t", by: keeping, names: settings.fieldNames))
        #expect(try Self.forwarded("authorization: Basic b", by: dropping, names: settings.fieldNames))
    }
}
