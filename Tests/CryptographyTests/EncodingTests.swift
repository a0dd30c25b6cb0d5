import Cryptography
import Foundation
import Testing

@Suite("SHA-1")
struct SHA1Tests {
    @Test(
        "FIPS 180's examples",
        arguments: [
            ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"), ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
            ),
        ]
    )
    func examples(_ message: String, _ digest: String) throws {
        let bytes = Array(message.utf8)
        #expect(array(try Digest.sha1(bytes.span)) == hex(digest))
    }
}

@Suite("Hexadecimal text")
struct HexTests {
    @Test("goes both ways, and reads either case")
    func bothWays() {
        let all = Array(UInt8.min...UInt8.max)
        let text = Hex.encode(all.span)
        #expect(text.hasPrefix("000102") && text.hasSuffix("fdfeff") && text.utf8.count == 512)
        #expect(decode(text) == all)
        #expect(decode(text.uppercased()) == all)
        #expect(decode("") == [])
    }

    @Test("anything else is refused", arguments: ["0", "0g", "0x", " 00", "00 ", "à0", "0:", "0@", "0`", "0/"])
    func refused(_ text: String) {
        #expect(decode(text) == nil)
    }

    private func decode(_ text: String) -> [UInt8]? {
        let bytes = Array(text.utf8)
        return Hex.decode(bytes.span)
    }
}

@Suite("base64 with padding")
struct Base64Tests {
    private func decode(_ text: String) -> [UInt8]? {
        let bytes = Array(text.utf8)
        return Base64.decode(bytes.span)
    }

    @Test("agrees with Foundation on random bytes of every length", arguments: 0...70)
    func random(_ count: Int) throws {
        let bytes = try SecureRandom.bytes(count)
        let text = Base64.encode(bytes.span)
        #expect(text == Data(bytes).base64EncodedString())
        #expect(decode(text) == bytes)
    }

    @Test(
        "white space is ignored wherever it stands",
        arguments: ["AQID\nBA==", "AQID\r\nBA==\r\n", " A Q\tIDBA= =", "\nAQIDBA=\n=\n"]
    )
    func whiteSpace(_ text: String) {
        #expect(decode(text) == [1, 2, 3, 4])
    }

    @Test(
        "one text for each value, and nothing else",
        arguments: [
            "A", "AQ", "AQ=", "AQ===", "AQI", "AQI==", "AQID=", "AQIDBA", "=", "==", "====", "AQ==AQ==", "AQ=A", "AR==",
            "AQJ=", "AQ-_", "AQID\u{0B}", "AQID\u{A0}", "AQID\0", "AQ.=",
        ]
    )
    func refused(_ text: String) {
        #expect(decode(text) == nil)
    }
}
