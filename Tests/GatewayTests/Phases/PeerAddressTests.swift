import Configuration
import NIOCore
import RandomJSON
import Testing

@testable import Gateway

@Suite("Who the client is")
struct PeerAddressTests {
    private static func ranges(_ texts: [String]) throws -> [AddressRange] {
        guard !texts.isEmpty else { return [] }
        let list = texts.map { "\"\($0)\"" }.joined(separator: ",")
        return try PhaseFixture.configuration(["trustedProxies": "[\(list)]"]).trustedProxies
    }

    @Test("trusts the peers that the configuration names, in either form of an address")
    func trusted() throws {
        let ranges = try Self.ranges(["10.0.0.0/8", "2001:db8::/32"])
        for (address, isTrusted) in [
            ("10.1.2.3", true), ("11.0.0.1", false), ("127.0.0.1", false), ("::ffff:10.1.2.3", true),
            ("::ffff:11.1.2.3", false), ("2001:db8::1", true), ("2001:db9::1", false), ("::1", false),
        ] {
            let peer = PeerAddress(try SocketAddress(ipAddress: address, port: 1234))
            #expect(peer.isTrusted(by: ranges) == isTrusted, "\(address)")
            #expect(!String(decoding: peer.text, as: UTF8.self).contains("1234"))
        }
        #expect(!PeerAddress(try SocketAddress(ipAddress: "10.1.2.3", port: 1)).isTrusted(by: []))
    }

    @Test("says so where the peer has no address")
    func unknown() throws {
        let ranges = try Self.ranges(["0.0.0.0/0", "::/0"])
        for address in [nil, try SocketAddress(unixDomainSocketPath: "/tmp/x")] {
            let peer = PeerAddress(address)
            #expect(peer.text == Array("unknown".utf8))
            #expect(!peer.isTrusted(by: ranges))
        }
    }

