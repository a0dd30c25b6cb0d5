package import Configuration
import Cryptography

/// The public keys of the foreign issuers, as far as they are known. An issuer is its place in `TokenRules.issuers`.
package struct IssuerKeys: Sendable, Equatable {
    private var sets: [JSONWebKeySet]

    /// No key of any of so many issuers.
    package init(issuers count: Int) {
        sets = [JSONWebKeySet](repeating: JSONWebKeySet(), count: count)
    }

    /// What the files say that a checked configuration names; the other issuers' keys have to be fetched.
    package init(_ issuers: [IssuerConfiguration]) throws(JSONWebKeySetFault) {
        sets = []
        for issuer in issuers {
            guard let file = issuer.jwksFile else {
                sets.append(JSONWebKeySet())
                continue
            }
            sets.append(try JSONWebKeySet(file.bytes))
        }
    }

    /// Takes the keys of one issuer, in place of what was known.
    ///
    /// - Returns: whether that is anything new.
    package mutating func replace(_ issuer: Int, with set: JSONWebKeySet) -> Bool {
        guard sets.indices.contains(issuer), sets[issuer] != set else { return false }
        sets[issuer] = set
        return true
    }

    /// How many keys of an issuer are known.
    package func count(of issuer: Int) -> Int {
        sets.indices.contains(issuer) ? sets[issuer].keys.count : 0
    }

    func key(_ id: [UInt8], of issuer: Int) -> VerificationKey? {
        guard sets.indices.contains(issuer), let key = sets[issuer].keys.first(where: { $0.id == id }) else {
            return nil
        }
        return VerificationKey(id: key.id, publicKey: key.publicKey)
    }
}
