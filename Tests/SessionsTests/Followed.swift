import NIOConcurrencyHelpers
import Sessions

/// What a store told of changes.
final class Followed: Sendable {
    private struct State {
        var changes: [SessionChange] = []
        var calls = 0
        var waiting: [(isEnough: @Sendable ([SessionChange], Int) -> Bool, then: CheckedContinuation<Void, Never>)] = []
    }

    private let state = NIOLockedValueBox(State())
    /// Held: a store that nobody holds tells nothing.
    private let store: any SessionStore

    init(_ store: any SessionStore) {
        self.store = store
        store.follow { [weak self] in self?.note($0) }
    }

    var changes: [SessionChange] { state.withLockedValue(\.changes) }

    /// Returns when the changes are told; the test's time limit is what bounds it.
    func wait(for changes: [SessionChange]) async {
        await wait { told, _ in changes.allSatisfy(told.contains) }
    }

    /// Returns when the first call has come.
    func begun() async {
        await wait { _, calls in calls > 0 }
    }

    private func wait(_ isEnough: @escaping @Sendable ([SessionChange], Int) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isDone = state.withLockedValue { state in
                if isEnough(state.changes, state.calls) { return true }
                state.waiting.append((isEnough, continuation))
                return false
            }
            if isDone { continuation.resume() }
        }
    }

    private func note(_ changes: [SessionChange]) {
        let done = state.withLockedValue { state in
            state.changes += changes
            state.calls += 1
            let (all, calls) = (state.changes, state.calls)
            let done = state.waiting.filter { $0.isEnough(all, calls) }
            state.waiting.removeAll { $0.isEnough(all, calls) }
            return done
        }
        for waiter in done { waiter.then.resume() }
    }
}