    @Test(
        "takes the last address of x-forwarded-for that is no trusted proxy",
        arguments: [
            ("1.2.3.4", "1.2.3.4"),
            ("6.6.6.6, 1.2.3.4", "1.2.3.4"),
            ("6.6.6.6, 1.2.3.4, 10.0.0.1", "1.2.3.4"),
            ("1.2.3.4,10.0.0.1,10.0.0.2", "1.2.3.4"),
            ("1.2.3.4\t , \t10.0.0.1 ", "1.2.3.4"),
            // All of them trusted: the first.
            ("10.0.0.1", "10.0.0.1"),
            ("10.0.0.1, 10.0.0.2", "10.0.0.1"),
            // Behind something that is no address nothing can be believed.
            ("1.2.3.4, unknown", nil),
            ("1.2.3.4, unknown, 10.0.0.1", "10.0.0.1"),
            // Empty entries do not count.
            ("1.2.3.4,,10.0.0.1", "1.2.3.4"),
            ("1.2.3.4, , \t,", "1.2.3.4"),
            (",1.2.3.4", "1.2.3.4"),
            // Some proxies write a port, and IPv6 in brackets.
            ("203.0.113.1:5000", "203.0.113.1"),
            ("1.2.3.4, 5.6.7.8:90", "5.6.7.8"),
            ("1.2.3.4:1, 10.0.0.1:65535", "1.2.3.4"),
            ("10.0.0.1:80", "10.0.0.1"),
            ("[2001:db8::7]:80, 10.0.0.1", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("1.2.3.4, [::ffff:10.0.0.9]:1", "1.2.3.4"),
            ("1.2.3.4:, 10.0.0.1", "10.0.0.1"), ("1.2.3.4:x", nil), ("1.2.3.4:123456", nil), ("1.2.3.4:1:2", nil),
            ("[1.2.3.4]", nil), ("[1.2.3.4]:5", nil), ("[2001:db8::7", nil), ("[2001:db8::7]80", nil),
            ("[2001:db8::7]:", nil), ("[]", nil), ("[]:1", nil), (":80", nil), ("]:80", nil), ("[", nil), (":", nil),
            ("", nil), (" ", nil), (",", nil), ("unknown", nil), ("_hidden", nil),
            ("1.2.3.4 5.6.7.8", nil),
            ("2001:db8::7, 10.0.0.1", "2001:db8::7"),
            ("::ffff:10.0.0.9", "::ffff:10.0.0.9"), ("::1", "::1"), ("::", "::"),
            ("1.2.3.4, ::ffff:10.0.0.9", "1.2.3.4"),
            ("01.2.3.4", nil), ("1.2.3", nil), ("1.2.3.4\u{0}", nil),
            (String(repeating: "1", count: 65), nil),
        ] as [(String, String?)]
    )
    func forwardedFor(_ list: String, _ expected: String?) throws {
        let ranges = try Self.ranges(["10.0.0.0/8"])
        let bytes = Array(list.utf8)
        let found = ForwardedAddress.client(in: bytes.span, trustedProxies: ranges)
        #expect(found.map { String(decoding: bytes[$0], as: UTF8.self) } == expected)
    }

    @Test(
        "reads forwarded as RFC 7239 has it",
        arguments: [
            ("for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60"),
            ("For=\"[2001:db8:cafe::17]:4711\"", "[2001:db8:cafe::17]:4711"),
            ("for=192.0.2.43, for=198.51.100.17", "192.0.2.43,198.51.100.17"),
            ("for=1.2.3.4:5;host=\"a,b;c\", , proto=https;FOR=5.6.7.8 ,", "1.2.3.4:5,5.6.7.8"),
            (" ; for=1.2.3.4 ; ", "1.2.3.4"), ("for=[::1]", "[::1]"), ("for=\"1.2.\\3.4\"", "1.2.3.4"),
            ("proto=https, for=1.2.3.4", "unknown,1.2.3.4"), ("for=_hidden, for=unknown", "unknown,unknown"),
            ("for=\"1.2.3.4,10.0.0.1\"", "unknown"), ("for=\"1.2.3.4 \"", "unknown"),
            ("x=\"\\\"\";for=1.2.3.4", "1.2.3.4"),
            ("", ""), (" , ", ""), ("for=, for=\"\"", "unknown,unknown"),
            ("1.2.3.4", nil), ("for", nil), ("=1.2.3.4", nil), ("for =1.2.3.4", nil), ("for=\"1.2.3.4", nil),
            ("for=\"1.2.3.4\\", nil), ("for=1.2.3.4 5", nil), ("for=\"1\"2", nil), ("for=1.2.3.4;for=5.6.7.8", nil),
            ("for=a=b", nil),
        ] as [(String, String?)]
    )
    func forwarded(_ field: String, _ expected: String?) {
        let bytes = Array(field.utf8)
        let list = ForwardedNodes.list(of: bytes.span)
        #expect(list.map { String(decoding: $0, as: UTF8.self) } == expected)
    }

    @Test("agrees with a reading of the whole list, and stays inside it")
    func model() throws {
        var random = SeededGenerator()
        print("forwarded addresses: MENSHEN_TEST_SEED=\(random.seed)")
        let ranges = try Self.ranges(["10.0.0.0/8"])
        let parts = [
            "1.2.3.4", "10.0.0.1", "10.9.9.9", "8.8.8.8", "x", "", " ", "::1", "[::2]", "[::3]:4", "10.0.0.5:6",
        ]
        for _ in 0..<5000 {
            let entries = (0..<Int.random(in: 1...6, using: &random)).map { _ in
                parts.randomElement(using: &random) ?? ""
            }
            let text = entries.joined(separator: Bool.random(using: &random) ? "," : " ,\t")
            let bytes = Array(text.utf8)
            let found = ForwardedAddress.client(in: bytes.span, trustedProxies: ranges)
            var expected: String?
            for entry in entries.reversed() where !entry.allSatisfy({ $0 == " " }) {
                guard entry.contains(where: { $0 == "." || $0 == ":" }) else { break }
                expected = entry.replacing("]:4", with: "").replacing(":6", with: "").filter { !"[]".contains($0) }
                guard entry.hasPrefix("10.") else { break }
            }
            #expect(found.map { String(decoding: bytes[$0], as: UTF8.self) } == expected, "\(text)")
        }
    }
}
