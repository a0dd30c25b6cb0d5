import NIOCore

#if canImport(Glibc)
import Glibc
#endif

/// Resolves the names of services, again and again, on a thread of its own: `getaddrinfo` blocks.
///
/// One for the process. What it finds goes to whoever follows a name.
final class NameResolver: Sendable {
    /// Called on the resolver's thread, with what is known of the name.
    typealias Follower = @Sendable ([SocketAddress]) -> Void
    /// What a name resolves to. Blocks.
    typealias Lookup = @Sendable (_ host: String, _ port: Int) -> AddressBook.Answer

    fileprivate struct Name: Sendable {
        let host: String
        let port: Int
        var book = AddressBook()
        var followers: [Follower]
    }

    fileprivate struct State: Sendable {
        var names: [Name] = []
        var hasThread = false
        var isStopping = false
    }

    fileprivate enum Work: Sendable {
        case lookUp(Int, host: String, port: Int)
        case wait(milliseconds: Int?)
        case end
    }

    fileprivate let monitor = Monitor(State())
    private let lookUp: Lookup

    init(lookUp: @escaping Lookup = NameResolver.askSystem) {
        self.lookUp = lookUp
    }

    /// Tells what the name resolves to, as soon as it is known and whenever it changes; nothing found is an empty list.
    func follow(host: String, port: Int, _ follower: @escaping Follower) {
        let needsThread = monitor.change { state -> Bool in
            if let index = state.names.firstIndex(where: { $0.host == host && $0.port == port }) {
                state.names[index].followers.append(follower)
                if state.names[index].book.isKnown { follower(state.names[index].book.addresses) }
            } else {
                state.names.append(Name(host: host, port: port, followers: [follower]))
            }
            defer { state.hasThread = true }
            return !state.hasThread
        }
        guard needsThread else { return }
        let start = Unmanaged.passRetained(self)
        var thread = pthread_t()
        guard pthread_create(&thread, nil, runResolver, start.toOpaque()) == 0 else {
            start.release()
            monitor.change { $0.hasThread = false }
            return
        }
        pthread_detach(thread)
    }

    /// Tells nobody anything from now on. The thread ends when the question in hand is answered.
    func stop() {
        monitor.change { $0.isStopping = true }
    }

    fileprivate func run() {
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, nil)
        while true {
            switch nextWork() {
            case .end: return
            case .wait(let milliseconds):
                let count = monitor.change { $0.names.count }
                _ = monitor.wait(milliseconds: milliseconds) { state -> Bool? in
                    state.isStopping || state.names.count != count ? true : nil
                }
            case .lookUp(let index, let host, let port):
                take(lookUp(host, port), for: index)
            }
        }
    }

    private func nextWork() -> Work {
        let now = NameResolver.now()
        return monitor.change { state in
            if state.isStopping { return .end }
            guard
                let index = state.names.indices.min(by: {
                    state.names[$0].book.nextQuestion < state.names[$1].book.nextQuestion
                })
            else { return .wait(milliseconds: nil) }
            let name = state.names[index]
            guard name.book.nextQuestion > now else { return .lookUp(index, host: name.host, port: name.port) }
            return .wait(milliseconds: Int((name.book.nextQuestion - now) / 1_000_000) + 1)
        }
    }

    private func take(_ answer: AddressBook.Answer, for index: Int) {
        let now = NameResolver.now()
        let jitter = Double.random(in: 0...1)
        // Within the lock, so that nobody is told anything after `stop()`.
        monitor.change { state in
            guard !state.isStopping, state.names.indices.contains(index),
                state.names[index].book.take(answer, now: now, jitter: jitter)
            else { return }
            let addresses = state.names[index].book.addresses
            for follower in state.names[index].followers { follower(addresses) }
        }
    }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Asks the system's resolver (RFC 3493), whose order is RFC 6724's.
    @Sendable
    static func askSystem(host: String, port: Int) -> AddressBook.Answer {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_protocol = CInt(IPPROTO_TCP)
        var first: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &first) == 0 else { return .notFound }
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

/// What `pthread_create` calls: runs the resolver that it is given.
private func runResolver(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    Unmanaged<NameResolver>.fromOpaque(argument).takeRetainedValue().run()
    return nil
}
