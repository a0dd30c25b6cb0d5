package import Configuration
import Cryptography

/// The public keys of the foreign issuers, as far as they are known. An issuer is its place in `TokenRules.issuers`.
package struct IssuerKeys: Sendable, Equatable {
    private var sets: [JSONWebKeySet]

    /// No keys, for this number of issuers.
    package init(issuers count: Int) {
        sets = [JSONWebKeySet](repeating: JSONWebKeySet(), count: count)
    }

    /// The keys in the files of a validated configuration; those of other issuers must be fetched.
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

    /// Replaces the keys of one issuer.
    ///
    /// - Returns: whether the keys changed.
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
