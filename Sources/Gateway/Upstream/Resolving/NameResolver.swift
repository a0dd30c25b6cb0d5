import NIOCore

#if canImport(Glibc)
import Glibc
#endif

/// Resolves the names of services periodically. `getaddrinfo` blocks, so each lookup has its own thread, up to a limit
/// (``ResolverSchedule``). One further thread starts them.
///
/// There is one resolver per process. All followers of a name share one lookup, whatever their ports and services.
final class NameResolver: Sendable {
    /// Called on a thread of the resolver with the known addresses; an empty list if none was ever found.
    typealias Follower = @Sendable ([SocketAddress]) -> Void
    /// Looks up a name. Blocks. Addresses without a port get the port of the follower.
    typealias Lookup = @Sendable (_ host: String) -> AddressBook.LookupResult

    private struct State: Sendable {
        var schedule: ResolverSchedule
        /// By the index of the name, and by number.
        var followers: [[Int: Follower]] = []
        var nextNumber = 0
        /// Incremented by every change that the starting thread must see.
        var changes: UInt64 = 0
        var hasThread = false
        var isStopping = false

        func notifyFollowers(_ index: Int) {
            for follower in followers[index].values { follower(schedule.names[index].book.addresses) }
        }
    }

    private enum Work: Sendable {
        case lookUp(Int, host: String)
        case wait(milliseconds: Int?, since: UInt64)
        case end
    }

    let limits: ResolverSchedule.Limits
    private let monitor: Monitor<State>
    private let lookUp: Lookup

    init(
        limits: ResolverSchedule.Limits = ResolverSchedule.Limits(),
        lookUp: @escaping Lookup = NameResolver.systemLookup
    ) {
        self.limits = limits
        monitor = Monitor(State(schedule: ResolverSchedule(limits)))
        self.lookUp = lookUp
    }

    /// Identifies a follower.
    struct Following: Sendable {
        fileprivate let index: Int
        fileprivate let number: Int
    }

    /// Passes the addresses of the name to the follower, as soon as they are known and on every change, until
    /// ``unfollow(_:)``.
    @discardableResult
    func follow(host: String, port: Int, _ follower: @escaping Follower) -> Following {
        let withPort: Follower = { addresses in
            follower(
                addresses.map { address in
                    guard address.port == 0 else { return address }
                    var address = address
                    address.port = port
                    return address
                }
            )
        }
        let following = monitor.change { state in
            let index = state.schedule.add(host)
            if index == state.followers.count { state.followers.append([:]) }
            let following = Following(index: index, number: state.nextNumber)
            state.nextNumber += 1
            state.followers[index][following.number] = withPort
            let book = state.schedule.names[index].book
            if book.isKnown { withPort(book.addresses) }
            state.changes &+= 1
            return following
        }
        start()
        return following
    }

    /// Ends what ``follow(host:port:_:)`` began. A name that nobody follows is not looked up any more.
    func unfollow(_ following: Following) {
        monitor.change { state in
            guard state.followers[following.index].removeValue(forKey: following.number) != nil else { return }
            state.schedule.remove(following.index)
        }
    }

    /// Starts the thread that starts lookups, if it does not run.
    ///
    /// - Returns: false if the thread cannot be started: no lookups happen until a later call succeeds.
    @discardableResult
    func start() -> Bool {
        let needsThread = monitor.change { state -> Bool in
            defer { state.hasThread = true }
            return !state.hasThread && !state.isStopping
        }
        guard needsThread, !startThread(runResolver, Unmanaged.passRetained(self)) else { return true }
        monitor.change { $0.hasThread = false }
        return false
    }

    /// Stops notifying followers. Threads end as soon as the running lookups return.
    func stop() {
        monitor.change {
            $0.isStopping = true
            $0.changes &+= 1
        }
    }

    // MARK: - The thread that starts questions

