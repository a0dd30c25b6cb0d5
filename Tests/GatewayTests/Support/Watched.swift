import Glibc

/// How long any wait of these tests lasts at most.
let longestWait: Int64 = 10_000

/// A wait that took longer than `longestWait`.
struct WaitedTooLong: Error, CustomStringConvertible {
    let what: String
    var description: String { "waited in vain for \(what)" }
}

/// State under a lock, with waits for a change of it. For threads that may block, never for an event loop.
final class Watched<State>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var state: State

    init(_ state: State) {
        self.state = state
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(changed, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// Reads or changes the state; those who wait look again afterwards.
    func withLock<Result>(_ body: (inout State) throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer {
            pthread_cond_broadcast(changed)
            pthread_mutex_unlock(mutex)
        }
        return try body(&state)
    }

    /// Blocks until the condition holds.
    ///
    /// - Parameter what: for the message of the failure.
    func wait(for what: String, within milliseconds: Int64 = longestWait, until holds: (State) -> Bool) throws {
        let end = TestClock.milliseconds() + milliseconds
        var deadline = timespec(tv_sec: Int(end / 1000), tv_nsec: Int(end % 1000) * 1_000_000)
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !holds(state) {
            guard pthread_cond_timedwait(changed, mutex, &deadline) != ETIMEDOUT || holds(state) else {
                throw WaitedTooLong(what: what)
            }
        }
    }
}

/// Holds threads back until it is opened.
final class Gate: Sendable {
    private let isOpen = Watched(false)

    func open() { isOpen.withLock { $0 = true } }

    func wait() throws { try isOpen.wait(for: "a gate to open") { $0 } }
}

/// Looks every millisecond until the condition holds; bounded by `longestWait`.
func waitUntil(_ what: String, _ holds: () async throws -> Bool) async throws {
    let end = TestClock.milliseconds() + longestWait
    while try await !holds() {
        guard TestClock.milliseconds() < end else { throw WaitedTooLong(what: what) }
        poll(nil, 0, 1)
    }
}

/// The steady clock.
enum TestClock {
    static func milliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// Seconds since 1970.
    static func wallSeconds() -> Int64 { Int64(time(nil)) }
}
