import NIOCore

#if canImport(Glibc)
import Glibc
#endif

/// What every connection of one event loop shares: its clock, its deadlines, its turns, and what they read into.
///
/// Belongs to one loop and is touched only there.
///
/// Everything that happens on the loop is an event: bytes, a deadline, the end of a wait. NIO can report a second event
/// within a write or a close of the first one: a write that fails reads the socket dry, then reports the error and the end of
/// the channel. A connection only notes such a nested event, bytes too, and asks for a turn, which it gets when the outer
/// event is over and all state is consistent.
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
    /// Events that run, one within the other.
    private var depth = 0
    /// Members that have a turn when the outermost event is over, in the order in which they asked.
    private var turns: [TimedConnection] = []

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

    // MARK: - Events and turns

    /// An event runs: another one that comes now has come within it.
    var isInEvent: Bool { depth > 0 }

    /// Begins an event. Whatever calls into an exchange or a connection does so between this and ``leave()``.
    @inline(__always)
    func enter() {
        depth &+= 1
    }

    /// Ends an event. The end of the outermost one gives the turns that were asked for.
    @inline(__always)
    func leave() {
        if depth == 1, !turns.isEmpty { giveTurns() }
        depth &-= 1
    }

    /// The instant that lies so many nanoseconds ahead; `.max` where that is beyond all time.
    @inline(__always)
    func instant(after nanoseconds: Int64) -> Int64 {
        let (instant, overflow) = now.addingReportingOverflow(nanoseconds)
        return overflow ? .max : instant
    }

    /// Runs `body` as an event, with the clock read.
    func run(_ body: () -> Void) {
        enter()
        updateClock()
        body()
        leave()
    }

    /// Gives a member a turn: at the end of the outermost event, or at once where no event runs. A member that waits for
    /// its turn already gets one turn.
    func requestTurn(_ member: TimedConnection) {
        guard !member.awaitsTurn else { return }
        member.awaitsTurn = true
        turns.append(member)
        guard depth == 0 else { return }
        enter()
        updateClock()
        leave()
    }

    private func giveTurns() {
        var index = 0
        while index < turns.count {
            let member = turns[index]
            index += 1
            member.awaitsTurn = false
            member.takeTurn()
        }
        turns.removeAll(keepingCapacity: true)
    }

    // MARK: - Deadlines

    /// Visits the members whose deadline may have passed.
    func visitDeadlines() {
        updateClock()
        for member in wheel.removeDue(at: now) where member.isOpen {
            if member.deadline <= now {
                member.deadline = .max
                enter()
                member.deadlinePassed()
                leave()
                guard member.isOpen else { continue }
            }
            wheel.insert(member, deadline: member.deadline, now: now)
        }
    }

    /// Visits members more often from now on.
    ///
    /// - Parameter sweep: the closest ahead that any deadline is set from now on, in nanoseconds.
    func shorten(_ sweep: Int64) {
        let members = wheel.removeAll()
        wheel = DeadlineWheel(sweep: sweep, now: now)
        for member in members where member.isOpen { wheel.insert(member, deadline: member.deadline, now: now) }
    }

    /// Lets go of all members.
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

/// A member of a loop: a connection, a tunnel or an exchange, with one deadline that moves, and turns.
///
/// The base of all of them, so that the wheel holds each without a box.
class TimedConnection {
    /// When ``deadlinePassed()`` is due, in nanoseconds of the loop's clock; `.max` for never.
    final var deadline: Int64 = .max
    /// False once the member is closed; its entry then leaves the wheel at the next visit.
    final var isOpen = true
    /// It has asked for a turn and has not had it.
    final var awaitsTurn = false

    /// Called once per deadline that was reached; sets the next one where it wants one.
    func deadlinePassed() {}

    /// Called when the outermost event is over, once per ``LoopContext/requestTurn(_:)``.
    func takeTurn() {}
}
