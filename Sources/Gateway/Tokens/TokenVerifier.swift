package import Cryptography

/// What a token is worth at a point in time.
package enum Verdict: Sendable {
    case valid(Identity)
    /// In order but for its age.
    case expired
    case invalid(TokenFault)
}

/// Verifies tokens (contract section 5). Each worker has its own: it holds MAC contexts and the verdict cache.
package struct TokenVerifier {
    /// Good tokens that a worker remembers.
    package static let defaultCacheCapacity = 8192

    /// Which rules are in force; verdicts found under others do not count any more.
    package private(set) var generation: UInt32 = 0
    private var rules: TokenRules
    private var signatures: SignatureVerifier
    private var cache: VerdictCache

    package init(
        rules: TokenRules,
        cacheCapacity: Int = defaultCacheCapacity
    ) throws(CryptographyError) {
        self.rules = rules
        signatures = try SignatureVerifier(keys: rules.keys)
        cache = VerdictCache(capacity: cacheCapacity)
    }

    /// Goes on with other rules; on an error the old ones stay.
    package mutating func adopt(_ rules: TokenRules) throws(CryptographyError) {
        signatures = try SignatureVerifier(keys: rules.keys)
        self.rules = rules
        generation &+= 1
    }

    /// The verdict on a token, without the scheme, at `now` in unix seconds.
    ///
    /// A token is good while `now < exp`, without leeway. A look-up answers where the same token was good before;
    /// dates are checked each time, so a clock set back is no way around `nbf`.
    package mutating func verify(_ token: Span<UInt8>, now: Int64) -> Verdict {
        let key = cache.key(of: token)
        if let key, let identity = cache.find(token, key: key, generation: generation) {
            let verdict = Self.judge(identity, now: now)
            if case .valid = verdict { return verdict }
            cache.remove(identity, key: key)
            return verdict
        }
        let identity: Identity
        do throws(TokenFault) { identity = try identify(token) } catch { return .invalid(error) }
        let verdict = Self.judge(identity, now: now)
        if let key, case .valid = verdict { cache.insert(identity, key: key, generation: generation, now: now) }
        return verdict
    }

    /// Everything but the dates.
    private func identify(_ token: Span<UInt8>) throws(TokenFault) -> Identity {
        let (header, payload) = try signatures.verify(token)
        guard header.isAccessToken else { throw .type }
        return Identity(try AccessTokenClaims(payload, rules: rules), token: token)
    }

    private static func judge(_ identity: Identity, now: Int64) -> Verdict {
        if let notBefore = identity.notBefore, now < notBefore { return .invalid(.notYetValid) }
        return now < identity.expiresAt ? .valid(identity) : .expired
    }
}
