import NIOCore

/// Values under keys of their own that Redis ends.
struct RedisSharedValues: SharedValues {
    private static let pollMilliseconds: Int64 = 20
    /// The last byte of a value that is read; no gateway writes longer ones.
    private static let lastByte = "65535"

    let store: RedisSessionStore

    func claim(
        _ key: String,
        _ value: [UInt8],
        seconds: Int64,
        completion: @escaping @Sendable (Result<[UInt8]?, SessionStoreError>) -> Void
    ) {
        let keyring = store.keyring
        guard let sealed = try? keyring.seal(value, as: .shared(key)) else { return completion(.failure(.sealing)) }
        var arguments = RedisCommand(key)
        arguments.append(sealed.packed)
        arguments.append(max(seconds, 1))
        store.run(.claim, arguments, completion) { reply, _ in keyring.value(reply, of: key) }
    }

    func put(
        _ key: String,
        _ value: [UInt8]?,
        seconds: Int64,
        completion: @escaping @Sendable (Result<Void, SessionStoreError>) -> Void
    ) {
        var command: RedisCommand
        if let value {
            guard let sealed = try? store.keyring.seal(value, as: .shared(key)) else {
                return completion(.failure(.sealing))
            }
            command = RedisCommand("SET", "menshen:shared:" + key)
            command.append(sealed.packed)
            command.append(contentsOf: RedisCommand("EX", String(max(seconds, 1))))
        } else {
            command = RedisCommand("DEL", "menshen:shared:" + key)
        }
        let sent = command
        let isTaken = store.onLoop { core in
            core.send(sent) { result in completion(result.map { _ in }) }
        }
        if !isTaken { completion(.failure(.stopped)) }
    }

    func get(
        _ key: String,
        otherThan present: [UInt8]?,
        within milliseconds: Int64,
        completion: @escaping @Sendable (Result<[UInt8]?, SessionStoreError>) -> Void
    ) {
        let deadline = NIODeadline.now() + .milliseconds(max(milliseconds, 0))
        poll(key, present, deadline, completion)
    }

    private func poll(
        _ key: String,
        _ present: [UInt8]?,
        _ deadline: NIODeadline,
        _ completion: @escaping @Sendable (Result<[UInt8]?, SessionStoreError>) -> Void
    ) {
        let keyring = store.keyring
        let isTaken = store.onLoop { core in
            core.send(RedisCommand("GETRANGE", "menshen:shared:" + key, "0", Self.lastByte)) { result in
                let found = result.flatMap { keyring.value($0, of: key) }
                let left = deadline - .now()
                guard case .success(let value) = found, value == present, left > .zero else { return completion(found) }
                let pause = min(Self.pollMilliseconds, left.nanoseconds / 1_000_000 + 1)
                core.after(milliseconds: pause) {
                    poll(key, present, deadline, completion)
                } orElse: {
                    completion(.failure(.stopped))
                }
            }
        }
        if !isTaken { completion(.failure(.stopped)) }
    }
}

extension SessionKeyring {
    fileprivate func value(_ reply: RESPValue, of key: String) -> Result<[UInt8]?, SessionStoreError> {
        // A range of a key that is not there is empty, and no sealed value is.
        if reply == .null || reply.bytes?.isEmpty == true { return .success(nil) }
        guard let sealed = reply.bytes.flatMap({ SealedValue(packed: $0) }),
            let value = try? open(sealed, as: .shared(key))
        else { return .failure(.sealing) }
        return .success(value)
    }
}
