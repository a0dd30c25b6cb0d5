extension TokensConfiguration {
    /// The path of the public keys; reserved if there are any.
    package static let jwksPath = "/.well-known/jwks.json"

    /// Whether other parties can verify signatures of this gateway.
    package var hasPublicKeys: Bool { identityKey != nil || signingKeys.contains { $0.algorithm != .hs256 } }
}
