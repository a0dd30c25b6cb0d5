import NIOCore

#if canImport(Glibc)
import Glibc
#endif

/// What every connection of one event loop shares: its clock, its deadlines, and what they read into.
///
/// Belongs to one loop and is touched only there.
final class LoopContext {
    let eventLoop: any EventLoop
    /// Nanoseconds of the steady clock at the start of the event in hand.
    private(set) var now: Int64
    /// Milliseconds since 1970 at the start of the event in hand.
    private(set) var wallMilliseconds: Int64
    var wheel: DeadlineWheel<TimedConnection>
    /// What clients' connections read into.
    let clientReads: LoopReceiveBuffer
    /// What connections to services read into.
    let serviceReads: LoopReceiveBuffer

    /// - Parameter shortestTimeout: the closest ahead that any deadline of this loop is set, in nanoseconds; but for the age
    ///   of connections to services, which they look at themselves before each request.
    init(eventLoop: any EventLoop, shortestTimeout: Int64) {
        self.eventLoop = eventLoop
        now = LoopContext.read(CLOCK_MONOTONIC)
        wallMilliseconds = LoopContext.read(CLOCK_REALTIME) / 1_000_000
        wheel = DeadlineWheel(sweep: shortestTimeout, now: now)
        clientReads = LoopReceiveBuffer(capacity: 8 * 1024, eventLoop: eventLoop)
        serviceReads = LoopReceiveBuffer(capacity: 64 * 1024, eventLoop: eventLoop)
    }

    /// Seconds since 1970.
    var wallSeconds: Int64 { wallMilliseconds / 1000 }

    /// Reads the clocks; called once at the start of an event.
    @inline(__always)
    func updateClock() {
        now = LoopContext.read(CLOCK_MONOTONIC)
        wallMilliseconds = LoopContext.read(CLOCK_REALTIME) / 1_000_000
    }

    /// Visits the connections whose deadline may have passed.
    func visitDeadlines() {
        updateClock()
        for connection in wheel.removeDue(at: now) where connection.isOpen {
            if connection.deadline <= now {
                connection.deadline = .max
                connection.deadlinePassed()
                guard connection.isOpen else { continue }
            }
            wheel.insert(connection, deadline: connection.deadline, now: now)
        }
    }

    /// Lets go of all connections.
    func forgetDeadlines() {
        wheel = DeadlineWheel(sweep: wheel.sweep, now: now)
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        // Fails only for a clock that does not exist.
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// A connection with one deadline that moves.
///
/// The base of client and service connections, so that the wheel holds both without a box.
class TimedConnection {
    /// When ``deadlinePassed()`` is due, in nanoseconds of the loop's clock; `.max` for never.
    final var deadline: Int64 = .max
    /// False once the connection is closed; its entry then leaves the wheel at the next visit.
    final var isOpen = true

    /// Called once per deadline that was reached; sets the next one where it wants one.
    func deadlinePassed() {}
}
