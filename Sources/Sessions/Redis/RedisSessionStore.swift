import Dispatch
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

#if canImport(Glibc)
import Glibc
#endif

/// The store that several gateways share: Redis, on a thread of its own with two connections, one for requests and one
/// for the changes of others.
///
/// The server may be away at any time, at the start too: requests then fail with `unreachable`, and everything is caught up
/// with when it is back. A change that was answered with success is given to the server again where it lost it.
package final class RedisSessionStore: SessionStore {
    /// Users that one call of `importUsers` may take over; more are `overloaded`, since the server does nothing else
    /// meanwhile.
    package static let largestImport = 10_000
    /// Requests that may wait or run.
    package static let defaultCapacity = 4096

    let keyring: SessionKeyring
    let clock: @Sendable () -> Int64
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let loop: any EventLoop
    private let core: RedisCore
    private let health = RedisHealth()
    private let isOpen = NIOLockedValueBox(true)
    private let finished = DispatchSemaphore(value: 0)

    /// Begins to connect. Whether the server was there says `wasSeen`.
    ///
    /// - Parameters:
    ///   - clock: seconds since 1970, for requests that do not say when they are made. Sessions end by the server's.
    ///   - capacity: requests that may wait or run; one more is `overloaded`.
    ///   - log: runs on the store's thread; must not block.
    package init(
        address: RedisAddress,
        keyring: SessionKeyring,
        clock: @escaping @Sendable () -> Int64 = { Int64(time(nil)) },
        capacity: Int = defaultCapacity,
        log: @escaping @Sendable (RedisStoreEvent) -> Void
    ) {
        self.keyring = keyring
        self.clock = clock
        let loop = group.next()
        self.loop = loop
        let core = RedisCore(address, loop: loop, keyring: keyring, health: health, capacity: capacity, log: log)
        self.core = core
        loop.execute { core.start(address, clock: clock) }
    }

    deinit {
        stop()
    }

    /// Whether requests fail, or changes of other gateways are not heard, at this moment.
    package var isDegraded: Bool { health.isDegraded }

    /// Whether the server has been there since the start.
    package var wasSeen: Bool { health.wasSeen }

    /// Rows of the server that no gateway wrote and that were passed over, since the start.
    package var ignoredRows: Int { health.ignoredRows }

    /// Values that the gateways of this store share.
    package var shared: (any SharedValues)? { RedisSharedValues(store: self) }

    /// Tells the observer all changes that hold, then each new one, on the thread of the store.
    package func follow(_ observer: @escaping @Sendable ([SessionChange]) -> Void) {
        _ = onLoop { $0.follow(observer) }
    }

    /// From a completion, it does not wait: that runs on the thread to wait for.
    package func stop() {
        let wasOpen = isOpen.withLockedValue { isOpen in
            defer { isOpen = false }
            return isOpen
        }
        if wasOpen {
            let (core, group, finished) = (core, group, finished)
            loop.execute {
                core.stop {
                    group.shutdownGracefully { _ in finished.signal() }
                }
            }
        }
        guard !loop.inEventLoop else { return }
        finished.wait()
        finished.signal()
    }

    /// Does something on the loop; false where the store was stopped. The lock keeps the loop from ending before.
    func onLoop(_ work: @escaping @Sendable (RedisCore) -> Void) -> Bool {
        isOpen.withLockedValue { isOpen in
            guard isOpen else { return false }
            let core = core
            loop.execute { work(core) }
            return true
        }
    }

    /// Runs a script whose changes have an order; see ``RedisCore``.
    func run<Value: Sendable>(
        _ script: RedisScript,
        _ arguments: @escaping @Sendable (StreamID, RESPValue?) -> RedisCommand?,
        _ completion: @escaping @Sendable (Result<Value, SessionStoreError>) -> Void,
        decode: @escaping @Sendable (RESPValue, RedisCore) -> Result<Value, SessionStoreError>
    ) {
        let isTaken = onLoop { core in
            core.run(script, arguments) { result in completion(result.flatMap { decode($0, core) }) }
        }
        if !isTaken { completion(.failure(.stopped)) }
    }

    /// Runs a script; `decode` makes the answer of its reply, or says nil where it is not as it should be.
    func run<Value: Sendable>(
        _ script: RedisScript,
        _ arguments: RedisCommand,
        _ completion: @escaping @Sendable (Result<Value, SessionStoreError>) -> Void,
        decode: @escaping @Sendable (RESPValue, RedisCore) -> Result<Value, SessionStoreError>
    ) {
        let isTaken = onLoop { core in
            core.run(script, arguments) { result in completion(result.flatMap { decode($0, core) }) }
        }
        if !isTaken { completion(.failure(.stopped)) }
    }
}
