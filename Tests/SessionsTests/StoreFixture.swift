import NIOConcurrencyHelpers
import Sessions

/// The stores that have to do the same.
enum StoreKind: String, CaseIterable, Sendable {
    case sqlite
}

/// A store's data, and gateways that use it.
final class StoreFixture: Sendable {
    private let folder: TemporaryFolder
    private let opened = NIOLockedValueBox<[any SessionStore]>([])

    init(_ kind: StoreKind) async throws {
        folder = try TemporaryFolder()
    }

    deinit {
        for store in opened.withLockedValue({ $0 }) { store.stop() }
    }

    /// A gateway's store. SQLite's is its gateway's alone: the one before is stopped.
    func open(keys: [[UInt8]] = [storeKey]) async throws -> any SessionStore {
        for store in opened.withLockedValue({ $0 }) { store.stop() }
        let store = try folder.open(keys: keys)
        opened.withLockedValue { $0 = [store] }
        return store
    }
}
