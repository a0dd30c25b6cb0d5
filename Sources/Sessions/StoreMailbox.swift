import DequeModule
import Dispatch
import GRDB
import NIOConcurrencyHelpers

/// A request on its way to the writer's thread.
enum StoreRequest: Sendable {
    case read(StoreRead)
    case write(StoreWrite)
    case follow(@Sendable ([SessionChange]) -> Void)
}

/// Work that only reads.
struct StoreRead: Sendable {
    /// The answer, to be sent when the read is over.
    let work: @Sendable (Database) throws -> @Sendable () -> Void
    let refuse: @Sendable (SessionStoreError) -> Void
}

/// Work in a savepoint of its own.
struct StoreWrite: Sendable {
    /// Seconds since 1970, where the request says so.
    let time: Int64?
    /// The answer, to be sent when it is on disk, and the changes that the observer is told.
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

    /// Puts a request in line; the error says why it could not.
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

    /// Refuses from now on; what waits is still taken.
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
                // An Array made of nothing writes to the storage that all empty arrays share: harmless, but a race.
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
