extension StoredUser {
    /// Of a user's fields as they are stored, but whether they are blocked.
    init(_ fields: [String: [UInt8]], of key: UserKey, _ keyring: SessionKeyring) {
        func text(_ name: String) -> String? { fields[name].map { String(decoding: $0, as: UTF8.self) } }
        self.init(
            userID: text("user_id") ?? "",
            unionid: text("unionid").flatMap { unionid in
                // Services may know users by it.
                let mac = fields["unionid_mac"] ?? []
                return keyring.verdict(mac, .unionid(key, unionid)) == .invalid ? nil : unionid
            },
            profile: UserProfile(
                nickname: text("nickname"),
                avatarURL: text("avatar_url"),
                gender: text("gender").flatMap { Int($0) },
                city: text("city"),
                province: text("province"),
                country: text("country")
            ),
            phone: keyring.phone(fields["phone"].flatMap { SealedValue(packed: $0) }, of: key)
        )
    }

    /// Of whether they are blocked, their fields, and the end of the session by which they were found.
    init?(_ reply: RESPValue, of key: UserKey, _ keyring: SessionKeyring) {
        guard let parts = reply.array, parts.count == 3, let isBlocked = parts[0].integer,
            let expiry = parts[2].integer
        else { return nil }
        self.init(parts[1].fields, of: key, keyring)
        self.isBlocked = isBlocked == 1
        sessionExpiry = expiry
    }
}

extension UserProfile {
    /// What is known, by the names of the fields.
    var fields: [(name: String, value: String)] {
        let all = [
            ("nickname", nickname), ("avatar_url", avatarURL), ("gender", gender.map { String($0) }), ("city", city),
            ("province", province), ("country", country),
        ]
        return all.compactMap { name, value in value.map { (name, $0) } }
    }
}

extension RedisCommand {
    /// Session, user's reference, time: what scripts look a session up by.
    init(_ query: SessionQuery) {
        self.init(query.sessionID, query.user.reference, String(query.time))
    }
}

extension SealedValue {
    private static let separator = UInt8(ascii: ".")

    /// The key's id, a point, the sealed bytes.
    var packed: [UInt8] { Array(keyID.utf8) + [Self.separator] + bytes }

    init?(packed: [UInt8]) {
        guard let end = packed.firstIndex(of: Self.separator) else { return nil }
        self.init(keyID: String(decoding: packed[..<end], as: UTF8.self), bytes: Array(packed[(end + 1)...]))
    }
}
