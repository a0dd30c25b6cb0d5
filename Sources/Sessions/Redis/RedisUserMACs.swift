extension SessionKeyring {
    /// The arguments of the script that records a login.
    ///
    /// - Parameter confirmed: an id that the store holds for the user, and for which a gateway vouched.
    func arguments(
        _ login: UserLogin,
        _ sealedSessionKey: [UInt8]?,
        confirmed: String?
    ) throws -> RedisCommand {
        var arguments = RedisCommand(login.user.reference, login.userID)
        arguments.append(login.linksByUnionid)
        arguments.append(login.isAuthoritative)
        arguments.append(optional: login.unionid)
        arguments.append(optional: sealedSessionKey)
        arguments.append(login.sessionID)
        arguments.append(login.time)
        arguments.append(login.sessionExpiry)
        arguments.append(try mac(.userID(login.user, login.userID)))
        arguments.append(try mac(.unionid(login.user, login.unionid ?? "")))
        arguments.append(optional: confirmed)
        arguments.append(try mac(.userID(login.user, confirmed ?? "")))
        return arguments
    }

    /// The id that the store holds for the user of a login, or for the account that has the same unionid.
    ///
    /// - Parameter parts: what the script said: "confirm", whose id it is, the id, the MACs of id and unionid.
    /// - Returns: nil where no gateway wrote it.
    func confirmed(_ parts: [RESPValue], for login: UserLogin) -> String? {
        guard parts.count == 5, let owner = parts[1].text.flatMap({ UserKey(reference: $0) }),
            let userID = parts[2].text,
            let mac = parts[3].bytes, let unionMAC = parts[4].bytes, verdict(mac, .userID(owner, userID)) != .invalid
        else { return nil }
        if owner == login.user { return userID }
        guard let unionid = login.unionid, verdict(unionMAC, .unionid(owner, unionid)) != .invalid else { return nil }
        return userID
    }
}

extension RedisCore {
    /// The user whom a script found, where a gateway wrote their id. Where none did, there is no session: the user logs in
    /// again, which puts the id right or tells why it cannot be.
    func vouched(
        _ user: StoredUser,
        _ reply: RESPValue,
        _ key: UserKey,
        _ keyring: SessionKeyring
    ) -> StoredUser? {
        let mac = reply.array.flatMap { $0.count > 1 ? $0[1].fields["user_id_mac"] : nil } ?? []
        guard keyring.verdict(mac, .userID(key, user.userID)) == .invalid else { return user }
        ignore(rows: 1)
        return nil
    }
}
