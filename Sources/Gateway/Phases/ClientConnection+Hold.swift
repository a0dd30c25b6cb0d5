import HTTPWire
import NIOCore

/// Requests that wait for something outside their loop: an exchange with WeChat, a successor token, a phone number.
///
/// Nothing of them has been sent to a service, and the client's body stays where it is: no more of it is read than
/// one buffer.
extension ClientConnection {
    /// Puts the request in hand aside. Whoever calls this sees to it that ``resume(_:_:)`` comes; a time-out answers where
    /// it does not.
    ///
    /// - Parameter wait: what its end means; `.endpoint` answers 25003, `.renewal` goes on without a successor.
    func hold(path: Span<UInt8>, _ wait: Wait = .endpoint, within limit: Int64 = GatewaySettings.endpointTimeout) {
        holds &+= 1
        let held = HeldRequest(head: worker.head.detached(), path: Array(copying: path))
        request.withRareState { $0.held = held }
        phase = .hold
        expect(wait, within: limit)
    }

    /// What to call from any thread when the wait is over. `body` gets the path, and the head is in its place again.
    func resumption<Value: Sendable>(
        _ body: @escaping @Sendable (ClientConnection, Span<UInt8>, Value) -> Void
    ) -> @Sendable (Value) -> Void {
        let connection = NIOLoopBound(self, eventLoop: loop.eventLoop)
        let eventLoop = loop.eventLoop
        let number = holds
        return { value in
            eventLoop.execute {
                connection.value.resume(number) { connection, path in body(connection, path, value) }
            }
        }
    }

    /// On without a successor: the token is as good as it was.
    func goOnWithoutSuccessor() {
        resume(holds) { connection, path in connection.proceed(path: path) }
    }

    private func resume(_ number: UInt64, _ body: (ClientConnection, Span<UInt8>) -> Void) {
        // The client may have left, been answered, or gone on meanwhile.
        guard request.isActive, holds == number, phase == .hold, let held = request.rareState?.held else { return }
        loop.updateClock()
        request.rareState?.held = nil
        wait = .nothing
        deadline = .max
        worker.head = held.head
        phase = held.head.framing == .none ? .response : .body(.service)
        let path = held.path
        body(self, path.span)
        worker.head.release()
        process()
    }
}
