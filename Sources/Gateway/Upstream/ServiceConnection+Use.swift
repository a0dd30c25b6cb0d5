import HTTPWire
import NIOCore
import TLS

#if canImport(Glibc)
import Glibc
#endif

/// What an exchange does with its connection to a service.
extension ServiceConnection {
    /// Checks whether the connection can serve a request: it is not too old, and the socket has no unread bytes and no
    /// close. The age is checked here, too, since its deadline may be closer than the resolution of the wheel.
    func checkReusable() -> Bool {
        guard phase == .idle, !hasFailed, writer.isOpen, loop.now < retiresAt, tls?.isQuiet ?? true else {
            return false
        }
        var byte: UInt8 = 0
        let received = recv(writer.descriptor, &byte, 1, CInt(MSG_PEEK) | CInt(MSG_DONTWAIT))
        // Behind TLS, the bytes may be a close_notify.
        if received > 0, tls == nil { noteStray() }
        return received < 0 && errno == EAGAIN
    }

    /// Stops reading: the client does not keep up.
    func pauseReading() {
        readPaused = true
    }

    func resumeReading() {
        guard readPaused else { return }
        readPaused = false
        if readHeld {
            readHeld = false
            context?.read()
        }
    }

    /// Gives the connection back after ``UpstreamResponseHandler/serviceEnded()``. `reuse`: the request went out whole.
    func release(reuse: Bool) {
        exchange = nil
        resumeReading()
        guard reuse, responseReusable, target.cluster?.reusesConnections ?? true else { return close() }
        if responseClaims, target.claims != .kept { startTrial() } else { park() }
    }

    /// Waits for the next request among the target's idle connections, for a while; closes where it is retired.
    func park() {
        if phase == .idle, !hasFailed, loop.now < retiresAt, target.keep(self) {
            wasIdle = true
            deadline = min(loop.now + target.idleLifetime, retiresAt)
        } else {
            close()
        }
    }

    /// Ends the connection: its service takes too long.
    func giveUp() {
        if phase == .head, !hasAnswered { target.backOffAddress(addressID) }
        close()
    }

    /// Takes a 1xx: another head follows, or another protocol.
    ///
    /// - Returns: false where the connection ended.
    func takeInformational(_ head: borrowing ResponseHead) -> Bool {
        informational += 1
        informationalReusable = informationalReusable && head.reusable
        if head.status == 101 {
            phase = .tunnel
            guard exchange?.serviceSwitched(head) == true else {
                fail(.unsolicitedUpgrade)
                return false
            }
            becomeTunnel()
            return true
        }
        if informational > ServiceConnection.informationalLimit {
            fail(.tooManyInformational)
            return false
        }
        // A 100 responds to an expectation, which the gateway handles itself (RFC 9110 section 10.1.1).
        if head.status != 100 { exchange?.serviceInformed(head) }
        return phase == .head
    }

    // MARK: - Writing

    /// Puts the head in ``outboundHead`` in front of the next flush.
    func writeHead() {
        headWaits = true
    }

    /// Hands bytes of the request's body over, without flushing. One piece is only noted, so that ``flush()`` can send it past
    /// the channel, and with the head in one system call.
    func write(_ bytes: ByteBuffer) {
        guard let context else { return }
        switch phase {
        case .tunnel: return writer.write(bytes, to: context)
        case .body: return writeConfirmed(bytes, to: context)
        case .idle, .head, .leaving, .closed: break
        }
        if pieceWaits {
            if headWaits { writer.write(outboundHead, to: context) }
            headWaits = false
            writer.write(takePiece(), to: context)
        }
        outboundPiece = bytes
        pieceWaits = true
    }

    /// Hands a piece over while the response is running. A response that runs to the close is whole only if the request was:
    /// else its end may be that of a write that failed.
    private func writeConfirmed(_ bytes: ByteBuffer, to context: ChannelHandlerContext) {
        unconfirmed += 1
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenSuccess { self.unconfirmed -= 1 }
        if pieceWaits { writer.write(takePiece(), to: context) }
        writer.write(bytes, to: context, promise: promise)
    }

    private func takePiece() -> ByteBuffer {
        let piece = outboundPiece
        dropPiece()
        return piece
    }

    /// Forgets the piece that was noted.
    func dropPiece() {
        guard pieceWaits else { return }
        pieceWaits = false
        outboundPiece = ByteBuffer()
    }

    /// Sends what was written. Where that fails, an event tells the exchange afterwards.
    func flush() {
        guard let context else { return }
        let withHead = headWaits
        headWaits = false
        if pieceWaits {
            let piece = takePiece()
            if withHead {
                writer.send(outboundHead, with: piece, at: outboundHead.readableBytes, to: context)
            } else {
                writer.send(piece, to: context)
            }
        } else if withHead {
            writer.send(outboundHead, to: context)
        }
        writer.flush(context)
    }

    /// True if some of the written bytes were sent since the last check: the service reads, even if slowly.
    func hasProgressed(since unsent: inout Int) -> Bool {
        guard let context else { return false }
        return writer.hasProgressed(since: &unsent, of: context.channel)
    }
}
