import NIOConcurrencyHelpers
import Sessions

/// The shared values of a store, which fail and wait with it.
struct SharedDoor: SharedValues {
    let store: MemoryStore
    let values: MemoryValues

    func claim(
        _ key: String,
        _ value: [UInt8],
        seconds: Int64,
        completion: @escaping @Sendable (Result<[UInt8]?, SessionStoreError>) -> Void
    ) {
        if let failure = store.failure(.claim) { return completion(.failure(failure)) }
        let present = values.claim(key, value, seconds)
        store.run(.claim) { completion(.success(present)) }
    }

    func put(
        _ key: String,
        _ value: [UInt8]?,
        seconds: Int64,
        completion: @escaping @Sendable (Result<Void, SessionStoreError>) -> Void
    ) {
        if let failure = store.failure(.put) { return completion(.failure(failure)) }
        let values = values
        store.run(.put) {
            values.put(key, value, seconds)
            completion(.success(()))
        }
    }

    func get(
        _ key: String,
        otherThan present: [UInt8]?,
        within milliseconds: Int64,
        completion: @escaping @Sendable (Result<[UInt8]?, SessionStoreError>) -> Void
    ) {
        if let failure = store.failure(.get) { return completion(.failure(failure)) }
        values.get(key, present, milliseconds) { completion(.success($0)) }
    }
}

/// Values with an end; time passes when a test says so.
final class MemoryValues: Sendable {
    private struct Waiter {
        let key: String
        let present: [UInt8]?
        let until: Int64
        let completion: @Sendable ([UInt8]?) -> Void
    }

    private struct State {
        /// In milliseconds.
        var now: Int64 = 0
        var values: [String: (bytes: [UInt8], until: Int64)] = [:]
        var waiters: [Waiter] = []

        func value(_ key: String) -> [UInt8]? {
            values[key].flatMap { $0.until > now ? $0.bytes : nil }
        }

        /// Those whose wait is over, with what they get.
        mutating func due() -> [(Waiter, [UInt8]?)] {
            let (all, now) = (waiters, now)
            waiters = all.filter { value($0.key) == $0.present && $0.until > now }
            let due = all.filter { value($0.key) != $0.present || $0.until <= now }
            return due.map { ($0, value($0.key)) }
        }
    }

    private let state = NIOLockedValueBox(State())

    var texts: [String] {
        state.withLockedValue { state in
            state.values.map { "\($0.key) \(String(decoding: $0.value.bytes, as: UTF8.self))" }
        }
    }
    var waiting: Int { state.withLockedValue { $0.waiters.count } }

    func claim(_ key: String, _ value: [UInt8], _ seconds: Int64) -> [UInt8]? {
        state.withLockedValue { state in
            if let present = state.value(key) { return present }
            state.values[key] = (value, state.now + seconds * 1000)
            return nil
        }
    }

    func put(_ key: String, _ value: [UInt8]?, _ seconds: Int64) {
        tell { state in
            let until = state.now + seconds * 1000
            state.values[key] = value.map { ($0, until) }
        }
    }

    func get(
        _ key: String,
        _ present: [UInt8]?,
        _ milliseconds: Int64,
        _ completion: @escaping @Sendable ([UInt8]?) -> Void
    ) {
        tell { state in
            state.waiters.append(
                Waiter(key: key, present: present, until: state.now + milliseconds, completion: completion)
            )
        }
    }

    func pass(_ seconds: Int64) { tell { $0.now += seconds * 1000 } }

    private func tell(_ change: (inout State) -> Void) {
        let due = state.withLockedValue { state in
            change(&state)
            return state.due()
        }
        for (waiter, value) in due { waiter.completion(value) }
    }
}
