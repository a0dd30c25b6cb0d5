/// Which of a client's fields go to the service: a bit per known field, worked out from the policy table when the
/// configuration is read.
package struct RequestFieldPolicy: Sendable {
    /// Dropped under their own name.
    var dropped: KnownFieldSet
    /// Fields that are dropped in another spelling: all that the policy covers (contract, section 6).
    static let droppedAliases = KnownFieldSet(with: [
        .hopByHop, .framing, .gatewayOnly, .trustedOnly, .credential, .methodOverride, .protected,
    ])
    private static let alwaysDropped = KnownFieldSet(with: [.hopByHop, .framing, .gatewayOnly])
    private static let droppedFromUntrusted = KnownFieldSet(with: .trustedOnly)

    /// - Parameters:
    ///   - names: determines the field with the client's token.
    ///   - trusted: the peer is one of `trustedProxies`.
    ///   - keepsToken: the route forwards the client's token.
    ///   - honoursMethodOverride: the route supports `x-http-method-override`.
    ///   - rewritten: fields that the caller writes itself, so they must not pass from the client.
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
        // Last, so that neither a configured header nor the token's name restores fields of the connection.
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

    /// Forwards the service's response, without the fields of its connection and `x-auth-*`.
    package static let pass = ResponseFieldPolicy()

    /// Replaces the body of a failure with the gateway's own (contract, section 3).
    package static let normalisedFailure = ResponseFieldPolicy(
        dropped: KnownFieldSet(with: [.body, .caching]).union([.wwwAuthenticate])
    )

    /// The gateway puts the service's body inside its own: what describes the bytes of the inner one goes.
    package static let wrappedSuccess = ResponseFieldPolicy(
        dropped: [
            .contentType, .contentEncoding, .contentRange, .contentMD5, .contentDigest, .etag, .digest, .reprDigest,
            .acceptRanges,
        ])

    /// - Parameter dropped: fields that the caller drops or writes itself, in addition to those that never pass.
    package init(dropped: KnownFieldSet = []) {
        self.dropped = Self.alwaysDropped.union(dropped)
    }

    /// This policy for a response with a token: the service's caching fields are dropped.
    package var withToken: ResponseFieldPolicy { dropping(KnownFieldSet(with: .caching)) }

    /// This policy without some more fields.
    package func dropping(_ more: KnownFieldSet) -> ResponseFieldPolicy {
        ResponseFieldPolicy(dropped: self.dropped.union(more))
    }
}
