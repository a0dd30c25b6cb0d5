import JSON

/// A service behind another gateway may return the envelope already; it is not wrapped twice.
///
/// Only what the service may say of its failure is taken over. All other members are the gateway's own: `relogin` and
/// `replay` make a client act, and `auth` would plant a token.
struct NestedEnvelope: Equatable {
    /// The text of `msg`, a JSON string; nil without one.
    var message: [UInt8]?
    /// The text of `data`, a JSON object.
    var data: [UInt8]

    /// Nil unless the text is an object with code 30000 and an integer in `data.status`.
    /// - Parameter json: valid, without white space around it.
    ///
    /// Duplicate names are refused: clients would differ in which one they see. Such a body is embedded instead.
    init?(_ json: [UInt8]) {
        guard json.first == UInt8(ascii: "{") else { return nil }
        let reader = JSONReader(
            duplicates: .reject,
            unpairedSurrogates: .replace,
            maximumDepth: 128,
            maximumSize: json.count
        )
        guard let root = try? reader.read(json), let members = root.members,
            root["code"]?.integer == Int64(ErrorCode.upstreamStatus.code), root["data"]?["status"]?.integer != nil,
            let data = Self.text(of: "data", in: members, json)
        else { return nil }
        self.data = data
        if root["msg"]?.string != nil { message = Self.text(of: "msg", in: members, json) }
    }

    /// A member's value as it stands in the text.
    private static func text(of name: String, in members: [JSONMember], _ json: [UInt8]) -> [UInt8]? {
        guard let position = members.firstIndex(where: { $0.hasName(name) }) else { return nil }
        let start = members[position].value.offset
        var end = position + 1 < members.count ? members[position + 1].nameOffset : json.count - 1
        // Only white space and a comma follow a value, and no value ends in either.
        while end > start, json[end - 1].isBetweenMembers { end -= 1 }
        return Array(json[start..<end])
    }
}

extension UInt8 {
    fileprivate var isBetweenMembers: Bool {
        self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09 || self == UInt8(ascii: ",")
    }
}
