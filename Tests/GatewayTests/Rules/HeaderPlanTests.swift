import Configuration
import HTTPWire
import NIOCore
import Testing

@testable import Gateway

@Suite("Header rules")
struct HeaderPlanTests {
    private static func plan(
        service: String = "{}",
        route: String = "{}",
        path: String = "/o/{id}/{name}/**"
    ) throws -> HeaderPlan? {
        let configuration = try PhaseFixture.configuration([
            "secrets": #"{"key":{"value":"hush-hush"}}"#,
            "services": #"{"s":{"targets":["http://127.0.0.1:2"],"requestHeaders":\#(service)}}"#,
            "routes": #"[{"path":"\#(path)","service":"s","requestHeaders":\#(route)}]"#,
        ])
        let first = try #require(configuration.routes.first)
        return HeaderPlan(
            service: try #require(configuration.services["s"]).requestHeaders,
            route: first.requestHeaders,
            pattern: first.path,
            secrets: configuration.secrets
        )
    }

    private static let facts = HeaderFacts(
        userID: Array("u".utf8),
        openid: Array("o".utf8),
        unionid: nil,
        appID: Array("a".utf8),
        requestID: Array("r-1".utf8),
        clientAddress: Array("192.0.2.1".utf8)
    )

    private static func lines(
        _ plan: HeaderPlan?,
        path: String = "/o/7/x%0d%0ay/z",
        facts: HeaderFacts = facts,
        caching: Bool? = nil
    ) -> [String]? {
        let path = Array(path.utf8)
        guard let fields = plan?.render(facts, path: path.span, caching: caching) else { return nil }
        return String(buffer: fields.lines).split(separator: "\r\n").map(String.init)
    }

    /// Names of the fields that stay.
    private static func kept(_ plan: HeaderPlan?, _ names: [String]) throws -> [String] {
        var parser = RequestParser(limits: HTTPLimits(), names: .standard)
        var head = RequestHead()
        let lines = names.map { "\($0): v\r\n" }.joined()
        var bytes = ByteBuffer(string: "GET / HTTP/1.1\r\nhost: h\r\n\(lines)\r\n")
        guard parser.parse(&bytes, into: &head) == .head else { throw PhaseFixture.Refused(description: lines) }
        let arena = head.arena
        plan?.drop(from: &head.fields, in: arena.readableBytesUInt8Span)
        return head.fields.dropFirst().filter { !$0.isHopByHop }.map { field in
            let name = arena.readableBytesUInt8Span.extracting(field.name.range)
            return String(decoding: Array(copying: name), as: UTF8.self)
        }
    }

    @Test("none of them, no plan")
    func none() throws {
        #expect(try Self.plan() == nil)
        #expect(try Self.plan(route: #"{"remove":["x-a"]}"#) != nil)
    }

