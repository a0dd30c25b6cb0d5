import NIOConcurrencyHelpers
import Sessions

/// The stores that have to do the same.
enum StoreKind: String, CaseIterable, Sendable {
    case sqlite, redis
}

/// A store's data, and gateways that use it.
final class StoreFixture: Sendable {
    private enum Data {
        case file(TemporaryFolder)
        case server(RedisServer)
    }

    private let data: Data
    private let opened = NIOLockedValueBox<[any SessionStore]>([])

    init(_ kind: StoreKind) async throws {
        data =
            switch kind {
            case .sqlite: .file(try TemporaryFolder())
            case .redis: .server(try await RedisServer())
            }
    }

    deinit {
        for store in opened.withLockedValue({ $0 }) { store.stop() }
    }

    /// A gateway's store. SQLite's is its gateway's alone: the one before is stopped.
    func open(keys: [[UInt8]] = [storeKey]) async throws -> any SessionStore {
        switch data {
        case .file(let folder):
            for store in opened.withLockedValue({ $0 }) { store.stop() }
            let store = try folder.open(keys: keys)
            opened.withLockedValue { $0 = [store] }
            return store
        case .server(let server):
            let store = try server.open(keys: keys)
            opened.withLockedValue { $0.append(store) }
            return store
        }
    }
}

extension RedisServer {
    /// A gateway's store on this server.
    func open(
        keys: [[UInt8]] = [storeKey],
        acceptsUnsigned: Bool = false,
        capacity: Int = RedisSessionStore.defaultCapacity,
        log: @escaping @Sendable (RedisStoreEvent) -> Void = { _ in }
    ) throws -> RedisSessionStore {
        try RedisSessionStore(
            address: address,
            keyring: SessionKeyring(keys, acceptsUnsigned: acceptsUnsigned),
            clock: { now },
            capacity: capacity,
            log: log
        )
    }
}
