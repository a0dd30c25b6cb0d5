extension IssuerConfiguration: ConfigurationSection {
    static let summary = "Another issuer whose tokens the gateway accepts."

    static var keys: [Key<IssuerConfiguration>] {
        [
            .key(
                "issuer",
                \.issuer,
                .issuer,
                required: true,
                "The value of the claim `iss` in the issuer's tokens.",
                examples: [.string("https://login.example.com")]
            ),
            .key(
                "jwksURL",
                \.jwksURL,
                ValueDecoder<String>.keySetURL.optional,
                "The URL of the issuer's keys (a JWK Set), fetched once an hour: `https`, or `http` on loopback.",
                examples: [.string("https://login.example.com/.well-known/jwks.json")]
            ),
            .key(
                "jwksFile",
                \.jwksFile,
                ValueDecoder<KeySetFile>.keySetFile.optional,
                "A file with the issuer's keys (a JWK Set), in place of `jwksURL`. The gateway reads the file at its "
                    + "start.",
                examples: [.string("keys/issuer.jwks.json")]
            ),
            .key(
                "audience",
                \.audience,
                .issuer,
                required: true,
                "The audience that the claim `aud` of the issuer's tokens must name.",
                examples: [.string("https://gateway.example.com")]
            ),
            .key("claims", \.claims, .section(), "The names of claims in the issuer's tokens."),
        ]
    }
}

extension IssuerClaimsConfiguration: ConfigurationSection {
    static let summary = "The names of claims in an issuer's tokens."

    static var keys: [Key<IssuerClaimsConfiguration>] {
        [
            .key(
                "userId",
                \.userID,
                .issuer,
                "The claim that holds the user id, a string of visible ASCII. The user ids of all issuers and of the "
                    + "gateway share one namespace."
            )
        ]
    }
}

extension IdentityKeyConfiguration: ConfigurationSection {
    static let summary = "The ES256 key that signs the identity tokens for services."

    static var keys: [Key<IdentityKeyConfiguration>] {
        [
            .key(
                "id",
                \.id,
                .name,
                required: true,
                "The value of the header parameter `kid`. No signing key may have the same `id`."
            ),
            .key(
                "privateKey",
                \.privateKey,
                .secret(minimumBytes: 1),
                required: true,
                "A P-256 private key in PEM, without a password."
            ),
        ]
    }
}
