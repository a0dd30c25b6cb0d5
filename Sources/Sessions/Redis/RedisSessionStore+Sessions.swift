extension RedisSessionStore {
    /// Ends the session, or all sessions of the user, in one script. See ``SessionStore``.
    package func end(
        _ ending: SessionEnding,
        completion: @escaping @Sendable (Result<Updated<Int>, SessionStoreError>) -> Void
    ) {
        switch ending.scope {
        case .session(let sessionID, let byUser):
            var arguments = RedisCommand(sessionID)
            arguments.append(byUser)
            arguments.append(ending.tokensEnd)
            arguments.append(ending.time)
            let change = SessionChange(.sessionEnded(sessionID: sessionID, byUser: byUser), until: ending.tokensEnd)
            guard let mac = try? keyring.mac(ChangeEntry(change, .zero).statement) else {
                return completion(.failure(.sealing))
            }
            arguments.append(mac)
            run(.endSession, arguments, completion) { reply, core in
                guard let parts = reply.array, parts.count == 2, let count = parts[0].integer,
                    let order = parts[1].text.flatMap({ StreamID($0) })
                else { return .failure(.unreachable) }
                let entries = [ChangeEntry(change, order)]
                core.note(entries)
                return .success(Updated(Int(count), changes: core.newest(entries)))
            }
        case .user(let userID): end(ending, of: userID, erases: false, completion)
        case .erase(let userID): end(ending, of: userID, erases: true, completion)
        }
    }

    private func end(
        _ ending: SessionEnding,
        of userID: String,
        erases: Bool,
        _ completion: @escaping @Sendable (Result<Updated<Int>, SessionStoreError>) -> Void
    ) {
        var first = RedisCommand(userID)
        first.append(ending.time)
        first.append(ending.tokensEnd)
        first.append(erases)
        first.append(erases)
        first.append(keyring.ids)
        let (keyring, start) = (keyring, first)
        let arguments: @Sendable (StreamID, RESPValue?) -> RedisCommand? = { order, asked in
            var arguments = start
            arguments.append(order.text)
            guard let asked else { return arguments }
            return keyring.sign(asked, until: ending.tokensEnd, order, appendingTo: &arguments) ? arguments : nil
        }
        run(.endUser, arguments, completion) { reply, core in
            guard let parts = reply.array, parts.count == 2,
                let ended = parts[0].array?.entries(
                    until: ending.tokensEnd,
                    { .sessionEnded(sessionID: $0, byUser: erases) }
                ),
                let forgotten = parts[1].array?.entries(
                    until: ending.tokensEnd,
                    { UserKey(reference: $0).map { .userKnown($0, []) } }
                )
            else { return .failure(.unreachable) }
            core.note(ended + forgotten)
            return .success(Updated(ended.count, changes: core.newest(ended + forgotten)))
        }
    }

    /// Blocks or releases the user, whether the store knows the user or not. See ``SessionStore``.
    package func setBlocked(
        _ isBlocked: Bool,
        userID: String,
        completion: @escaping @Sendable (Result<Updated<Void>, SessionStoreError>) -> Void
    ) {
        var first = RedisCommand(userID)
        first.append(isBlocked)
        first.append(clock() + ChangeEntry.blockSeconds)
        let kind: SessionChange.Kind = isBlocked ? .userBlocked(userID: userID) : .userUnblocked(userID: userID)
        let change = SessionChange(kind, until: nil)
        let (keyring, start) = (keyring, first)
        let arguments: @Sendable (StreamID, RESPValue?) -> RedisCommand? = { order, _ in
            guard let mac = try? keyring.mac(ChangeEntry(change, order).statement) else { return nil }
            var arguments = start
            arguments.append(order.text)
            arguments.append(mac)
            return arguments
        }
        run(.block, arguments, completion) { reply, core in
            guard let order = reply.text.flatMap({ StreamID($0) }) else { return .failure(.unreachable) }
            let entries = [ChangeEntry(change, order)]
            core.note(entries)
            return .success(Updated((), changes: core.newest(entries)))
        }
    }

    /// Records the successor of a token, or finds the one that another gateway recorded. See ``SessionStore``.
    package func renew(
        _ renewal: TokenRenewal,
        completion: @escaping @Sendable (Result<RenewedToken?, SessionStoreError>) -> Void
    ) {
        let sessionID = renewal.query.sessionID
        guard let sealed = try? keyring.seal(renewal.token, as: .successor(sessionID)) else {
            return completion(.failure(.sealing))
        }
        var arguments = RedisCommand(renewal.query)
        arguments.append(sealed.packed)
        arguments.append(renewal.tokenExpiry)
        arguments.append(renewal.mustOutlive)
        arguments.append(keyring.ids)
        let keyring = keyring
        run(.renew, arguments, completion) { reply, _ in
            if reply == .null { return .success(nil) }
            guard let parts = reply.array, parts.count == 2, let packed = parts[0].bytes, let expiry = parts[1].integer
            else { return .failure(.unreachable) }
            guard let sealed = SealedValue(packed: packed),
                let token = try? keyring.openText(sealed, as: .successor(sessionID))
            else { return .failure(.sealing) }
            return .success(RenewedToken(token: token, expiresAt: expiry))
        }
    }
}

extension SessionKeyring {
    /// Appends "e" or "f", the subject and the MAC for each change that a script asked for; false where it cannot.
    fileprivate func sign(
        _ asked: RESPValue,
        until: Int64,
        _ order: StreamID,
        appendingTo arguments: inout RedisCommand
    ) -> Bool {
        guard let parts = asked.array, parts.count == 4, let sessions = parts[2].array, let users = parts[3].array
        else { return false }
        var changes: [(letter: String, subject: RESPValue, kind: SessionChange.Kind?)] = []
        for session in sessions {
            changes.append(("e", session, session.text.map { .sessionEnded(sessionID: $0, byUser: true) }))
        }
        for user in users {
            changes.append(("f", user, user.text.flatMap { UserKey(reference: $0) }.map { .userKnown($0, []) }))
        }
        for (letter, subject, kind) in changes {
            guard let kind, let bytes = subject.bytes,
                let signature = try? mac(ChangeEntry(SessionChange(kind, until: until), order).statement)
            else { return false }
            arguments.append(letter)
            arguments.append(bytes)
            arguments.append(signature)
        }
        return true
    }
}

extension [RESPValue] {
    /// Of subjects and their changes' ids in turn; nil where they are not.
    fileprivate func entries(until: Int64, _ kind: (String) -> SessionChange.Kind?) -> [ChangeEntry]? {
        guard count.isMultiple(of: 2) else { return nil }
        var entries: [ChangeEntry] = []
        for index in stride(from: 0, to: count, by: 2) {
            guard let kind = self[index].text.flatMap(kind), let order = self[index + 1].text.flatMap({ StreamID($0) })
            else { return nil }
            entries.append(ChangeEntry(SessionChange(kind, until: until), order))
        }
        return entries
    }
}
