import NIOCore

/// What happens when the client or the service is too slow.
extension Exchange {
    /// What the deadline of an exchange stands for.
    enum Wait {
        case nothing, body, serviceStall, firstByte, serviceIdle, clientStall, endpoint, renewal
        /// For one of as many connections to the service as there may be.
        case connection
    }

    /// Sets the deadline.
    func expect(_ wait: Wait, within nanoseconds: Int64) {
        self.wait = wait
        deadline = min(loop.instant(after: nanoseconds), request.endsBy)
    }

    /// A piece of the request's body came. A pause may take the body's time-out, and so far the body may fall behind its
    /// rate: what came before is credit for no longer, and single bytes do not begin the time anew.
    @inline(__always)
    func expectMoreBody(after count: Int) {
        let timeouts = snapshot.settings.clientTimeouts
        guard wait == .body else { return expect(.body, within: timeouts.body) }
        let latest = min(loop.instant(after: timeouts.body), request.endsBy)
        deadline = min(timeouts.bodyDeadline(after: deadline, count: count), latest)
    }

    /// Leaves no deadline but the whole request's.
    func expectNothing() {
        wait = .nothing
        deadline = request.endsBy
    }

    /// A stream that moves is never cut: the clock starts anew with every piece, and with a client that takes nothing a
    /// longer one runs.
    func expectResponseProgress() {
        guard let route = request.route else { return }
        if stream.isWritable {
            expect(.serviceIdle, within: route.timeouts.idle)
        } else {
            unsentAtLastCheck = -1
            expect(.clientStall, within: ClientTimeouts.stall)
        }
    }

    /// The deadline has passed.
    func waitEnded() {
        guard request.isActive, stage != .responded else { return }
        if loop.now >= request.endsBy {
            request.endsBy = .max
            return giveUp(because: .timedOut)
        }
        switch wait {
        case .nothing:
            break
        case .body:
            stream.closeAfterResponse()
            giveUp(.refusal(.requestTimeout))
        case .firstByte, .serviceStall:
            service?.giveUp()
            serviceFailed(.timedOut)
        case .connection:
            if let cluster { giveUp(because: cluster.refuseByLimit()) }
        case .serviceIdle:
            if response.capture != nil {
                closeService()
                serviceFailed(.closed)
            } else {
                Attempts.recordBrokenResponse(.timedOut, self)
                giveUp(because: .timedOut)
            }
        case .clientStall:
            if stream.hasProgressed(since: &unsentAtLastCheck) {
                expect(.clientStall, within: ClientTimeouts.stall)
            } else {
                _ = request.machine.abandon()
                closeService()
                record(.clientLeft)
                end()
                stream.reset()
            }
        case .endpoint:
            // Its reply, should it come, belongs to no request any more.
            generation &+= 1
            LocalReplyPhase.send(.refusal(.unavailable), self)
        case .renewal:
            // On without a successor: the token is as good as it was.
            Hold.resume(self, holds) { exchange, head, path in Hold.proceed(exchange, &head, path: path) }
        }
    }
}
