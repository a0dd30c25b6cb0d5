import Cryptography

@testable import Gateway

/// Another issuer beside the gateway's own tokens: its key `f1` (ES256), in a file.
enum ForeignIssuerFixture {
    static let issuer = "https://login.example.com"

    /// The configuration's `tokens`.
    static func tokens(in folder: TestFolder) throws -> String {
        let keys = #"{"keys":[\#(TokenKeys.jwk(try TokenKeys.key(.es256).publicKey, id: "f1"))]}"#
        let file = try folder.file("jwks", Array(keys.utf8))
        return """
            {"issuer":"\(TestGateway.issuer)",
             "signingKeys":[{"id":"test-1","algorithm":"HS256","secret":{"value":"\(TestGateway.secret)"}}],
             "issuers":[{"issuer":"\(issuer)","audience":"a","jwksFile":"\(file)"}]}
            """
    }
}
