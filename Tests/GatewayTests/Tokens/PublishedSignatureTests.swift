import Configuration
import Cryptography
import Foundation
import JSON
import Testing

@testable import Gateway

@Suite("Published tokens")
struct PublishedTokenTests {
    /// RFC 7515 appendix A.1. Its header names no key, so the whole token is refused; the signature itself is good.
    @Test("the signature of RFC 7515 A.1 is good, its token names no key")
    func rfc7515() throws {
        let secret = try #require(
            decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
        )
        let token =
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
            + "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        let bytes = Array(token.utf8)
        let parts = try CompactJWS(bytes.span)
        let key = try VerificationKey(TokenKey(id: "k", secret: secret))
        try key.check(bytes.span, parts)
        let other = try VerificationKey(TokenKey(id: "k", secret: secret + [0]))
        #expect(throws: TokenFault.signature) { try other.check(bytes.span, parts) }
        #expect(throws: TokenFault.keyIDMissing) { try TokenHead(bytes.span) }
    }

    // MARK: - Wycheproof

    private static func vectors(_ name: String) -> URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared/vectors/\(name).json")
    }

    private static let signatures = vectors("wycheproof_json_web_signature_test")
    private static let keys = vectors("wycheproof_json_web_key_test")
    private static let hasVectors = [signatures, keys].allSatisfy { FileManager.default.fileExists(atPath: $0.path) }
    private static let applicable: Set<String> = ["HS256", "ES256", "EdDSA", "RS256"]

    /// Cases that this verifier answers otherwise than the file says, each with its reason.
    private static let differences: [Int64: String] = [
        367: "byte for byte case 357, which the file calls valid: the padding it speaks of is not in the file",
        370: "byte for byte case 357, which the file calls valid: the padding it speaks of is not in the file",
        372:
            "a character outside the alphabet, which a lenient decoder skips; RFC 7515 section 2 has no such character",
        373:
            "a character outside the alphabet, which a lenient decoder skips; RFC 7515 section 2 has no such character",
    ]

    @Test(
        "Wycheproof's signatures are answered as its file says",
        .enabled(if: hasVectors, "the vectors are not beside this checkout")
    )
    func wycheproofSignatures() throws {
        var answered: [String: Int] = [:]
        var left: [String: Int] = [:]
        for group in try Self.groups(Self.signatures) {
            let cases = try #require(group["tests"]?.elements)
            let key = try #require(group["public"] ?? group["private"])
            let algorithm = key["alg"]?.string
            // A key without an algorithm, for encryption: that it is not used is what the cases are about.
            guard algorithm == nil || Self.applicable.contains(algorithm ?? "") else {
                left["\(algorithm ?? ""): not an algorithm of this gateway", default: 0] += cases.count
                continue
            }
            for test in cases {
                let number = try #require(test["tcId"]?.integer)
                let token = Array(try #require(test["jws"]?.string).utf8)
                let isValid = Self.isValid(token, keys: [key])
                let expected = (test["result"]?.string == "valid") != (Self.differences[number] != nil)
                #expect(isValid == expected, "case \(number): \(test["comment"]?.string ?? "")")
                answered[algorithm ?? "no algorithm, for encryption", default: 0] += 1
            }
        }
        Self.report("signatures", answered, left, Self.differences)
        #expect(answered == ["HS256": 40, "ES256": 39, "RS256": 233, "no algorithm, for encryption": 4])
        let total = Self.sum(left) + Self.sum(answered)
        #expect(total == 401)
    }

    /// Cases of the key file that say nothing of this gateway, each with its reason.
    private static let keyCasesLeftOut: [Int64: String] = [
        1: "a set with keys of HS256 and ES256: here each key is bound to its algorithm, so rotation may mix them",
        11: "HS384", 12: "HS512", 14: "HS384", 15: "HS512", 17: "HS384", 18: "HS512",
        25: "a key of A256GCM: the configuration has no such key",
        26: "a key of A256KW: the configuration has no such key",
    ]

    @Test(
        "Wycheproof's keys are answered as its file says",
        .enabled(if: hasVectors, "the vectors are not beside this checkout")
    )
    func wycheproofKeys() throws {
        var answered: [String: Int] = [:]
        for group in try Self.groups(Self.keys) {
            let set = try #require((group["public"] ?? group["private"])?["keys"]?.elements)
            for test in try #require(group["tests"]?.elements) {
                let number = try #require(test["tcId"]?.integer)
                guard Self.keyCasesLeftOut[number] == nil else { continue }
                let token = Array(try #require(test["jws"]?.string).utf8)
                let isValid = Self.isValid(token, keys: set)
                #expect(isValid == (test["result"]?.string == "valid"), "case \(number)")
                answered[set[0]["alg"]?.string ?? "", default: 0] += 1
            }
        }
        let left = Dictionary(Self.keyCasesLeftOut.values.map { ($0, 1) }, uniquingKeysWith: +)
        Self.report("keys", answered, left, [:])
        let total = Self.sum(answered) + Self.keyCasesLeftOut.count
        #expect(total == 26)
    }

    /// Whether a token's signature is good by these keys: those of HS256 as a configuration has them, the others as a JWK
    /// Set of an issuer.
    private static func isValid(_ token: [UInt8], keys: [JSONNode]) -> Bool {
        do {
            let head = try TokenHead(token.span)
            let key: VerificationKey
            if keys.allSatisfy({ $0["kty"]?.string == "oct" }) {
                let tokenKeys = keys.map { key in
                    TokenKey(id: key["kid"]?.string ?? "", secret: key["k"]?.string.flatMap(decode) ?? [])
                }
                key = try SignatureVerifier(keys: TokenFixture.rules(keys: tokenKeys).keys).key(for: head)
            } else {
                var writer = JSONWriter()
                writer.beginObject()
                writer.name("keys")
                writer.beginArray()
                for key in keys { writer.raw(text(key)) }
                writer.endArray()
                writer.endObject()
                var issuerKeys = IssuerKeys(issuers: 1)
                _ = issuerKeys.replace(0, with: try JSONWebKeySet(writer.bytes))
                guard let found = issuerKeys.key(head.keyID, of: 0), found.algorithm == head.algorithm else {
                    return false
                }
                key = found
            }
            try key.check(token.span, head.parts)
            _ = try head.payload(of: token.span)
            return true
        } catch {
            return false
        }
    }

    /// A JWK, whose members are texts and arrays of texts.
    private static func text(_ key: JSONNode) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        for member in key.members ?? [] {
            writer.name(member.name)
            if let elements = member.value.elements {
                writer.beginArray()
                for element in elements { writer.string(element.string ?? "") }
                writer.endArray()
            } else {
                writer.string(member.value.string ?? "")
            }
        }
        writer.endObject()
        return writer.bytes
    }

    private static func sum(_ counts: [String: Int]) -> Int { counts.values.reduce(0, +) }

    private static func groups(_ file: URL) throws -> [JSONNode] {
        let root = try JSONReader(maximumSize: 1 << 22).read(Array(try Data(contentsOf: file)))
        return try #require(root["testGroups"]?.elements)
    }

    private static func report(
        _ what: String,
        _ answered: [String: Int],
        _ left: [String: Int],
        _ differences: [Int64: String]
    ) {
        for (name, count) in answered.sorted(by: { $0.key < $1.key }) {
            print("Wycheproof \(what): \(count) cases answered, \(name)")
        }
        for (reason, count) in left.sorted(by: { $0.key < $1.key }) {
            print("Wycheproof \(what): \(count) left out, \(reason)")
        }
        for (number, reason) in differences.sorted(by: { $0.key < $1.key }) {
            print("Wycheproof \(what): \(number) answered otherwise: \(reason)")
        }
    }
}

private func decode(_ text: String) -> [UInt8]? {
    let bytes = Array(text.utf8)
    return Base64URL.decode(bytes.span)
}
