import DequeModule
import Dispatch
import GRDB
import NIOConcurrencyHelpers

/// A request to the thread of the store.
enum StoreRequest: Sendable {
    case read(StoreRead)
    case write(StoreWrite)
    case follow(@Sendable ([SessionChange]) -> Void)
}

/// Work that only reads.
struct StoreRead: Sendable {
    /// Completes the read after it ended.
    let work: @Sendable (Database) throws -> @Sendable () -> Void
    let refuse: @Sendable (SessionStoreError) -> Void
}

/// A write, in its own savepoint.
struct StoreWrite: Sendable {
    /// Seconds since 1970, if the request states a time.
    let time: Int64?
    /// Completes the write once it is on disk; the changes go to the observer.
    let work: @Sendable (Database) throws -> (reply: @Sendable () -> Void, changes: [SessionChange])
    let refuse: @Sendable (SessionStoreError) -> Void
}

extension StoreRequest {
    func refuse(_ error: SessionStoreError) {
        switch self {
        case .read(let read): read.refuse(error)
        case .write(let write): write.refuse(error)
        case .follow: break
        }
    }
}

/// Where requests wait for the writer's thread.
final class StoreMailbox: Sendable {
    private struct State {
        var waiting: Deque<StoreRequest> = []
        var isOpen = true
    }

    private let state = NIOLockedValueBox(State())
    private let changed = DispatchSemaphore(value: 0)
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Queues a request; the error tells why it could not.
    func post(_ request: StoreRequest) -> SessionStoreError? {
        let (refusal, isFirst) = state.withLockedValue { state -> (SessionStoreError?, Bool) in
            guard state.isOpen else { return (.stopped, false) }
            guard state.waiting.count < capacity else { return (.overloaded, false) }
            state.waiting.append(request)
            return (nil, state.waiting.count == 1)
        }
        if isFirst { changed.signal() }
        return refusal
    }

    /// Refuses further requests; queued ones are still processed.
    func close() {
        state.withLockedValue { $0.isOpen = false }
        changed.signal()
    }

    /// Waits for requests and takes up to `count`, oldest first; nil once the mailbox is closed and empty.
    ///
    /// - Parameter seconds: how long it waits at most; then there are none. Nil: for as long as it takes.
    func take(upTo count: Int, within seconds: Int? = nil) -> [StoreRequest]? {
        let deadline = seconds.map { DispatchTime.now() + .seconds($0) } ?? .distantFuture
        while true {
            let (taken, isOpen) = state.withLockedValue { state -> ([StoreRequest], Bool) in
                // An empty Array writes to the storage that all empty arrays share: harmless, but reported as a race.
                guard !state.waiting.isEmpty else { return ([], state.isOpen) }
                let taken = Array(state.waiting.prefix(count))
                state.waiting.removeFirst(taken.count)
                return (taken, state.isOpen)
            }
            if !taken.isEmpty { return taken }
            if !isOpen { return nil }
            if changed.wait(timeout: deadline) == .timedOut { return [] }
        }
    }
}
