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
            lingeringClose()
        case .head:
            beginRequest()
            request.keepAlive = false
            sendLocalReply(.refusal(.requestTimeout))
            process()
        case .body:
            request.keepAlive = false
            if phase == .discard {
                lingeringClose()
            } else if request.endpoint != nil {
                sendLocalReply(.refusal(.requestTimeout))
            } else {
                giveUp(.refusal(.requestTimeout))
            }
        case .firstByte, .serviceStall:
            service?.giveUp()
            serviceFailed(.timedOut)
        case .connection:
            worker.clusters[serviceIndex].counters.refusedByLimit &+= 1
            giveUp(because: .noConnection)
        case .serviceIdle:
            if response.capture != nil {
                closeService()
                serviceFailed(.closed)
            } else {
                recordBrokenResponse(.timedOut)
                giveUp(because: .timedOut)
            }
        case .clientStall:
            if hasClientProgressed() {
                expect(.clientStall, within: GatewaySettings.clientStallTimeout)
            } else {
                clientLeft()
                reset()
            }
        case .endpoint:
            // Its reply, should it come, belongs to no request any more.
            generation &+= 1
            sendLocalReply(.refusal(.unavailable))
        case .renewal:
            goOnWithoutSuccessor()
        case .tunnel:
            tunnelWaitEnded()
        case .linger:
            reset()
        }
    }

    /// True where the kernel got rid of some bytes since the last look: a client that reads slowly reads.
    func hasClientProgressed() -> Bool {
        guard let context else { return false }
        return writer.hasProgressed(since: &unsentAtLastCheck, of: context.channel)
    }
}
