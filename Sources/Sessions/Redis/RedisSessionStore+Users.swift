extension RedisSessionStore {
    /// Records a login and its session in one script. See ``SessionStore``.
    package func record(
        _ login: UserLogin,
        completion: @escaping @Sendable (Result<StoredUser, SessionStoreError>) -> Void
    ) {
        let sealed: [UInt8]?
        do {
            sealed = try login.sessionKey.map { try keyring.seal($0, as: .sessionKey(login.user)).packed }
        } catch {
            return completion(.failure(.sealing))
        }
        record(login, sealed, confirmed: nil, tries: 3, resealing(login.user, completion) { $0 })
    }

    /// - Parameter confirmed: an id that the store holds for the user, and for which a gateway vouched.
    private func record(
        _ login: UserLogin,
        _ sealed: [UInt8]?,
        confirmed: String?,
        tries: Int,
        _ completion: @escaping @Sendable (Result<Read<StoredUser>, SessionStoreError>) -> Void
    ) {
        guard let arguments = try? keyring.arguments(login, sealed, confirmed: confirmed) else {
            return completion(.failure(.sealing))
        }
        let keyring = keyring
        let answered: @Sendable (Result<Recorded, SessionStoreError>) -> Void = { [weak self] result in
            switch result {
            case .success(.done(let read)): completion(.success(read))
            case .success(.known(let userID)):
                // Another gateway may give the user yet another id meanwhile, but not again and again.
                guard let self, tries > 1 else { return completion(.failure(.overloaded)) }
                self.record(login, sealed, confirmed: userID, tries: tries - 1, completion)
            case .failure(let error): completion(.failure(error))
            }
        }
        run(.record, arguments, answered) { reply, core in
            guard let parts = reply.array, parts.count >= 3 else { return .failure(.unreachable) }
            if parts[0].text == "confirm" {
                guard let userID = keyring.confirmed(parts, for: login) else {
                    core.ignore(rows: 1)
                    return .failure(.sealing)
                }
                return .success(.known(userID: userID))
            }
            guard let userID = parts[1].text else { return .failure(.unreachable) }
            let fields = parts[2].fields
            var user = StoredUser(fields, of: login.user, keyring)
            user.userID = userID
            user.unionid = login.unionid ?? user.unionid
            user.isBlocked = parts[0].integer == 1
            user.sessionExpiry = user.isBlocked ? nil : login.sessionExpiry
            return .success(.done(Read(value: user, fields: fields)))
        }
    }

    /// What became of a login.
    private enum Recorded: Sendable {
        case done(Read<StoredUser>)
        /// Nothing yet: the store holds this id for the user, or for the account that the user is linked to.
        case known(userID: String)
    }

    /// Finds the user of a session that lives. See ``SessionStore``.
    package func user(
        _ query: SessionQuery,
        completion: @escaping @Sendable (Result<StoredUser?, SessionStoreError>) -> Void
    ) {
        let keyring = keyring
        run(.lookup, .init(query), completion) { reply, core in
            if reply == .null { return .success(nil) }
            guard let user = StoredUser(reply, of: query.user, keyring) else { return .failure(.unreachable) }
            return .success(core.vouched(user, reply, query.user, keyring))
        }
    }

    /// Finds and opens the session_key of a session that lives. See ``SessionStore``.
    package func sessionKey(
        _ query: SessionQuery,
        completion: @escaping @Sendable (Result<String?, SessionStoreError>) -> Void
    ) {
        let keyring = keyring
        run(.lookup, .init(query), completion) { reply, _ in
            if reply == .null { return .success(nil) }
            guard let parts = reply.array, parts.count == 3 else { return .failure(.unreachable) }
            guard let packed = parts[1].fields["session_key"] else { return .success(nil) }
            guard let sealed = SealedValue(packed: packed),
                let sessionKey = try? keyring.openText(sealed, as: .sessionKey(query.user))
            else { return .failure(.sealing) }
            return .success(sessionKey)
        }
    }

    /// Changes what is known of a user, and adds a change only if it matters to tokens. See ``SessionStore``.
    package func update(
        _ update: UserUpdate,
        of query: SessionQuery,
        completion: @escaping @Sendable (Result<Updated<StoredUser>?, SessionStoreError>) -> Void
    ) {
        var first = RedisCommand(query)
        first.append(keyring.ids)
        first.append(update.tokensEnd)
        first.append(optional: update.unionid)
        switch update.phone {
        case .keep: first.append(contentsOf: RedisCommand("keep", ""))
        case .forget: first.append(contentsOf: RedisCommand("forget", ""))
        case .set(let phone):
            guard let sealed = try? keyring.seal(phone, as: .phone(query.user)) else {
                return completion(.failure(.sealing))
            }
            first.append("set")
            first.append(sealed.packed)
        }
        guard let unionMAC = try? keyring.mac(.unionid(query.user, update.unionid ?? "")) else {
            return completion(.failure(.sealing))
        }
        first.append(unionMAC)
        let (keyring, start) = (keyring, first)
        let arguments: @Sendable (StreamID, RESPValue?) -> RedisCommand? = { order, _ in
            var arguments = start
            arguments.append(order.text)
            // The facts show when the script runs.
            for facts: UInt8 in 0...3 {
                let change = SessionChange(.userKnown(query.user, UserFacts(rawValue: facts)), until: update.tokensEnd)
                guard let mac = try? keyring.mac(ChangeEntry(change, order).statement) else { return nil }
                arguments.append(mac)
            }
            for (name, value) in update.profile.fields { arguments.append(contentsOf: RedisCommand(name, value)) }
            return arguments
        }
        // Asked when it is answered: sealing anew takes time, and a later change may come meanwhile.
        let resealed = resealing(query.user, completion) { (found: Found?) in
            found.map { Updated($0.user, changes: $0.core.newest($0.entries)) }
        }
        run(.update, arguments, resealed) { reply, core in
            if reply == .null { return .success(Read(value: nil, fields: [:])) }
            guard let parts = reply.array, parts.count == 5, let facts = parts[4].integer,
                let user = StoredUser(.array(Array(parts.prefix(3))), of: query.user, keyring)
            else { return .failure(.unreachable) }
            var entries: [ChangeEntry] = []
            if let order = parts[3].text.flatMap({ StreamID($0) }) {
                let facts = UserFacts(rawValue: UInt8(truncatingIfNeeded: facts))
                entries = [ChangeEntry(SessionChange(.userKnown(query.user, facts), until: update.tokensEnd), order)]
            }
            core.note(entries)
            let fields = parts[1].fields
            guard core.vouched(user, reply, query.user, keyring) != nil else {
                return .success(Read(value: nil, fields: [:]))
            }
            return .success(Read(value: Found(user: user, entries: entries, core: core), fields: fields))
        }
    }

    /// Takes users over in one script, at most ``largestImport``. See ``SessionStore``.
    package func importUsers(
        _ users: [ImportedUser],
        completion: @escaping @Sendable (Result<Void, SessionStoreError>) -> Void
    ) {
        guard users.count <= Self.largestImport else { return completion(.failure(.overloaded)) }
        var arguments = RedisCommand(String(clock()))
        for user in users {
            guard let mac = try? keyring.mac(.userID(user.user, user.userID)),
                let unionMAC = try? keyring.mac(.unionid(user.user, user.unionid ?? ""))
            else { return completion(.failure(.sealing)) }
            arguments.append(user.user.reference)
            arguments.append(user.userID)
            arguments.append(optional: user.unionid)
            arguments.append(mac)
            arguments.append(unionMAC)
        }
        run(.importUsers, arguments, completion) { _, _ in .success(()) }
    }

    /// A user as updated, and what that changed.
    private struct Found: Sendable {
        let user: StoredUser
        let entries: [ChangeEntry]
        let core: RedisCore
    }

    /// What a request found, with the fields as they are stored.
    private struct Read<Value: Sendable>: Sendable {
        let value: Value
        let fields: [String: [UInt8]]
    }

    /// A completion that first seals anew what a former key sealed. Where that fails, it stays as it is until later.
    private func resealing<Found: Sendable, Value: Sendable>(
        _ user: UserKey,
        _ completion: @escaping @Sendable (Result<Value, SessionStoreError>) -> Void,
        _ answer: @escaping @Sendable (Found) -> Value
    ) -> @Sendable (Result<Read<Found>, SessionStoreError>) -> Void {
        { [keyring, weak self] result in
            guard case .success(let read) = result else { return completion(result.map { answer($0.value) }) }
            let purposes: [(String, SessionKeyring.Purpose)] = [
                ("session_key", .sessionKey(user)), ("phone", .phone(user)),
            ]
            let former = purposes.compactMap { field, purpose -> RedisCommand? in
                guard let packed = read.fields[field], let sealed = SealedValue(packed: packed),
                    let renewed = keyring.renewed(sealed, as: purpose), renewed != sealed
                else { return nil }
                var command = RedisCommand(user.reference, field)
                command.append(packed)
                command.append(renewed.packed)
                return command
            }
            guard let last = former.last, let self else { return completion(.success(answer(read.value))) }
            let ignored: @Sendable (Result<Void, SessionStoreError>) -> Void = { _ in }
            for command in former.dropLast() { self.run(.reseal, command, ignored) { _, _ in .success(()) } }
            let answered: @Sendable (Result<Void, SessionStoreError>) -> Void = { _ in
                completion(.success(answer(read.value)))
            }
            self.run(.reseal, last, answered) { _, _ in .success(()) }
        }
    }
}
