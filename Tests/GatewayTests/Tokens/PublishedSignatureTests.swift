import Cryptography
import Foundation
import JSON
import Testing

@testable import Gateway

@Suite("Published signatures")
struct PublishedSignatureTests {
    /// RFC 7515 appendix A.1. Its header names no key, so the whole token is refused; the signature itself is good.
    @Test("the signature of RFC 7515 A.1 is good, its token names no key")
    func rfc7515() throws {
        let secret = try #require(
            decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
        )
        let signed = Array(
            ("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
                + "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ").utf8
        )
        let signature = Array("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".utf8)
        let key = TokenKey(id: "k", algorithm: .hs256, secret: secret)
        try VerificationKey(key).check(signature.span, over: signed.span)
        let cut = Array(signed.dropLast())
        #expect(throws: TokenFault.signature) {
            try VerificationKey(key).check(signature.span, over: cut.span)
        }
        let verifier = try SignatureVerifier(keys: [key])
        let token = signed + [UInt8(ascii: ".")] + signature
        #expect(throws: TokenFault.keyIDMissing) { try verifier.verify(token.span) }
    }

    private static let vectors = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "shared/vectors/wycheproof_json_web_signature_test.json")

    private static var hasVectors: Bool { FileManager.default.fileExists(atPath: vectors.path) }

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
        "Wycheproof's HS256 cases are answered as its file says",
        .enabled(if: hasVectors, "the vectors are not beside this checkout")
    )
    func wycheproof() throws {
        let file = try JSONReader(maximumSize: 1 << 22).read(Array(try Data(contentsOf: Self.vectors)))
        var answered = 0
        var passedOver: [String: Int] = [:]
        for group in try #require(file["testGroups"]?.elements) {
            let cases = try #require(group["tests"]?.elements)
            let key = try #require(group["private"] ?? group["public"])
            guard key["kty"]?.string == "oct", key["alg"]?.string == "HS256" else {
                passedOver[key["alg"]?.string ?? "encryption key, no algorithm", default: 0] += cases.count
                continue
            }
            let secret = try #require(key["k"]?.string.flatMap(decode))
            let id = try #require(key["kid"]?.string)
            let verifier = try SignatureVerifier(keys: [TokenKey(id: id, algorithm: .hs256, secret: secret)])
            for test in cases {
                let number = try #require(test["tcId"]?.integer)
                let token = Array(try #require(test["jws"]?.string).utf8)
                let isValid = (try? verifier.verify(token.span)) != nil
                let expected = (test["result"]?.string == "valid") != (Self.differences[number] != nil)
                #expect(isValid == expected, "case \(number): \(test["comment"]?.string ?? "")")
                answered += 1
            }
        }
        for (algorithm, count) in passedOver.sorted(by: { $0.key < $1.key }) {
            print("Wycheproof: \(count) cases not applicable, \(algorithm): a key has only HS256")
        }
        print("Wycheproof: \(answered) cases answered, \(Self.differences.count) otherwise than the file:")
        for (number, reason) in Self.differences.sorted(by: { $0.key < $1.key }) { print("  \(number): \(reason)") }
        #expect(answered == 40)
        #expect(passedOver.values.reduce(0, +) + answered == 401)
    }

    private func decode(_ text: String) -> [UInt8]? {
        let bytes = Array(text.utf8)
        return Base64URL.decode(bytes.span)
    }
}
