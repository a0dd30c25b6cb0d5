/// Which of a client's fields go to the service: a bit per known field, worked out from the policy table when the
/// configuration is read.
package struct RequestFieldPolicy: Sendable {
    /// Dropped under their own name.
    var dropped: KnownFieldSet
    /// Dropped under another spelling: whatever the policy cares for at all (contract, section 6).
    static let droppedAliases = KnownFieldSet(with: [
        .hopByHop, .framing, .gatewayOnly, .trustedOnly, .credential, .methodOverride, .protected,
    ])
    private static let alwaysDropped = KnownFieldSet(with: [.hopByHop, .framing, .gatewayOnly])
    private static let droppedFromUntrusted = KnownFieldSet(with: .trustedOnly)

    /// - Parameters:
    ///   - names: says which field carries the client's token.
    ///   - trusted: the peer is one of `trustedProxies`.
    ///   - keepsToken: the route forwards the client's own token.
    ///   - honoursMethodOverride: the route wants `x-http-method-override`.
    ///   - rewritten: what the caller writes anew and so must not pass from the client.
    package init(
        names: FieldNames,
        trusted: Bool,
        keepsToken: Bool = false,
        honoursMethodOverride: Bool = false,
        rewritten: KnownFieldSet = []
    ) {
        var dropped = Self.alwaysDropped
        if !trusted { dropped.formUnion(Self.droppedFromUntrusted) }
        if keepsToken { dropped.remove(names.tokenField) } else { dropped.insert(names.tokenField) }
        if honoursMethodOverride {
            dropped.remove(.xHTTPMethodOverride)
        } else {
            dropped.insert(.xHTTPMethodOverride)
        }
        // Last: neither a wish nor a token's name brings back what is about the connection.
        dropped.formUnion(KnownFieldSet(with: [.hopByHop, .framing]).union(rewritten))
        self.dropped = dropped
    }
}

/// Which of a service's fields go to the client.
package struct ResponseFieldPolicy: Sendable {
    /// Dropped under their own name.
    var dropped: KnownFieldSet
    /// Dropped under another spelling.
    static let droppedAliases = KnownFieldSet(with: [.hopByHop, .framing, .notFromServices])
    private static let alwaysDropped = KnownFieldSet(with: [.hopByHop, .framing, .notFromServices])

    /// The service's response goes on as it is, but for what is about its connection and `x-auth-*`.
    package static let pass = ResponseFieldPolicy()

    /// The gateway puts a body of its own in place of a failure (contract, section 3).
    package static let normalisedFailure = ResponseFieldPolicy(
        dropped: KnownFieldSet(with: [.body, .caching]).union([.wwwAuthenticate])
    )

    /// The gateway puts the service's body inside its own: what describes the bytes of the inner one goes.
    package static let wrappedSuccess = ResponseFieldPolicy(
        dropped: [
            .contentType, .contentEncoding, .contentRange, .contentMD5, .contentDigest, .etag, .digest, .reprDigest,
            .acceptRanges,
        ])

    /// - Parameter dropped: what the caller does not want or writes anew, on top of what never passes.
    package init(dropped: KnownFieldSet = []) {
        self.dropped = Self.alwaysDropped.union(dropped)
    }

    /// The same policy for a response that carries a token: what the service says about caching does not hold for it.
    package var withToken: ResponseFieldPolicy { dropping(KnownFieldSet(with: .caching)) }

    /// The same policy without some more fields.
    package func dropping(_ more: KnownFieldSet) -> ResponseFieldPolicy {
        ResponseFieldPolicy(dropped: self.dropped.union(more))
    }
}
