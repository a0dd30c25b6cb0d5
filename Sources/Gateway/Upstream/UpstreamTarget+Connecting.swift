import HTTPWire
import NIOCore
import NIOPosix

/// New connections to a target.
extension UpstreamTarget {
    /// Makes a connection; the handler is notified on its loop, never before this returns.
    ///
    /// - Parameters:
    ///   - only: the id of the address to connect to; nil: all addresses, starting with the one in turn.
    ///   - timeout: for resolving and connecting, in nanoseconds.
    ///   - holdsSlot: whether the connection counts against the service's limit.
    func connect(
        for exchange: any UpstreamResponseHandler,
        only id: Int? = nil,
        within timeout: Int64,
        holdsSlot: Bool = false
    ) {
        let eventLoop = loop.eventLoop
        loop.updateClock()
        openConnections += 1
        cluster?.openConnections += 1
        counters.connectionsMade &+= 1
        let fixed = id.flatMap { pools.index(of: $0) }.map { pools.slots[$0].address } ?? address.fixed
        let addresses = fixed == nil && waitingForName == nil ? pools.takeTurn(now: loop.now) : []
        let first = addresses.count > 1 ? addresses.first : nil
        let attempt = Attempt(target: self, exchange: exchange, first: first, holdsSlot: holdsSlot)
        let bound = NIOLoopBound(attempt, eventLoop: eventLoop)
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(.nanoseconds(timeout))
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.recvAllocator, value: receiveAllocator)
            .channelOption(.socketOption(.so_rcvbuf), value: 256 * 1024)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    // One for each address of a name that is tried: only one of them wins.
                    try bound.value.addHandlers(to: channel)
                }
            }
        let connected =
            if let fixed {
                // No name to look up, and so no thread to wait for.
                bootstrap.connect(to: fixed)
            } else {
                bootstrap.resolver(PresetResolver(addresses: whenKnown(addresses)))
                    .connect(host: address.host, port: address.port)
            }
        let ready =
            security == nil
            ? connected
            : connected.flatMap { channel in
                bound.value.secure(channel)
            }
        ready.whenComplete { result in
            // On loopback, a connection may be open before this call returns, while the handler is in the middle of its
            // own change of state.
            eventLoop.execute {
                let attempt = bound.value
                attempt.loop.run {
                    switch result {
                    case .success(let channel): attempt.succeed(channel)
                    case .failure(let error): attempt.fail(error)
                    }
                }
            }
        }
    }

    /// Encrypted bytes are not returned to the loop's buffer.
    private var receiveAllocator: any RecvByteBufferAllocator {
        security == nil ? LoopReceiveAllocator(loop.serviceReads) : TransientReceiveBuffers()
    }

    /// Adds the handlers of the connection. A handler that transforms bytes belongs in front.
    private func addHandlers(to channel: any Channel) throws {
        try channel.pipeline.syncOperations.addHandler(
            ServiceConnection(target: self, loop: loop, limits: limits)
        )
    }

    /// A connection attempt and its handler.
    struct Attempt {
        private let target: UpstreamTarget
        private let exchange: any UpstreamResponseHandler
        /// Of the handler when it asked.
        private let number: UInt64
        /// The address that is tried first, if there are others.
        private let first: SocketAddress?
        private let holdsSlot: Bool

        init(target: UpstreamTarget, exchange: any UpstreamResponseHandler, first: SocketAddress?, holdsSlot: Bool) {
            self.target = target
            self.exchange = exchange
            number = exchange.attemptNumber
            self.first = first
            self.holdsSlot = holdsSlot
        }

        var loop: LoopContext { target.loop }

        fileprivate func addHandlers(to channel: any Channel) throws { try target.addHandlers(to: channel) }

        fileprivate func secure(_ channel: any Channel) -> EventLoopFuture<any Channel> {
            target.security?.secure(channel) ?? channel.eventLoop.makeSucceededFuture(channel)
        }

        /// The handler still waits for this connection.
        private var isWanted: Bool { exchange.attemptNumber == number }

        func succeed(_ channel: any Channel) {
            // The channel may have closed before it could be used.
            guard let connection = try? channel.pipeline.syncOperations.handler(type: ServiceConnection.self),
                connection.isOpen
            else { return end(.connectFailed) }
            guard !target.isEnded else {
                connection.close()
                return end(.connectFailed)
            }
            connection.count(
                at: target.registerConnection(at: channel.remoteAddress, first: first),
                holdsSlot: holdsSlot
            )
            connection.joinLoop()
            if isWanted { exchange.serviceConnected(connection) } else { connection.park() }
        }

        func fail(_ error: any Error) {
            if let fault = target.security?.fault(for: error) {
                end(fault)
            } else if case .connectTimeout = error as? ChannelError {
                end(.connectTimedOut)
            } else if let error = error as? NIOConnectionError, error.timedOut {
                end(.connectTimedOut)
            } else if Self.isExhaustion(error) {
                end(.noConnection)
            } else if error is NameNotFound || (error as? NIOConnectionError)?.nameNotFound == true {
                end(.nameNotFound)
            } else {
                end(.connectFailed)
            }
        }

        /// No descriptor was left for the connection: that says nothing of the target.
        private static func isExhaustion(_ error: any Error) -> Bool {
            if let error = error as? NIOConnectionError {
                return error.connectionErrors.contains { isExhaustion($0.error) }
            }
            return (error as? IOError).map { Descriptors.isExhaustion($0.errnoCode) } ?? false
        }

        private func end(_ fault: ServiceFault) {
            target.connectionEnded(addressID: nil, holdsSlot: holdsSlot)
            if isWanted { exchange.serviceConnectFailed(fault, at: target) }
        }
    }
}

extension NIOConnectionError {
    /// True where there was no address to try.
    fileprivate var nameNotFound: Bool {
        connectionErrors.isEmpty && (dnsAError != nil || dnsAAAAError != nil)
    }

    /// True if at least one address timed out and no other gave a reason.
    fileprivate var timedOut: Bool {
        connectionErrors.contains { failure in
            if case .connectTimeout = failure.error as? ChannelError { return true }
            return false
        }
    }
}
