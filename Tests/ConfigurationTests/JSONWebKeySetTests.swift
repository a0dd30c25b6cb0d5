import Configuration
import Cryptography
import Testing

@Suite("A JWK Set")
struct JSONWebKeySetTests {
    private static let x = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
    private static let y = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"

    private static func ec(_ more: String = "", x: String = x, kid: String = #","kid":"e""#) -> String {
        #"{"kty":"EC","crv":"P-256","x":"\#(x)","y":"\#(y)"\#(kid)\#(more)}"#
    }

    private static func read(_ keys: String...) throws -> [String] {
        let text = #"{"keys":[\#(keys.joined(separator: ","))]}"#
        return try JSONWebKeySet(Array(text.utf8)).keys.map { String(decoding: $0.id, as: UTF8.self) }
    }

    @Test(
        "gives the keys that verify here, whatever else stands beside their numbers",
        arguments: [
            "", #","use":"sig""#, #","key_ops":["verify"]"#, #","key_ops":["sign","verify"]"#, #","alg":"ES256""#,
            #","x5c":["MIIB"]"#, #","use":"sig","alg":"ES256","unknown":{"a":[1]}"#,
        ]
    )
    func taken(_ more: String) throws {
        #expect(try Self.read(Self.ec(more), TestKeys.ed25519) == ["e", "ed"])
    }

    @Test(
        "passes over keys for something else, and those that are no good key",
        arguments: [
            ec(#","use":"enc""#), ec(#","use":null"#), ec(#","use":["sig"]"#), ec(#","key_ops":["encrypt"]"#),
            ec(#","key_ops":[]"#), ec(#","key_ops":"verify""#), ec(#","alg":"ES384""#), ec(#","alg":"HS256""#),
            ec(#","alg":null"#), ec(kid: ""), ec(kid: #","kid":7"#), ec(kid: #","kid":"""#),
            ec(kid: ",\"kid\":\"" + String(repeating: "k", count: 129) + "\""), ec(x: y), ec(x: "AA"), ec(x: x + "="),
            ec(x: "!"), #"{"kty":"EC","kid":"p","crv":"P-384","x":"AA","y":"AA"}"#,
            #"{"kty":"OKP","kid":"x","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
            #"{"kty":"RSA","kid":"r","n":"rJBIp6T1YK-RrJBIp6T1YK-R","e":"AQAB"}"#, #"{"kty":"RSA","kid":"r"}"#,
            #"{"kid":"none"}"#, #"{"kty":"oct","kid":"o"}"#, #"{"kty":"ec","kid":"o"}"#, "{}",
        ]
    )
    func passedOver(_ key: String) throws {
        #expect(try Self.read(key, TestKeys.ed25519) == ["ed"])
    }

    @Test(
        "is refused as a whole where it holds what is secret, or one name twice",
        arguments: [
            (ec(#","d":"AAAA""#), JSONWebKeySetFault.secretParameters),
            (#"{"kty":"oct","k":"AAAA"}"#, .secretParameters),
            (#"{"kty":"RSA","kid":"r","n":"AA","e":"AQAB","p":"AA"}"#, .secretParameters),
            (#"{"kty":"RSA","use":"enc","qi":"AA"}"#, .secretParameters),
            (ec(kid: #","kid":"ed""#), .repeatedKeyID),
            ("7", .malformed), ("null", .malformed), (#"{"kid":"a","kid":"b"}"#, .malformed),
        ]
    )
    func refused(_ key: String, _ fault: JSONWebKeySetFault) {
        #expect(throws: fault) { try Self.read(TestKeys.ed25519, key) }
    }

    @Test("may name a key twice where one of the two is not for verifying")
    func sameName() throws {
        #expect(try Self.read(Self.ec(#","use":"enc""#, kid: #","kid":"ed""#), TestKeys.ed25519) == ["ed"])
    }

    @Test(
        "is refused where it is none",
        arguments: ["", "[]", "{}", #"{"keys":{}}"#, #"{"keys":null}"#, #"{"keys":[]} x"#]
    )
    func malformed(_ text: String) {
        #expect(throws: JSONWebKeySetFault.malformed) { try JSONWebKeySet(Array(text.utf8)) }
    }

    @Test("is refused where it is too large")
    func size() throws {
        let padding = [UInt8](repeating: 0x20, count: 64 * 1024)
        #expect(throws: JSONWebKeySetFault.tooLarge) { try JSONWebKeySet(padding + Array(#"{"keys":[]}"#.utf8)) }
        let many = Array(repeating: "{}", count: 101).joined(separator: ",")
        #expect(throws: JSONWebKeySetFault.tooLarge) { try JSONWebKeySet(Array(#"{"keys":[\#(many)]}"#.utf8)) }
        #expect(try JSONWebKeySet(Array(#"{"keys":[]}"#.utf8)).keys.isEmpty)
    }

    @Test("is equal to another with the same keys in the same order")
    func equality() throws {
        func set(_ keys: String) throws -> JSONWebKeySet { try JSONWebKeySet(Array(#"{"keys":[\#(keys)]}"#.utf8)) }
        #expect(try set(Self.ec()) == set(Self.ec(#","use":"sig""#)))
        #expect(try set(Self.ec()) != set(Self.ec(kid: #","kid":"f""#)))
        #expect(try set(Self.ec()) != set(TestKeys.ed25519))
        #expect(try set("") == JSONWebKeySet())
    }
}
