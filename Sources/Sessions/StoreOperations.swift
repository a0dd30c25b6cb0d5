import GRDB

/// The operations of the store, inside a transaction.
extension Database {
    func record(_ login: UserLogin, _ keyring: SessionKeyring) throws -> StoredUser {
        let known = try userRow(login.user, keyring)
        let userID = try userID(for: login, known)
        let isBlocked = try isBlocked(userID: userID)
        var row = known ?? UserRow(key: login.user, user: StoredUser(userID: userID, unionid: nil))
        row.user.userID = userID
        row.user.unionid = login.unionid ?? row.user.unionid
        row.user.isBlocked = isBlocked
        guard !isBlocked else { return row.user }
        if let sessionKey = login.sessionKey {
            row.sessionKey = try keyring.seal(sessionKey, as: .sessionKey(login.user))
        }
        try write(row, at: login.time, keyring)
        try beginSession(login)
        row.user.sessionExpiry = login.sessionExpiry
        return row.user
    }

    private func userID(for login: UserLogin, _ known: UserRow?) throws -> String {
        if login.isAuthoritative { return login.userID }
        if let known { return known.user.userID }
        if login.linksByUnionid, let unionid = login.unionid, let userID = try userID(ofUnionid: unionid) {
            return userID
        }
        return login.userID
    }

    func update(
        _ update: UserUpdate,
        of query: SessionQuery,
        _ keyring: SessionKeyring
    ) throws -> Updated<StoredUser>? {
        guard var row = try userRow(query, keyring) else { return nil }
        let before = row.user
        let sealedPhone = row.phone
        row.user.profile = row.user.profile.merged(with: update.profile)
        row.user.unionid = row.user.unionid ?? update.unionid
        switch update.phone {
        case .keep: break
        case .forget: (row.phone, row.user.phone) = (nil, nil)
        case .set(let phone):
            row.phone = try keyring.seal(phone, as: .phone(row.key))
            row.user.phone = phone
        }
        // Unchanged values are not written, which saves the disk. A phone number that no key opens counts as unknown
        // but stays sealed in the row, so it must be erased all the same.
        let erasesSealed = row.phone == nil && sealedPhone != nil
        guard erasesSealed || !row.user.isKnown(as: before) else { return Updated(row.user, changes: []) }
        try write(row, at: query.time, keyring)
        let facts = row.user.facts
        let changes = facts == before.facts ? [] : [SessionChange(.userKnown(row.key, facts), until: update.tokensEnd)]
        return Updated(row.user, changes: changes)
    }

    func end(_ ending: SessionEnding, _ keyring: SessionKeyring) throws -> Updated<Int> {
        switch ending.scope {
        case .session(let sessionID, let byUser):
            // Published even for a missing session: its tokens may still exist.
            let change = SessionChange(.sessionEnded(sessionID: sessionID, byUser: byUser), until: ending.tokensEnd)
            return Updated(try removeSession(sessionID, at: ending.time) ? 1 : 0, changes: [change])
        case .user(let userID):
            let changes = try endSessions(of: userID, byUser: false, ending)
            return Updated(changes.count, changes: changes)
        case .erase(let userID):
            let ended = try endSessions(of: userID, byUser: true, ending)
            // Facts from before must not override the token of a later login.
            let forgotten = try userRows(ofUserID: userID, keyring).filter { !$0.user.facts.isEmpty }.map {
                SessionChange(.userKnown($0.key, []), until: ending.tokensEnd)
            }
            try removeUsers(ofUserID: userID)
            return Updated(ended.count, changes: ended + forgotten)
        }
    }

    private func endSessions(of userID: String, byUser: Bool, _ ending: SessionEnding) throws -> [SessionChange] {
        try removeSessions(ofUserID: userID, at: ending.time).map {
            SessionChange(.sessionEnded(sessionID: $0, byUser: byUser), until: ending.tokensEnd)
        }
    }

    func renew(_ renewal: TokenRenewal, _ keyring: SessionKeyring) throws -> RenewedToken? {
        let query = renewal.query
        guard let end = try sessionExpiry(query), end >= renewal.tokenExpiry else { return nil }
        if let (sealed, expiry) = try successor(query), expiry > renewal.mustOutlive, expiry <= end,
            let token = try? keyring.openText(sealed, as: .successor(query.sessionID))
        {
            return RenewedToken(token: token, expiresAt: expiry)
        }
        let sealed = try keyring.seal(renewal.token, as: .successor(query.sessionID))
        try setSuccessor(sealed, expiry: renewal.tokenExpiry, of: query)
        return RenewedToken(token: renewal.token, expiresAt: renewal.tokenExpiry)
    }

    func importUsers(_ users: [ImportedUser], at time: Int64, _ keyring: SessionKeyring) throws {
        for imported in users {
            var row =
                try userRow(imported.user, keyring)
                ?? UserRow(key: imported.user, user: StoredUser(userID: imported.userID, unionid: nil))
            row.user.userID = imported.userID
            row.user.unionid = row.user.unionid ?? imported.unionid
            try write(row, at: time, keyring)
        }
    }
}

extension StoredUser {
    /// Whether an update changes nothing, byte by byte: the equality of `String` accepts canonically equivalent text.
    fileprivate func isKnown(as former: StoredUser) -> Bool {
        texts.elementsEqual(former.texts) { ($0.map { Array($0.utf8) }) == ($1.map { Array($0.utf8) }) }
            && profile.gender == former.profile.gender
    }

    /// The values that an update can change, except the gender.
    private var texts: [String?] {
        [
            unionid, profile.nickname, profile.avatarURL, profile.city, profile.province, profile.country, phone,
        ]
    }
}
