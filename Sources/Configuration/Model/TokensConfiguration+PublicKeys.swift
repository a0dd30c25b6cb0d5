extension TokensConfiguration {
    /// Where the public keys are told; reserved where there are any.
    package static let jwksPath = "/.well-known/jwks.json"

    /// Whether somebody else could verify something that is signed here.
    package var hasPublicKeys: Bool { identityKey != nil || signingKeys.contains { $0.algorithm != .hs256 } }
}
