import Cryptography
import Foundation

@testable import Gateway

/// The keys in Tests/Keys.
enum TokenKeys {
    static func pem(_ name: String) throws -> [UInt8] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Keys")
        return Array(try Data(contentsOf: folder.appending(path: name + ".pem")))
    }

    static func name(_ algorithm: SignatureAlgorithm) -> String {
        switch algorithm {
        case .es256: "es256"
        case .edDSA: "eddsa"
        case .rs256: "rs256"
        }
    }

    static func key(_ algorithm: SignatureAlgorithm) throws -> PrivateKey {
        try PrivateKey(pem: pem(name(algorithm)), for: algorithm)
    }

    static func otherES256() throws -> PrivateKey { try PrivateKey(pem: pem("other.es256"), for: .es256) }

    /// The public key as a JWK, `more` with a comma before it.
    static func jwk(_ key: PublicKey, id: String, more: String = "") -> String {
        func text(_ bytes: [UInt8]) -> String { TokenFixture.text(bytes) }
        let numbers =
            switch key.parameters {
            case .p256(let x, let y): #""kty":"EC","crv":"P-256","x":"\#(text(x))","y":"\#(text(y))""#
            case .ed25519(let x): #""kty":"OKP","crv":"Ed25519","x":"\#(text(x))""#
            case .rsa(let n, let e): #""kty":"RSA","n":"\#(text(n))","e":"\#(text(e))""#
            }
        return #"{\#(numbers),"kid":"\#(id)"\#(more)}"#
    }
}
