import DequeModule
import NIOCore
import NIOPosix

/// One connection to Redis that comes back by itself. Commands are pipelined; answers come in their order.
///
/// Everything here happens on `loop`, which is why it may be handed around.
final class RedisLink: @unchecked Sendable {
    typealias Completion = (Result<RESPValue, SessionStoreError>) -> Void

    /// For connecting, for an answer, and for waiting until there is a connection.
    static let timeout = TimeAmount.seconds(2)

    /// A connection that lasted for this long says that the server is well.
    private static let steady = TimeAmount.seconds(5)

    private struct Pending {
        let completion: Completion
        let deadline: NIODeadline
    }

    private struct Waiting {
        let command: RedisCommand
        let pending: Pending
    }

    private enum State {
        case idle
        case connecting
        /// Connected, and made ready: commands of others wait.
        case greeting(any Channel)
        case up(any Channel)
        /// Away; the next try is set.
        case away
        case stopped
    }

    let loop: any EventLoop
    private let address: RedisAddress
    /// What makes a new connection ready; an error reply to any of them ends it.
    private let greeting: [RedisCommand]
    private let patience: TimeAmount
    private let capacity: Int
    private var onStateChange: (Bool, RedisStoreEvent.Loss?) -> Void = { _, _ in }

    private var state = State.idle
    private var backoff = RedisBackoff()
    private var running: Deque<Pending> = []
    private var waiting: Deque<Waiting> = []
    private var timer: Scheduled<Void>?
    private var isFlushSet = false
    /// Why the server is taken to be away; nil while it is there, or looked for after it was.
    private var loss: RedisStoreEvent.Loss?
    private var upSince = NIODeadline.uptimeNanoseconds(0)
    private var drained: (() -> Void)?
    /// Tells the end of an old connection from that of the present one.
    private var generation = 0

    /// - Parameters:
    ///   - patience: how long an answer may take beyond `timeout`, where commands block on purpose.
    ///   - capacity: commands that may wait or run.
    init(
        _ address: RedisAddress,
        loop: any EventLoop,
        patience: TimeAmount = .zero,
        capacity: Int = RedisSessionStore.defaultCapacity
    ) {
        self.address = address
        self.capacity = capacity
        self.loop = loop
        self.patience = patience
        var greeting: [RedisCommand] = []
        if let password = address.password {
            var auth = RedisCommand("AUTH")
            if let username = address.username { auth.append(username) }
            auth.append(password)
            greeting.append(auth)
        }
        if address.database != 0 { greeting.append(RedisCommand("SELECT", String(address.database))) }
        greeting.append(RedisCommand("CLIENT", "SETNAME", "menshen"))
        // A server that is still loading its data refuses this.
        greeting.append(RedisCommand("PING"))
        self.greeting = greeting
    }

    /// - Parameter isUpChanged: called with true when commands go through, with false and the reason when not any more,
    ///   and for each try that failed.
    func start(_ onStateChange: @escaping (Bool, RedisStoreEvent.Loss?) -> Void) {
        self.onStateChange = onStateChange
        connect()
    }

    /// Sends a command, or keeps it for at most `timeout` where the server was there before and is being looked for.
    func send(_ command: RedisCommand, _ completion: @escaping Completion) {
        guard running.count + waiting.count < capacity else { return completion(.failure(.overloaded)) }
        let pending = Pending(completion: completion, deadline: .now() + Self.timeout + patience)
        switch state {
        case .up(let channel): write(command, pending, to: channel)
        case .idle, .connecting, .greeting, .away:
            guard loss == nil else { return completion(.failure(.unreachable)) }
            waiting.append(Waiting(command: command, pending: pending))
            setTimer()
        case .stopped: completion(.failure(.stopped))
        }
    }

    /// Ends the connection, so that a new one is made: what came over it cannot be made sense of.
    func drop(_ loss: RedisStoreEvent.Loss) {
        switch state {
        case .greeting(let channel), .up(let channel):
            self.loss = loss
            channel.close(promise: nil)
        case .idle, .connecting, .away, .stopped: break
        }
    }

    /// Calls back when all that was sent is answered, or cannot be any more, and the connection is closed.
    func stop(_ done: @escaping () -> Void) {
        drained = done
        finishIfDrained()
    }

    /// Closes the connection at once; what was sent fails.
    func abandon() {
        let failed = running.map(\.completion) + waiting.map(\.pending.completion)
        running = []
        waiting = []
        stop {}
        for completion in failed { completion(.failure(.stopped)) }
    }

    // MARK: - Connecting

