import NIOConcurrencyHelpers
package import NIOCore
import NIOPosix

/// Lets one line through in a while, and says how many it held back. For faults that may come with every request: the
/// access log has each of them.
package final class FaultReporter: Sendable {
    private struct State {
        var due = NIODeadline.uptimeNanoseconds(0)
        var heldBack = 0
    }

    private let interval: TimeAmount
    private let state = NIOLockedValueBox(State())

    /// - Parameter interval: between two lines.
    package init(every interval: TimeAmount = .seconds(10)) {
        self.interval = interval
    }

    /// Whether a line is due, and how many were not since the last one.
    package func admit(now: NIODeadline) -> Int? {
        state.withLockedValue { state in
            guard now >= state.due else {
                state.heldBack += 1
                return nil
            }
            defer { state = State(due: now + interval) }
            return state.heldBack
        }
    }

    /// Writes the line, where one is due, on a thread that may wait for whoever reads it.
    package func report(_ line: @escaping @Sendable (_ heldBack: Int) -> Void) {
        guard let heldBack = admit(now: .now()) else { return }
        NIOSingletons.posixBlockingThreadPool.submit { _ in line(heldBack) }
    }
}