    @Test("tell what is known of the request, secrets and segments")
    func values() throws {
        let plan = try Self.plan(
            route: #"""
                {"set":{"X-User":"${user.id}/${user.openid}@${user.appId}","authorization":"Bearer ${secret:key}",
                        "x-way":"${client.address} ${request.id}","x-path":"<${route.id}|${route.name}>","x-empty":""}}
                """#
        )
        #expect(
            Self.lines(plan) == [
                "x-user: u/o@a", "authorization: Bearer hush-hush", "x-way: 192.0.2.1 r-1", "x-path: <7|x%0d%0ay>",
                "x-empty: ",
            ]
        )
    }

    @Test("a line that tells what is not known is left out, and what the client said of it too")
    func unknown() throws {
        let plan = try Self.plan(route: #"{"set":{"x-union":"u:${user.unionid}","x-b":"1"}}"#)
        #expect(Self.lines(plan) == ["x-b: 1"])
        #expect(try Self.kept(plan, ["x-union", "x-b", "x-c"]) == ["x-c"])
    }

    @Test(
        "a value with bytes that no field can hold refuses the request",
        arguments: ["a\r\nx-user-id: root", "a\n", "\0", "a\u{7F}", "\t"]
    )
    func unfit(_ text: String) throws {
        let segment = try Self.plan(route: #"{"set":{"x-a":"${route.id}"}}"#)
        #expect(Self.lines(segment, path: "/o/\(text)/x") == nil)
        let variable = try Self.plan(route: #"{"set":{"x-a":"${request.id}"}}"#)
        var facts = Self.facts
        facts.requestID = Array(text.utf8)
        #expect(Self.lines(variable, facts: facts) == nil)
        #expect(Self.lines(variable) == ["x-a: r-1"])
    }

    @Test("set and remove take out every spelling, add takes out nothing")
    func dropping() throws {
        let plan = try Self.plan(route: #"{"set":{"x-a":"1"},"add":{"x-b":"2"},"remove":["X-Secret.Sauce"]}"#)
        let names = ["X-A", "x_a", "x.a", "-x-a-", "x-ab", "x-b", "x-secret-sauce", "X_SECRET_SAUCE", "x-secret"]
        #expect(try Self.kept(plan, names) == ["x-ab", "x-b", "x-secret"])
    }

    @Test("the route has the last word over its service")
    func precedence() throws {
        let plan = try Self.plan(
            service: #"{"set":{"x-a":"service","x-b":"service","x-c":"service"},"add":{"x-d":"service"}}"#,
            route: #"{"set":{"x-a":"route"},"add":{"x-d":"route"},"remove":["x-b"]}"#
        )
        #expect(Self.lines(plan) == ["x-c: service", "x-d: service", "x-a: route", "x-d: route"])
        #expect(try Self.kept(plan, ["x-a", "x-b", "x-c", "x-d"]) == ["x-d"])
    }

    @Test("where answers are wrapped, the gateway alone says in which coding they come")
    func wrapped() throws {
        let configuration = try PhaseFixture.configuration([
            "services": #"{"s":{"targets":["http://127.0.0.1:2"],"requestHeaders":{"set":{"accept-encoding":"br"}}}}"#,
            "routes": #"""
            [{"path":"/a","service":"s","success":"wrap","requestHeaders":{"set":{"range":"bytes=0-1","x-a":"1"}}},
             {"path":"/b","service":"s"}]
            """#,
        ])
        let plans = configuration.routes.map { RouteRules($0, in: configuration)?.requestHeaders }
        #expect(Self.lines(plans[0]) == ["x-a: 1"])
        #expect(Self.lines(plans[1]) == ["accept-encoding: br"])
    }

    @Test("lines about caches can be had apart")
    func caching() throws {
        let plan = try Self.plan(
            route: #"{"set":{"Cache-Control":"public","x-a":"1","expires":"0","CDN-Cache-Control":"public"}}"#
        )
        #expect(
            Self.lines(plan, caching: true) == ["cache-control: public", "expires: 0", "cdn-cache-control: public"]
        )
        #expect(Self.lines(plan, caching: false) == ["x-a: 1"])
    }

    @Test("show no secret, however they are printed")
    func secrecy() throws {
        let plan = try #require(try Self.plan(route: #"{"set":{"x-a":"${secret:key}"}}"#))
        var dumped = ""
        dump(plan, to: &dumped)
        for text in ["\(plan)", String(reflecting: plan), dumped] { #expect(!text.contains("hush")) }
    }

    @Test("every name with a meaning of its own on the wire is refused by the reader")
    func refusedNames() throws {
        // Names that only some routes, or the configuration, give a meaning to.
        let free: Set<String> = ["authorization", "cookie"]
        let named = [
            "host", "content-length", "transfer-encoding", "connection", "keep-alive", "proxy-connection", "te",
            "trailer", "upgrade", "http2-settings", "proxy-authenticate", "proxy-authorization",
            "proxy-authentication-info", "expect", "x-user-id", "x-user-phone", "x-wx-appid", "x-wx-openid",
            "x-wx-unionid", "x-wx-source", "x-wx-code", "x-auth-token", "x-auth-expires-in", "x-identity-token",
            "forwarded", "x-real-ip", "x-original-url", "x-rewrite-url", "proxy", "x-http-method-override",
            "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "via", "x-request-id", "traceparent",
            "tracestate", "baggage",
        ]
        let guarded = KnownFieldSet(with: [.hopByHop, .framing, .gatewayOnly, .trustedOnly, .methodOverride])
        for name in named {
            #expect(guarded.contains(FieldNames.standard.field(named: Array(name.utf8))), "\(name)")
            #expect(throws: PhaseFixture.Refused.self, "\(name)") { try Self.plan(route: #"{"remove":["\#(name)"]}"#) }
        }
        // And nothing on the wire is forgotten: each guarded field is one of these names or of a family of them.
        let found = Set(named.map { FieldNames.standard.field(named: Array($0.utf8)) })
        func isFamily(_ field: KnownField) -> Bool {
            [
                .wechatFamily, .authFamily, .forwardedFamily, .wechatCachingFamily, .forwardedCachingFamily, .clientKey,
                .proxyClaim,
            ].contains(field)
        }
        for field in KnownField.allCases where guarded.contains(field) && !found.contains(field) {
            #expect(isFamily(field), "\(field)")
        }
        for name in free { #expect(try Self.plan(route: #"{"remove":["\#(name)"]}"#) != nil) }
    }
}
