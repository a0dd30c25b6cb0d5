import CCurl
import DequeModule
import NIOConcurrencyHelpers

/// A call for the loop.
struct PendingCall: Sendable {
    let request: APIRequest
    let enqueued: ContinuousClock.Instant
    let completion: @Sendable (Result<APIResponse, APICallError>) -> Void
}

/// Where calls wait for the loop's thread. The one thing that thread shares with others.
final class CallMailbox: Sendable {
    private struct State {
        var waiting: Deque<PendingCall> = []
        var isOpen = true
    }

    private let state = NIOLockedValueBox(State())
    private let capacity: Int
    // curl_multi_wakeup is the one function that may be called from any thread. It is called with the lock held and
    // the mailbox open, so never after the loop, which ends on a closed mailbox, has freed the handle.
    private nonisolated(unsafe) let multi: UnsafeMutableRawPointer

    init(waking multi: UnsafeMutableRawPointer, capacity: Int) {
        self.multi = multi
        self.capacity = capacity
    }

    /// Queues a call and wakes the loop; the error tells why it could not.
    func post(_ call: PendingCall) -> APICallError? {
        state.withLockedValue { state in
            guard state.isOpen else { return .shutDown }
            guard state.waiting.count < capacity else { return .overloaded }
            state.waiting.append(call)
            if state.waiting.count == 1 { curl_multi_wakeup(multi) }
            return nil
        }
    }

    /// No call gets in from now on; the loop ends.
    func close() {
        state.withLockedValue { state in
            guard state.isOpen else { return }
            curl_multi_wakeup(multi)
            state.isOpen = false
        }
    }

    /// Up to `count` calls, oldest first; nil once the mailbox is closed.
    func take(upTo count: Int) -> [PendingCall]? {
        state.withLockedValue { state in
            guard state.isOpen else { return nil }
            // An empty Array writes to the storage that all empty arrays share: harmless, but reported as a race.
            guard count > 0, !state.waiting.isEmpty else { return [] }
            let taken = Array(state.waiting.prefix(count))
            state.waiting.removeFirst(taken.count)
            return taken
        }
    }

    /// The calls that were queued when the mailbox closed.
    func takeRest() -> [PendingCall] {
        state.withLockedValue { state in
            guard !state.waiting.isEmpty else { return [] }
            let rest = Array(state.waiting)
            state.waiting.removeAll()
            return rest
        }
    }
}
