import HTTPWire
import NIOCore

/// Requests that wait for something outside their loop: an exchange with WeChat, a successor token, a phone number.
///
/// Nothing of them has been sent to a service, and the client's body stays where it is: no more of it is read than
/// one buffer.
enum Hold {
    /// Puts the request in hand aside. Whoever calls this sees to it that the completion of ``resumption(of:_:)`` comes; a
    /// time-out answers where it does not.
    ///
    /// - Parameter wait: what its end means; `.endpoint` answers 25003, `.renewal` goes on without a successor.
    static func begin(
        _ exchange: Exchange,
        _ head: borrowing RequestHead,
        path: Span<UInt8>,
        _ wait: Exchange.Wait = .endpoint,
        within limit: Int64 = GatewaySettings.endpointTimeout
    ) {
        exchange.holds &+= 1
        let held = HeldRequest(head: head.detached(), path: Array(copying: path))
        exchange.request.withRareState { $0.held = held }
        exchange.stage = .held
        exchange.expect(wait, within: limit)
    }

    /// What to call from any thread when the wait is over. `body` gets the head and the path back.
    static func resumption<Value: Sendable>(
        of exchange: Exchange,
        _ body: @escaping @Sendable (Exchange, inout RequestHead, Span<UInt8>, Value) -> PhaseResult
    ) -> @Sendable (Value) -> Void {
        let eventLoop = exchange.loop.eventLoop
        let bound = NIOLoopBound(exchange, eventLoop: eventLoop)
        let number = exchange.holds
        return { value in
            eventLoop.execute {
                let exchange = bound.value
                exchange.loop.run {
                    resume(exchange, number) { exchange, head, path in body(exchange, &head, path, value) }
                }
            }
        }
    }

    /// Goes on with a held request; nothing happens where it is not the one that waits.
    ///
    /// - Parameter number: of the hold.
    static func resume(
        _ exchange: Exchange,
        _ number: UInt64,
        _ body: (Exchange, inout RequestHead, Span<UInt8>) -> PhaseResult
    ) {
        // Meanwhile the client may have left, or the request may have ended or gone on.
        guard exchange.request.isActive, exchange.holds == number, exchange.stage == .held,
            let held = exchange.request.rareState?.held
        else { return }
        exchange.request.rareState?.held = nil
        exchange.stage = .forwarding
        exchange.expectNothing()
        var head = held.head
        let path = held.path
        exchange.conclude(body(exchange, &head, path.span))
        exchange.stream.resumeReading()
    }

    /// The phases that follow a wait.
    static func proceed(_ exchange: Exchange, _ head: inout RequestHead, path: Span<UInt8>) -> PhaseResult {
        guard let route = exchange.request.route else { return .reply(.refusal(.internalFault)) }
        return exchange.proceed(&head, path: path, route)
    }
}
