package import Configuration
package import Cryptography
import JSON

/// What a token is worth at a point in time.
package enum Verdict: Sendable {
    case valid(Identity)
    /// In order but for its age.
    case expired
    case invalid(TokenFault)
}

/// Verifies tokens (contract section 5), the gateway's own and those of foreign issuers. Each worker has its own: it holds
/// MAC contexts, the verdict cache and the throttle.
package struct TokenVerifier {
    /// Good tokens that a worker remembers, at 1.3 KB each for tokens of our own.
    package static let defaultCacheCapacity = 32_768

    /// Which rules and keys are in force; verdicts found under others do not count any more.
    package private(set) var generation: UInt32 = 0
    /// Whether `takeUnknownKeys` has anything to say.
    package private(set) var hasUnknownKeys = false
    private var rules: TokenRules
    private var signatures: SignatureVerifier
    private var issuerKeys: IssuerKeys
    private var unknownKeys: Set<Int> = []
    private var headers = JOSEHeaderCache()
    private var cache: VerdictCache
    private var doorkeeper: CacheDoorkeeper
    private var throttle: AsymmetricThrottle
    private var spare = SpareVerifications()

    /// - Parameters:
    ///   - issuerKeys: of the rules' issuers, in their order; none where it is left out.
    ///   - throttle: for clients whose signatures fail.
    package init(
        rules: TokenRules,
        issuerKeys: IssuerKeys? = nil,
        cacheCapacity: Int = defaultCacheCapacity,
        throttle: AsymmetricThrottle = AsymmetricThrottle(secret: .random(in: 0 ... .max))
    ) throws(CryptographyError) {
        self.rules = rules
        self.issuerKeys = issuerKeys ?? IssuerKeys(issuers: rules.issuers.count)
        self.throttle = throttle
        signatures = try SignatureVerifier(keys: rules.keys)
        cache = VerdictCache(capacity: cacheCapacity)
        doorkeeper = CacheDoorkeeper(capacity: cacheCapacity)
    }

    /// Goes on with other rules; on an error the old ones stay. What is known of issuers' keys stays where the issuers do.
    package mutating func adopt(_ rules: TokenRules) throws(CryptographyError) {
        signatures = try SignatureVerifier(keys: rules.keys)
        if rules.issuers != self.rules.issuers { issuerKeys = IssuerKeys(issuers: rules.issuers.count) }
        self.rules = rules
        generation &+= 1
    }

    /// Goes on with other keys of the issuers. All verdicts are found anew, so a key that is gone opens nothing.
    package mutating func adopt(issuerKeys: IssuerKeys) {
        guard issuerKeys != self.issuerKeys else { return }
        self.issuerKeys = issuerKeys
        generation &+= 1
    }

    /// The issuers, by their place in the rules, of whom tokens came with a `kid` that is not known. Each is told once; for
    /// `IssuerKeyFetcher.keyIsUnknown`.
    package mutating func takeUnknownKeys() -> [Int] {
        hasUnknownKeys = false
        defer { unknownKeys.removeAll() }
        return unknownKeys.sorted()
    }

    /// The verdict on a token, without the scheme, at `now` in unix seconds.
    ///
    /// One of the gateway's own is good while `now < exp`, without leeway. A look-up answers where the same token was good
    /// before; dates are checked each time, so a clock set back is no way around `nbf`.
    ///
    /// - Parameter client: who sent it, worked out only where verifying is costly. Where too many of its signatures failed
    ///   the verdict is `invalid(.throttled)`; tokens that the look-up knows are taken all the same. Nil: no throttle.
    package mutating func verify(
        _ token: Span<UInt8>,
        now: Int64,
        client: @autoclosure () -> IPAddress? = nil
    ) -> Verdict {
        let key = cache.key(of: token)
        if let key, let identity = cache.find(token, key: key, generation: generation) {
            let verdict = Self.judge(identity, now: now)
            if case .valid = verdict { return verdict }
            cache.remove(identity, key: key)
            return verdict
        }
        let identity: Identity
        let isCostly: Bool
        do throws(TokenFault) { (identity, isCostly) = try identify(token, client, now) } catch {
            return .invalid(error)
        }
        let verdict = Self.judge(identity, now: now)
        if let key, case .valid = verdict,
            isCostly || cache.hasRoom(for: key, generation: generation, now: now) || doorkeeper.admit(key)
        {
            cache.insert(identity, key: key, generation: generation, now: now)
        }
        return verdict
    }

    /// Everything but the dates, and whether finding it out took the time of an asymmetric signature.
    private mutating func identify(
        _ token: Span<UInt8>,
        _ client: () -> IPAddress?,
        _ now: Int64
    ) throws(TokenFault) -> (Identity, isCostly: Bool) {
        let head = try TokenHead(token, known: headers)
        let identity =
            if let issuer = foreignIssuer(token, head) {
                try identify(token, head, from: issuer, client, now)
            } else {
                try identify(token, head, client, now)
            }
        if !head.isKnown { headers.remember(token.extracting(head.parts.header), head.header) }
        return (identity, head.algorithm != .hs256)
    }

    /// One of the gateway's own.
    private mutating func identify(
        _ token: Span<UInt8>,
        _ head: TokenHead,
        _ client: () -> IPAddress?,
        _ now: Int64
    ) throws(TokenFault) -> Identity {
        try check(token, head, with: signatures.key(for: head), client, now)
        let payload = try head.payload(of: token)
        guard head.header.isAccessToken else { throw .type }
        return Identity(try AccessTokenClaims(TokenPayload.read(payload), rules: rules), token: token)
    }

    /// Which foreign issuer the token says it comes from. Nothing else of the payload is used before the signature is
    /// known, and HS256, whose key two parties would share, is for the gateway's own tokens alone.
    private func foreignIssuer(_ token: Span<UInt8>, _ head: TokenHead) -> Int? {
        guard !rules.issuers.isEmpty, head.algorithm != .hs256,
            let payload = try? TokenPayload.read(head.payload(of: token)), case .string(let name)? = payload["iss"]
        else { return nil }
        return rules.issuers.firstIndex { payload[name].elementsEqual($0.issuer.utf8) }
    }

    private mutating func identify(
        _ token: Span<UInt8>,
        _ head: TokenHead,
        from issuer: Int,
        _ client: () -> IPAddress?,
        _ now: Int64
    ) throws(TokenFault) -> Identity {
        guard head.header.isForeignAccessToken else { throw .type }
        guard let key = issuerKeys.key(head.keyID, of: issuer) else {
            unknownKeys.insert(issuer)
            hasUnknownKeys = true
            throw .keyUnknown
        }
        guard key.algorithm == head.algorithm else { throw .algorithm }
        try check(token, head, with: key, client, now)
        let payload = try TokenPayload.read(head.payload(of: token))
        return Identity(try ForeignTokenClaims(payload, issuer: rules.issuers[issuer]), token: token)
    }

    private mutating func check(
        _ token: Span<UInt8>,
        _ head: TokenHead,
        with key: VerificationKey,
        _ client: () -> IPAddress?,
        _ now: Int64
    ) throws(TokenFault) {
        guard key.isCostly, let client = client() else { return try key.check(token, head.parts) }
        // Behind one address there may be a carrier's many users: some of them get through all the same.
        guard throttle.allows(client, now: now) || spare.take(now: now) else { throw .throttled }
        do throws(TokenFault) {
            try key.check(token, head.parts)
        } catch {
            throttle.recordFailure(of: client, now: now)
            throw error
        }
    }

    private static func judge(_ identity: Identity, now: Int64) -> Verdict {
        if let notBefore = identity.notBefore, now < notBefore { return .invalid(.notYetValid) }
        return now < identity.expiresAt ? .valid(identity) : .expired
    }
}

/// Verifications that a worker does each second for addresses that have none left, first come first served. Enough for many
/// good tokens that share an address with bad ones, and a small share of a core.
struct SpareVerifications {
    static let perSecond = 50

    private var second = Int64.min
    private var left = 0

    /// - Parameter now: in seconds.
    mutating func take(now: Int64) -> Bool {
        if now != second {
            second = now
            left = Self.perSecond
        }
        guard left > 0 else { return false }
        left -= 1
        return true
    }
}
