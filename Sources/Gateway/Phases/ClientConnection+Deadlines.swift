import HTTPWire
import NIOCore
import NIOPosix

/// What happens when the other side is too slow.
extension ClientConnection {
    func waitEnded() {
        if request.isActive, loop.now >= request.endsBy {
            request.endsBy = .max
            return giveUp(because: .timedOut)
        }
        switch wait {
        case .nothing:
            break
        case .keepAlive:
            drain()
        case .head:
            beginRequest()
            request.keepAlive = false
            answer(.refusal(.requestTimeout))
            process()
        case .body:
            request.keepAlive = false
            if phase == .discard {
                drain()
            } else if request.endpoint != nil {
                answer(.refusal(.requestTimeout))
            } else {
                giveUp(.refusal(.requestTimeout))
            }
        case .firstByte, .serviceStall:
            service?.giveUp()
            serviceFailed(.timedOut)
        case .connection:
            worker.services[serviceIndex].counters.refusedByLimit &+= 1
            giveUp(because: .noConnection)
        case .serviceIdle:
            if response.capture != nil {
                closeService()
                serviceFailed(.closed)
            } else {
                tellBroken(.timedOut)
                giveUp(because: .timedOut)
            }
        case .clientStall:
            if clientMoved() {
                expect(.clientStall, within: GatewaySettings.clientStallTimeout)
            } else {
                clientLeft()
                cut()
            }
        case .endpoint:
            // Its reply, should it come, belongs to no request any more.
            generation &+= 1
            answer(.refusal(.unavailable))
        case .renewal:
            goOnWithoutSuccessor()
        case .tunnel:
            tunnelWaitEnded()
        case .linger:
            cut()
        }
    }

    /// True where the kernel got rid of some bytes since the last look: a client that reads slowly reads.
    func clientMoved() -> Bool {
        guard let context else { return false }
        return writer.hasMoved(since: &unsentAtLastLook, of: context.channel)
    }
}