    private func connect() {
        generation += 1
        let (generation, loop) = (generation, loop)
        state = .connecting
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(Self.timeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = try RedisChannelHandler(
                        received: { self.received($0, generation) },
                        ended: { self.ended($0, generation) }
                    )
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
        let channel =
            switch address.endpoint {
            case .tcp(let host, let port): bootstrap.connect(host: host, port: port)
            case .unix(let path): bootstrap.connect(unixDomainSocketPath: path)
            }
        channel.hop(to: loop).whenComplete { result in
            guard generation == self.generation else { return }
            switch result {
            case .success(let channel): self.greet(channel)
            case .failure: self.ended(.connection, generation)
            }
        }
    }

    private func greet(_ channel: any Channel) {
        guard case .connecting = state else {
            channel.close(promise: nil)
            return
        }
        guard channel.isActive else { return ended(.connection, generation) }
        state = .greeting(channel)
        var left = greeting.count
        for command in greeting {
            let completion: Completion = { result in
                guard case .success(let reply) = result else { return }
                if let kind = reply.errorKind { return self.drop(.refused(kind: kind)) }
                left -= 1
                if left == 0 { self.greeted(channel) }
            }
            write(command, Pending(completion: completion, deadline: .now() + Self.timeout), to: channel)
        }
    }

    private func greeted(_ channel: any Channel) {
        guard case .greeting = state, channel.isActive else { return }
        state = .up(channel)
        loss = nil
        upSince = .now()
        onStateChange(true, nil)
        while let next = waiting.popFirst() { write(next.command, next.pending, to: channel) }
    }

    private func ended(_ reason: RedisStoreEvent.Loss, _ generation: Int) {
        guard generation == self.generation else { return }
        // An old connection's words count no more.
        self.generation += 1
        if case .stopped = state { return }
        let wasUp = if case .up = state { true } else { false }
        let reason = loss ?? reason
        loss = reason
        state = .away
        timer?.cancel()
        timer = nil
        let failed = running
        running = []
        onStateChange(false, reason)
        for pending in failed { pending.completion(.failure(.unreachable)) }
        // Where it was there just now, it is waited for; only a try that fails says that the server is away.
        if wasUp, reason == .connection { loss = nil } else { failWaiting { _ in true } }
        finishIfDrained()
        guard case .away = state else { return }
        if wasUp, .now() - upSince > Self.steady { backoff.reset() }
        var generator = SystemRandomNumberGenerator()
        loop.scheduleTask(in: .milliseconds(backoff.delay(using: &generator))) {
            if case .away = self.state { self.connect() }
        }
        setTimer()
    }

    // MARK: - Commands

    private func write(_ command: RedisCommand, _ pending: Pending, to channel: any Channel) {
        running.append(pending)
        var buffer = channel.allocator.buffer(capacity: 256)
        command.write(to: &buffer)
        channel.write(buffer, promise: nil)
        setTimer()
        guard !isFlushSet else { return }
        isFlushSet = true
        loop.execute {
            self.isFlushSet = false
            switch self.state {
            case .greeting(let channel), .up(let channel): channel.flush()
            case .idle, .connecting, .away, .stopped: break
            }
        }
    }

    private func received(_ value: RESPValue, _ generation: Int) {
        guard generation == self.generation else { return }
        guard let pending = running.popFirst() else { return drop(.malformed) }
        pending.completion(.success(value))
        finishIfDrained()
    }

    private func failWaiting(_ isOver: (Waiting) -> Bool) {
        while let first = waiting.first, isOver(first) {
            waiting.removeFirst()
            first.pending.completion(.failure(.unreachable))
        }
    }

    /// One timer for the oldest: answers come in the order of the commands.
    private func setTimer() {
        guard timer == nil, let deadline = running.first?.deadline ?? waiting.first?.pending.deadline else { return }
        timer = loop.scheduleTask(deadline: deadline) {
            self.timer = nil
            let time = NIODeadline.now()
            if let first = self.running.first, first.deadline <= time { self.drop(.timeout) }
            self.failWaiting { $0.pending.deadline <= time }
            self.finishIfDrained()
            self.setTimer()
        }
    }

    private func finishIfDrained() {
        guard let drained, running.isEmpty, waiting.isEmpty else { return }
        self.drained = nil
        timer?.cancel()
        let last = state
        // First: closing tells of the connection's end before it returns, and that is no loss any more.
        state = .stopped
        // Who listens holds this link.
        onStateChange = { _, _ in }
        switch last {
        case .greeting(let channel), .up(let channel): channel.close(promise: nil)
        case .idle, .connecting, .away, .stopped: break
        }
        drained()
    }
}
