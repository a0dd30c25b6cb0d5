import JSON

/// The kinds of open data. Each kind has its own members; data with a member of another kind are rejected, since WeChat
/// never mixes them and a client that joins parts of encrypted data does.
enum OpenDataKind: CaseIterable {
    case userInfo
    case phoneNumber

    /// The members that are of this kind alone; `watermark` is of all.
    var members: [String] {
        switch self {
        case .userInfo:
            [
                "openId", "unionId", "nickName", "gender", "language", "city", "province", "country", "avatarUrl",
            ]
        case .phoneNumber: ["phoneNumber", "purePhoneNumber", "countryCode"]
        }
    }

    /// Whether `node` is an object without a member of another kind. Members that no kind knows do not matter: WeChat adds
    /// some from time to time (`is_demote`).
    func fits(_ node: JSONNode) -> Bool {
        guard let members = node.members else { return false }
        let foreign = Self.allCases.filter { $0 != self }.flatMap(\.members)
        return !members.contains { member in foreign.contains { member.hasName($0) } }
    }
}
