extension IssuerConfiguration: ConfigurationSection {
    static let summary = "Somebody else whose tokens are taken."

    static var keys: [Key<IssuerConfiguration>] {
        [
            .key(
                "issuer",
                \.issuer,
                .issuer,
                required: true,
                "The claim `iss` of its tokens.",
                examples: [.string("https://login.example.com")]
            ),
            .key(
                "jwksURL",
                \.jwksURL,
                Kind<String>.keySetURL.optional,
                "Where its keys are fetched, once an hour: https, or http on loopback.",
                examples: [.string("https://login.example.com/.well-known/jwks.json")]
            ),
            .key(
                "jwksFile",
                \.jwksFile,
                Kind<KeySetFile>.keySetFile.optional,
                "Instead of `jwksURL`: a file with its keys, read at the start.",
                examples: [.string("keys/issuer.jwks.json")]
            ),
            .key(
                "audience",
                \.audience,
                .issuer,
                required: true,
                "What the claim `aud` of its tokens has to name.",
                examples: [.string("https://gateway.example.com")]
            ),
            .key("claims", \.claims, .section(), "Which claims of its tokens say what."),
        ]
    }
}

extension IssuerClaimsConfiguration: ConfigurationSection {
    static let summary = "Which claims of an issuer's tokens say what."

    static var keys: [Key<IssuerClaimsConfiguration>] {
        [
            .key(
                "userId",
                \.userID,
                .issuer,
                "The claim that holds the user id, a string of visible ASCII. Ids of all issuers and of the gateway share "
                    + "one space."
            )
        ]
    }
}

extension IdentityKeyConfiguration: ConfigurationSection {
    static let summary = "The key of the identity tokens for services: ES256."

    static var keys: [Key<IdentityKeyConfiguration>] {
        [
            .key("id", \.id, .name, required: true, "The header parameter `kid`; none of the signing keys'."),
            .key(
                "privateKey",
                \.privateKey,
                .secret(minimumBytes: 1),
                required: true,
                "PEM with a P-256 key, without a password."
            ),
        ]
    }
}
