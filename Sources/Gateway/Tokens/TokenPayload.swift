import JSON

/// The claims of a token as JSON.
enum TokenPayload {
    private static let reader = JSONReader(
        duplicates: .reject,
        maximumDepth: 8,
        maximumSize: BearerToken.maximumCount
    )

    /// The members of the one object that a payload is, each name once.
    static func members(_ payload: [UInt8]) throws(TokenFault) -> [JSONMember] {
        let members: [JSONMember]?
        do { members = try reader.read(payload).members } catch { throw .claims }
        guard let members else { throw .claims }
        return members
    }
}
