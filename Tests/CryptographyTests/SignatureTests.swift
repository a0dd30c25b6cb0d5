import Foundation
import Testing

@testable import Cryptography

@Suite("Signatures with a public key")
struct SignatureTests {
    private static let message = Array("The quick brown fox".utf8)

    @Test("of a key are its own alone, in the length that JWS gives them", arguments: SignatureAlgorithm.allCases)
    func roundTrip(_ algorithm: SignatureAlgorithm) throws {
        let key = try TestKeys.privateKey(algorithm)
        for length in [0, 1, 19, 4096] {
            let message = [UInt8](repeating: 7, count: length)
            let signature = try key.sign(message.span)
            #expect(signature.count == (algorithm == .rs256 ? 256 : 64))
            #expect(key.publicKey.takes(signature, message))
            let longer = message + [7]
            #expect(!key.publicKey.takes(signature, longer))
            #expect(!(try TestKeys.other(algorithm)).takes(signature, message))
        }
    }

    @Test("are refused with any bit changed, cut, or made longer", arguments: SignatureAlgorithm.allCases)
    func changes(_ algorithm: SignatureAlgorithm) throws {
        let key = try TestKeys.privateKey(algorithm)
        let good = try key.sign(Self.message.span)
        for index in good.indices {
            for bit in [UInt8(1), 0x80] {
                var changed = good
                changed[index] ^= bit
                #expect(!key.publicKey.takes(changed, Self.message), "byte \(index)")
            }
        }
        for count in [0, 1, 32, good.count - 1] {
            let cut = Array(good.prefix(count))
            #expect(!key.publicKey.takes(cut, Self.message))
        }
        for longer in [good + [0], [0] + good] {
            #expect(!key.publicKey.takes(longer, Self.message))
        }
        #expect(key.publicKey.takes(good, Self.message))
    }

    @Test("of ES256 have r and s from 1 to n-1, and are not in DER")
    func ranges() throws {
        let key = try TestKeys.privateKey(.es256)
        let good = try key.sign(Self.message.span)
        let zero = [UInt8](repeating: 0, count: 32)
        let one = zero.dropLast() + [1]
        let n = hex("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551")
        let beyond = [UInt8](repeating: 0xFF, count: 32)
        for number in [zero, Array(one), n, Array(n.dropLast()) + [0x50], beyond] {
            for signature in [number + good.suffix(32), Array(good.prefix(32)) + number, number + number] {
                #expect(!key.publicKey.takes(signature, Self.message))
            }
        }
        let der = ECDSASignature.encode(good.span)
        #expect(!key.publicKey.takes(der, Self.message))
    }

    @Test("of ES256 change their form and back, whatever zeros they begin with")
    func forms() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            var plain = (0..<64).map { _ in UInt8.random(in: 0...255, using: &random) }
            for start in [0, 32] {
                for index in 0..<Int.random(in: 0...31, using: &random) { plain[start + index] = 0 }
                plain[start + 31] |= 1
            }
            let der = ECDSASignature.encode(plain.span)
            #expect(ECDSASignature.decode(der) == plain)
        }
        #expect(ECDSASignature.decode([]) == nil)
        #expect(ECDSASignature.decode([0x30, 0x02, 0x02, 0x00]) == nil)
    }

    @Test("of many threads with one key do not disturb each other", arguments: SignatureAlgorithm.allCases)
    func threads(_ algorithm: SignatureAlgorithm) async throws {
        let key = try TestKeys.privateKey(algorithm)
        let results = try await withThrowingTaskGroup(of: Bool.self) { group in
            for thread in 0..<8 {
                group.addTask {
                    try (0..<20).allSatisfy { round in
                        let message = [UInt8(thread), UInt8(round)]
                        let signature = try key.sign(message.span)
                        return key.publicKey.takes(signature, message)
                            && !key.publicKey.takes(signature, [UInt8(9)])
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results == [Bool](repeating: true, count: 8))
    }

    @Test("are those of the openssl command, both ways", arguments: SignatureAlgorithm.allCases)
    func differential(_ algorithm: SignatureAlgorithm) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "menshen-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = { (name: String) in folder.appending(path: name) }
        try Data(Self.message).write(to: file("message"))
        let key = try TestKeys.privateKey(algorithm)
        let names = TestKeys.name(algorithm)
        // Ed25519 signs the message as it is, the others its digest.
        let raw = algorithm == .edDSA ? ["-rawin"] : ["-rawin", "-digest", "sha256"]

        let ours = try key.sign(Self.message.span)
        let theirForm = algorithm == .es256 ? ECDSASignature.encode(ours.span) : ours
        try Data(theirForm).write(to: file("ours"))
        try TestKeys.openssl(
            ["pkeyutl", "-verify", "-pubin", "-inkey", TestKeys.path(names + ".pub"), "-in", file("message").path]
                + raw + ["-sigfile", file("ours").path]
        )

        try TestKeys.openssl(
            ["pkeyutl", "-sign", "-inkey", TestKeys.path(names), "-in", file("message").path] + raw
                + ["-out", file("theirs").path]
        )
        let theirs = Array(try Data(contentsOf: file("theirs")))
        let ourForm = algorithm == .es256 ? try #require(ECDSASignature.decode(theirs)) : theirs
        #expect(key.publicKey.takes(ourForm, Self.message))
    }
}
