import Testing

@testable import Configuration

@Suite("Addresses and blocks of them")
struct AddressTests {
    @Test(
        "Addresses are read and written",
        arguments: [
            ("127.0.0.1", "127.0.0.1"), ("255.255.255.255", "255.255.255.255"), ("::1", "::1"), ("0:0::1", "::1"),
            ("2001:DB8:0:0::5", "2001:db8::5"), ("::ffff:10.0.0.1", "10.0.0.1"), ("::", "::"),
        ]
    )
    func text(_ text: String, _ canonical: String) {
        #expect(IPAddress(text)?.description == canonical)
    }

    @Test(
        "What is no address",
        arguments: [
            "", "localhost", "127.1", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "[::1]", "fe80::1%eth0", "::1\0", " ::1",
        ]
    )
    func noAddress(_ text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(
        "Loopback",
        arguments: [
            ("127.0.0.1", true), ("127.255.0.9", true), ("::1", true), ("localhost", true), ("::ffff:127.0.0.1", true),
            ("128.0.0.1", false), ("::", false), ("0.0.0.0", false), ("localhost.example.com", false),
        ]
    )
    func loopback(_ host: String, _ isLoopback: Bool) {
        #expect(NetworkName.isLoopback(host) == isLoopback)
    }

    @Test(
        "A block contains what shares its prefix",
        arguments: [
            ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.0", false),
            ("10.0.0.0/8", "::ffff:10.1.1.1", true),
            ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "2001:db8::1", false), ("::/0", "2001:db8::1", true),
            ("::/0", "203.0.113.9", true), ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false),
            ("2001:db8::/33", "2001:db8:7fff::", true), ("2001:db8::/33", "2001:db8:8000::", false),
            ("2001:db8::8000:0:0:0/65", "2001:db8::ffff:0:0:0", true),
            ("2001:db8::8000:0:0:0/65", "2001:db8::7fff:0:0:0", false), ("192.0.2.4/30", "192.0.2.7", true),
            ("192.0.2.4/30", "192.0.2.8", false),
        ]
    )
    func ranges(_ range: String, _ address: String, _ isInside: Bool) throws {
        let result = Fixture.load(["trustedProxies": "[\"\(range)\"]"])
        let range = try #require(result.configuration?.trustedProxies.first, "\(result.summaries)")
        #expect(range.contains(try #require(IPAddress(address))) == isInside)
    }
}
