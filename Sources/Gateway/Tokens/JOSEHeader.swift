import JSON

/// The header members that decide how a token is verified (RFC 7515 section 4.1).
///
/// Members that bring or point to a key (`jwk`, `jku`, `x5c`, `x5u`) are ignored like any other unknown one: keys come
/// from the configuration only (RFC 8725 section 3.10).
struct JOSEHeader {
    /// Bytes of the decoded header. It is read before the signature is known to be good, so it is kept small.
    static let maximumCount = 512
    static let maximumKeyIDCount = 128

    private static let reader = JSONReader(duplicates: .reject, maximumDepth: 4, maximumSize: maximumCount)

    let algorithm: TokenKey.Algorithm
    /// `kid` is required, also where there is one key only: else a second key would change which tokens are taken.
    let keyID: [UInt8]
    /// Whether the header marks an access token.
    ///
    /// `at+jwt`, with or without `application/`, in any case (RFC 9068 section 4, RFC 7515 section 4.1.9). Everything
    /// else, including `JWT` and no type, is refused: an ID token or another JWT signed with the same key must not be
    /// accepted (RFC 8725 section 3.11).
    let isAccessToken: Bool
    /// Whether a foreign issuer's token may have this type: an access token's, the general `JWT`, or none. Types that mean
    /// something else, our own identity tokens' among them, stay out (RFC 8725 section 3.11).
    let isForeignAccessToken: Bool

    init(_ bytes: [UInt8]) throws(TokenFault) {
        guard bytes.count <= Self.maximumCount else { throw .tooLarge }
        let members: [JSONMember]?
        do { members = try Self.reader.read(bytes).members } catch { throw .header }
        guard let members else { throw .header }
        var algorithm: String?
        var keyID: [UInt8]?
        var type: String?
        for member in members {
            switch member.name {
            case "alg": algorithm = try Self.text(member)
            case "kid": keyID = Array(try Self.text(member).utf8)
            case "typ": type = try Self.text(member)
            // RFC 7515 section 4.1.11: extensions in crit must be understood, and none is. RFC 7797: b64 changes the
            // signed bytes.
            case "crit", "b64": throw .extensions
            default: break
            }
        }
        guard let algorithm else { throw .header }
        guard let algorithm = TokenKey.Algorithm(rawValue: algorithm) else { throw .algorithm }
        guard let keyID else { throw .keyIDMissing }
        self.algorithm = algorithm
        self.keyID = keyID
        let lowercased = type?.lowercased()
        isAccessToken = lowercased == "at+jwt" || lowercased == "application/at+jwt"
        isForeignAccessToken =
            isAccessToken || lowercased == nil || lowercased == "jwt" || lowercased == "application/jwt"
    }

    private static func text(_ member: JSONMember) throws(TokenFault) -> String {
        guard let text = member.value.string else { throw .header }
        return text
    }
}
