import Configuration
import Testing
import WebOrigin

/// What a request says of where it goes to and comes from.
struct Stated: Sendable, CustomTestStringConvertible {
    var host: [String] = ["127.0.0.1:9901"]
    var origin: [String] = []
    var fetchSite: [String] = []

    var testDescription: String { "host \(host) origin \(origin) sec-fetch-site \(fetchSite)" }

    func refusal(by gate: OriginGate) -> OriginGate.Refusal? {
        gate.refusal(host: host, origin: origin, fetchSite: fetchSite)
    }
}

@Suite("A web page and a server that is for programs alone")
struct OriginGateTests {
    private static func gate(
        _ address: String = "127.0.0.1",
        port: Int = 9901,
        hosts: [String] = [],
        isSecure: Bool = false
    ) throws -> OriginGate {
        OriginGate(
            .address(try #require(IPAddress(address)), port: port),
            hosts: try hosts.map { try #require(HostName($0)) },
            isSecure: isSecure
        )
    }

    private static let hosts: [(String, OriginGate.Refusal?)] = [
        ("127.0.0.1:9901", nil), ("localhost:9901", nil), ("LOCALHOST:9901", nil), ("LocalHost:9901", nil),
        ("[::ffff:127.0.0.1]:9901", nil),
        // Another port is another server; none is port 80.
        ("127.0.0.1", .host), ("localhost", .host), ("127.0.0.1:80", .host), ("localhost:9902", .host),
        ("127.0.0.1:09901", nil), ("127.0.0.1:", .host), ("127.0.0.1:99010", .host), ("127.0.0.1:-1", .host),
        // A name that was rebound to this address, and names that look like the right one.
        ("evil.example:9901", .host), ("localhost.evil.example:9901", .host), ("127.0.0.1.evil.example:9901", .host),
        ("localhost.:9901", .host), ("127.0.0.1.:9901", .host), ("lo\u{212A}alhost:9901", .host),
        // Another address of this machine, and what some resolvers take for this one.
        ("0.0.0.0:9901", .host), ("127.0.0.2:9901", .host), ("[::1]:9901", .host), ("127.1:9901", .host),
        ("2130706433:9901", .host), ("0x7f000001:9901", .host), ("::1:9901", .host),
        ("", .host), (":9901", .host), ("user@127.0.0.1:9901", .host), ("127.0.0.1:9901,evil.example", .host),
        ("127.0.0.1 :9901", .host),
    ]

    @Test("The host is this server's address, or localhost on loopback", arguments: hosts)
    func host(_ host: String, _ expected: OriginGate.Refusal?) throws {
        #expect(Stated(host: [host]).refusal(by: try Self.gate()) == expected)
    }

    @Test("One host, neither none nor two")
    func oneHost() throws {
        let gate = try Self.gate()
        #expect(Stated(host: []).refusal(by: gate) == .host)
        #expect(Stated(host: ["127.0.0.1:9901", "127.0.0.1:9901"]).refusal(by: gate) == .host)
    }

    @Test(
        "An IPv6 address is accepted however it is written",
        arguments: ["[::1]:9901", "[0:0:0:0:0:0:0:1]:9901", "[0::0001]:9901", "localhost:9901"]
    )
    func ipv6(_ host: String) throws {
        #expect(Stated(host: [host]).refusal(by: try Self.gate("::1")) == nil)
        #expect(Stated(host: [host]).refusal(by: try Self.gate("2001:db8::1")) == .host)
    }

    @Test("localhost is a name of loopback alone")
    func notLoopback() throws {
        let gate = try Self.gate("10.0.0.5")
        #expect(Stated(host: ["10.0.0.5:9901"]).refusal(by: gate) == nil)
        #expect(Stated(host: ["localhost:9901"]).refusal(by: gate) == .host)
    }

    @Test("Port 80 may be left out, over TLS port 443")
    func defaultPort() throws {
        #expect(Stated(host: ["127.0.0.1"]).refusal(by: try Self.gate(port: 80)) == nil)
        #expect(Stated(host: ["127.0.0.1"]).refusal(by: try Self.gate(port: 443)) == .host)
        #expect(Stated(host: ["127.0.0.1"]).refusal(by: try Self.gate(port: 443, isSecure: true)) == nil)
    }

    @Test(
        "Listed names are accepted, with their port or with any",
        arguments: [
            ("ops.example:8443", nil), ("OPS.example:8443", nil), ("ops.example:9901", .host), ("ops.example", .host),
            ("any.example", nil), ("any.example:1", nil), ("any.example.:1", .host), ("not.example", .host),
            ("[2001:db8:0::1]:7", nil), ("[2001:db8::2]:7", .host), ("127.0.0.1:9901", nil),
        ] as [(String, OriginGate.Refusal?)]
    )
    func listed(_ host: String, _ expected: OriginGate.Refusal?) throws {
        let gate = try Self.gate(hosts: ["ops.example:8443", "any.example", "[2001:db8::1]"])
        #expect(Stated(host: [host]).refusal(by: gate) == expected)
    }

    @Test("A Unix socket has the name localhost; an unknown address has listed names only")
    func otherEntrances() throws {
        for host in ["localhost", "localhost:80", "localhost:9"] {
            #expect(Stated(host: [host]).refusal(by: OriginGate(.unixSocket)) == nil)
        }
        #expect(Stated(host: ["127.0.0.1"]).refusal(by: OriginGate(.unixSocket)) == .host)
        let name = try #require(HostName("a.example"))
        #expect(Stated(host: ["localhost"]).refusal(by: OriginGate(.unknown, hosts: [name])) == .host)
        #expect(Stated(host: ["a.example"]).refusal(by: OriginGate(.unknown, hosts: [name])) == nil)
    }

    private static let origins: [(String, String, OriginGate.Refusal?)] = [
        ("127.0.0.1:9901", "http://127.0.0.1:9901", nil), ("localhost:9901", "http://localhost:9901", nil),
        ("LOCALHOST:9901", "http://localhost:9901", nil),
        ("127.0.0.1:9901", "null", .origin), ("127.0.0.1:9901", "", .origin),
        ("127.0.0.1:9901", "https://127.0.0.1:9901", .origin), ("127.0.0.1:9901", "http://127.0.0.1", .origin),
        ("127.0.0.1:9901", "http://127.0.0.1:3000", .origin), ("127.0.0.1:9901", "http://localhost:9901", .origin),
        ("127.0.0.1:9901", "http://evil.example", .origin), ("127.0.0.1:9901", "127.0.0.1:9901", .origin),
        ("127.0.0.1:9901", "http://127.0.0.1:9901/", .origin),
        ("127.0.0.1:9901", "http://127.0.0.1:9901 http://evil.example", .origin),
        ("127.0.0.1:9901", "http://user@127.0.0.1:9901", .origin),
        ("127.0.0.1:9901", "chrome-extension://127.0.0.1:9901", .origin),
    ]

    @Test("The origin is the request's own: scheme, host and port", arguments: origins)
    func origin(_ host: String, _ origin: String, _ expected: OriginGate.Refusal?) throws {
        #expect(Stated(host: [host], origin: [origin]).refusal(by: try Self.gate()) == expected)
    }

    @Test("An origin's default port may be left out, and every origin counts")
    func originPorts() throws {
        let plain = try Self.gate(port: 80)
        for origin in ["http://127.0.0.1", "http://127.0.0.1:80"] {
            #expect(Stated(host: ["127.0.0.1"], origin: [origin]).refusal(by: plain) == nil)
        }
        let secure = try Self.gate(port: 443, isSecure: true)
        #expect(Stated(host: ["127.0.0.1:443"], origin: ["https://127.0.0.1"]).refusal(by: secure) == nil)
        #expect(Stated(host: ["127.0.0.1:443"], origin: ["http://127.0.0.1:443"]).refusal(by: secure) == .origin)
        let two = ["http://127.0.0.1:9901", "http://evil.example"]
        #expect(Stated(origin: two).refusal(by: try Self.gate()) == .origin)
    }

    @Test(
        "The browser's own word on where the request comes from is heard",
        arguments: [
            (["same-origin"], nil), (["none"], nil), ([], nil), (["cross-site"], .fetchSite),
            (["same-site"], .fetchSite), (["None"], .fetchSite), ([""], .fetchSite),
            (["same-origin", "cross-site"], .fetchSite), (["same-origin, cross-site"], .fetchSite),
        ] as [([String], OriginGate.Refusal?)]
    )
    func fetchSite(_ values: [String], _ expected: OriginGate.Refusal?) throws {
        #expect(Stated(fetchSite: values).refusal(by: try Self.gate()) == expected)
    }

    @Test("What is told quotes nothing of the request", arguments: OriginGate.Refusal.allCases)
    func messages(_ refusal: OriginGate.Refusal) {
        #expect(!"\(refusal)".isEmpty && !"\(refusal)".contains("127"))
    }
}

@Suite("A host name")
struct HostNameTests {
    @Test(
        "is told as a host field has it",
        arguments: ["a.example", "a.example:1", "[::1]", "[::1]:9901", "10.0.0.1:0"]
    )
    func text(_ text: String) throws {
        #expect("\(try #require(HostName(text)))" == text)
    }

    @Test(
        "has no port beyond 65535 and no empty part",
        arguments: ["a:65536", "a:", ":1", "", "a..b", "[::1", "[]", "[a]"]
    )
    func refused(_ text: String) {
        #expect(HostName(text) == nil)
    }
}