    fileprivate func run() {
        while true {
            switch nextWork() {
            case .end: return
            case .wait(let milliseconds, let changes):
                _ = monitor.wait(milliseconds: milliseconds) { $0.changes == changes ? nil : true }
            case .lookUp(let index, let host):
                let lookup = Unmanaged.passRetained(LookupTask(resolver: self, index: index, host: host))
                if !startThread(runLookup, lookup) { take(.notFound, for: index) }
            }
        }
    }

    private func nextWork() -> Work {
        let now = NameResolver.now()
        let jitter = Double.random(in: 0...1)
        // Followers are called while the lock is held, so that none is notified after `stop()`.
        return monitor.change { state in
            if state.isStopping { return .end }
            for index in state.schedule.giveUpOverdue(now: now, jitter: jitter) { state.notifyFollowers(index) }
            switch state.schedule.next(now: now) {
            case .lookUp(let index): return .lookUp(index, host: state.schedule.names[index].host)
            case .wait(let until):
                return .wait(milliseconds: until.map { Int(($0 - now) / 1_000_000) + 1 }, since: state.changes)
            }
        }
    }

    // MARK: - The threads of questions

    fileprivate func performLookup(_ index: Int, host: String) {
        take(lookUp(host), for: index)
    }

    private func take(_ result: AddressBook.LookupResult, for index: Int) {
        let now = NameResolver.now()
        let jitter = Double.random(in: 0...1)
        monitor.change { state in
            guard !state.isStopping else { return }
            state.changes &+= 1
            if state.schedule.finished(index, result, now: now, jitter: jitter) { state.notifyFollowers(index) }
        }
    }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Queries the system's resolver (RFC 3493), which sorts by RFC 6724. The addresses have no port.
    @Sendable
    static func systemLookup(host: String) -> AddressBook.LookupResult {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_protocol = CInt(IPPROTO_TCP)
        var first: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &first) == 0 else { return .notFound }
        defer { if let first { freeaddrinfo(first) } }
        var found: [SocketAddress] = []
        var next = first
        while let info = next {
            next = info.pointee.ai_next
            guard let address = info.pointee.ai_addr else { continue }
            let raw = UnsafeRawPointer(address)
            switch info.pointee.ai_family {
            case AF_INET where Int(info.pointee.ai_addrlen) >= MemoryLayout<sockaddr_in>.size:
                found.append(SocketAddress(raw.loadUnaligned(as: sockaddr_in.self), host: host))
            case AF_INET6 where Int(info.pointee.ai_addrlen) >= MemoryLayout<sockaddr_in6>.size:
                found.append(SocketAddress(raw.loadUnaligned(as: sockaddr_in6.self), host: host))
            default: continue
            }
        }
        return found.isEmpty ? .notFound : .found(found)
    }
}

/// One question, for its thread.
private final class LookupTask: Sendable {
    private let resolver: NameResolver
    private let index: Int
    private let host: String

    init(resolver: NameResolver, index: Int, host: String) {
        self.resolver = resolver
        self.index = index
        self.host = host
    }

    func run() { resolver.performLookup(index, host: host) }
}

/// Starts a detached thread, which owns the argument. False if the thread cannot be started; the argument is then
/// released.
private func startThread<Argument: AnyObject>(
    _ body: @escaping @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer?,
    _ argument: Unmanaged<Argument>
) -> Bool {
    var thread = pthread_t()
    guard pthread_create(&thread, nil, body, argument.toOpaque()) == 0 else {
        argument.release()
        return false
    }
    pthread_detach(thread)
    return true
}

/// Signals are for the thread that handles them.
private func blockSignals() {
    var all = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, nil)
}

private func runResolver(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    blockSignals()
    Unmanaged<NameResolver>.fromOpaque(argument).takeRetainedValue().run()
    return nil
}

private func runLookup(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    blockSignals()
    Unmanaged<LookupTask>.fromOpaque(argument).takeRetainedValue().run()
    return nil
}
