package import Configuration
package import Cryptography
import JSON

/// The validity of a token at a point in time.
package enum Verdict: Sendable {
    case valid(Identity)
    /// In order but for its age.
    case expired
    case invalid(TokenFault)
}

/// Verifies tokens (contract section 5), of the gateway and of other issuers. Each worker has its own verifier with MAC
/// contexts, verdict cache and throttle.
package struct TokenVerifier {
    /// Good tokens that a worker remembers, at 1.3 KB each for tokens of our own.
    package static let defaultCacheCapacity = 32_768

    /// Which rules and keys are in force; verdicts found under others do not count any more.
    package private(set) var generation: UInt32 = 0
    /// Whether `takeUnknownKeys` would return anything.
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
    ///   - issuerKeys: of the rules' issuers, in their order; none by default.
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

    /// Replaces the rules; on an error the old rules stay. Known keys of unchanged issuers stay.
    package mutating func adopt(_ rules: TokenRules) throws(CryptographyError) {
        signatures = try SignatureVerifier(keys: rules.keys)
        if rules.issuers != self.rules.issuers { issuerKeys = IssuerKeys(issuers: rules.issuers.count) }
        self.rules = rules
        generation &+= 1
    }

    /// Replaces the keys of the issuers. All cached verdicts expire, so a removed key is no longer accepted.
    package mutating func adopt(issuerKeys: IssuerKeys) {
        guard issuerKeys != self.issuerKeys else { return }
        self.issuerKeys = issuerKeys
        generation &+= 1
    }

    /// Returns the issuers, by index, whose tokens had an unknown `kid`, each once; for
    /// `IssuerKeyFetcher.keyIsUnknown`.
    package mutating func takeUnknownKeys() -> [Int] {
        hasUnknownKeys = false
        defer { unknownKeys.removeAll() }
        return unknownKeys.sorted()
    }

    /// Returns the verdict on a token, without the scheme, at `now` in unix seconds.
    ///
    /// A token of the gateway is valid while `now < exp`, without leeway. The cache answers for tokens that were valid
    /// before; dates are checked each time, so setting the clock back does not bypass `nbf`.
    ///
    /// - Parameters:
    ///   - client: the client address, computed only if verification is costly. If too many of its signatures failed, the
    ///     verdict is `invalid(.throttled)`; cached tokens are still accepted. Nil: no throttle.
    ///   - record: what the connection did so far.
    package mutating func verify(
        _ token: Span<UInt8>,
        now: Int64,
        client: @autoclosure () -> IPAddress?,
        record: inout SignatureRecord
    ) -> Verdict {
        guard token.count <= rules.maximumTokenCount else { return .invalid(.tooLarge) }
        let key = cache.key(of: token)
        if let key, let identity = cache.find(token, key: key, generation: generation) {
            let verdict = Self.judge(identity, now: now)
            if case .valid = verdict { return verdict }
            cache.remove(identity, key: key)
            return verdict
        }
        let identity: Identity
        let isCostly: Bool
        do throws(TokenFault) { (identity, isCostly) = try identify(token, client, now, &record) } catch {
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

    /// The verdict on a token that comes alone: over a connection of its own, or from a client that is not throttled.
    package mutating func verify(
        _ token: Span<UInt8>,
        now: Int64,
        client: @autoclosure () -> IPAddress? = nil
    ) -> Verdict {
        var record = SignatureRecord()
        return verify(token, now: now, client: client(), record: &record)
    }

    /// Everything but the dates, and whether finding it out took the time of an asymmetric signature.
    private mutating func identify(
        _ token: Span<UInt8>,
        _ client: () -> IPAddress?,
        _ now: Int64,
        _ record: inout SignatureRecord
    ) throws(TokenFault) -> (Identity, isCostly: Bool) {
        let head = try TokenHead(token, known: headers)
        let identity =
            if let issuer = foreignIssuer(token, head) {
                try identify(token, head, from: issuer, client, now, &record)
            } else {
                try identify(token, head, client, now, &record)
            }
        if !head.isKnown { headers.remember(token.extracting(head.parts.header), head.header) }
        return (identity, head.algorithm != .hs256)
    }

    /// One of the gateway's own.
    private mutating func identify(
        _ token: Span<UInt8>,
        _ head: TokenHead,
        _ client: () -> IPAddress?,
        _ now: Int64,
        _ record: inout SignatureRecord
    ) throws(TokenFault) -> Identity {
        try check(token, head, with: signatures.key(for: head), client, now, &record)
        let payload = try head.payload(of: token)
        guard head.header.isAccessToken else { throw .type }
        return Identity(try AccessTokenClaims(TokenPayload.read(payload), rules: rules), token: token)
    }

    /// The issuer that the token names. Nothing else of the payload is used before the signature is verified, and
    /// HS256, which would need a shared key, is only for the gateway's own tokens.
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
        _ now: Int64,
        _ record: inout SignatureRecord
    ) throws(TokenFault) -> Identity {
        guard head.header.isForeignAccessToken else { throw .type }
        guard let key = issuerKeys.key(head.keyID, of: issuer) else {
            unknownKeys.insert(issuer)
            hasUnknownKeys = true
            throw .keyUnknown
        }
        guard key.algorithm == head.algorithm else { throw .algorithm }
        try check(token, head, with: key, client, now, &record)
        let payload = try TokenPayload.read(head.payload(of: token))
        return Identity(try ForeignTokenClaims(payload, issuer: rules.issuers[issuer]), token: token)
    }

    private mutating func check(
        _ token: Span<UInt8>,
        _ head: TokenHead,
        with key: VerificationKey,
        _ client: () -> IPAddress?,
        _ now: Int64,
        _ record: inout SignatureRecord
    ) throws(TokenFault) {
        guard key.isCostly, let client = client() else { return try key.check(token, head.parts) }
        var spareSince: Int64?
        if !throttle.allows(client, now: now) {
            guard record.failures == 0 else {
                record.fail()
                throw .throttled
            }
            // One address may belong to many users of a carrier: those on connections without a failure are still verified.
            guard spare.isLeft(now: now) else { throw .throttled }
            spareSince = ProcessorTime.now()
        }
        defer { if let spareSince { spare.charge(ProcessorTime.now() - spareSince) } }
        do throws(TokenFault) {
            try key.check(token, head.parts)
        } catch {
            record.fail()
            throttle.recordFailure(of: client, now: now)
            throw error
        }
    }

    private static func judge(_ identity: Identity, now: Int64) -> Verdict {
        if let notBefore = identity.notBefore, now < notBefore { return .invalid(.notYetValid) }
        return now < identity.expiresAt ? .valid(identity) : .expired
    }
}
