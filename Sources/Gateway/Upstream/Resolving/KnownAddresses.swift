import NIOCore
import NIOPosix

/// What one worker knows of a target's name, for the next connection to it.
///
/// NIO tries the addresses after RFC 8305, one family after the other with 250 ms between two tries: a family that is dead
/// costs no more than that.
final class KnownAddresses {
    private let eventLoop: any EventLoop
    private var addresses: [SocketAddress]?
    private var waiting: [EventLoopPromise<[SocketAddress]>] = []
    private var turn = 0

    /// The name does not resolve.
    struct NotFound: Error {}

    init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func take(_ found: [SocketAddress]) {
        addresses = found
        let promises = waiting
        waiting = []
        for promise in promises { promise.completeWith(KnownAddresses.result(found)) }
    }

    /// The addresses for one attempt, beginning with another one each time, so that all of them get connections; later
    /// where nothing is known yet.
    func next() -> EventLoopFuture<[SocketAddress]> {
        guard let addresses else {
            let promise = eventLoop.makePromise(of: [SocketAddress].self)
            waiting.append(promise)
            return promise.futureResult
        }
        guard addresses.count > 1 else { return eventLoop.makeCompletedFuture(KnownAddresses.result(addresses)) }
        turn = (turn + 1) % addresses.count
        return eventLoop.makeSucceededFuture(Array(addresses[turn...] + addresses[..<turn]))
    }

    private static func result(_ found: [SocketAddress]) -> Result<[SocketAddress], any Error> {
        found.isEmpty ? .failure(NotFound()) : .success(found)
    }

    deinit {
        for promise in waiting { promise.fail(NotFound()) }
    }
}

/// Gives NIO's connector addresses that are known already, as though it had asked for them.
struct KnownResolver: Resolver, Sendable {
    let addresses: EventLoopFuture<[SocketAddress]>

    func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        addresses.map { found in
            found.filter { if case .v4 = $0 { true } else { false } }
        }
    }

    func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        addresses.map { found in
            found.filter { if case .v6 = $0 { true } else { false } }
        }
    }

    func cancelQueries() {}
}
