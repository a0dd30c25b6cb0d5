import NIOCore
import TLS

#if canImport(Glibc)
import Glibc
#endif

/// What an exchange does with its connection to a service.
extension ServiceConnection {
    /// Whether it may serve a request: nothing waits to be read, neither bytes that nobody asked for nor the service's
    /// close, and it is not too old. The deadline of its age may be closer ahead than the wheel looks.
    func checkReusable() -> Bool {
        guard phase == .idle, isOpen, writer.isOpen, loop.now < retiresAt, tls?.isQuiet ?? true else { return false }
        var byte: UInt8 = 0
        let received = recv(writer.descriptor, &byte, 1, CInt(MSG_PEEK) | CInt(MSG_DONTWAIT))
        // Behind TLS it may as well be a close_notify.
        if received > 0, tls == nil { target.countStray() }
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
        if reuse, responseReusable {
            park()
        } else {
            close()
        }
    }

    /// Waits for the next request among the target's idle connections, for a while; closes where it is retired.
    func park() {
        if phase == .idle, isOpen, loop.now < retiresAt, target.keep(self) {
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

    // MARK: - Writing

    /// Puts the head in ``outboundHead`` before what goes out with the next flush.
    func writeHead() {
        headWaits = true
    }

    /// Hands bytes of the request's body over, without flushing.
    func write(_ bytes: ByteBuffer) {
        guard let context else { return }
        if headWaits {
            headWaits = false
            writer.write(outboundHead, to: context)
        }
        writer.write(bytes, to: context)
    }

    /// Sends what was written. Where that fails, an event tells the exchange afterwards.
    func flush() {
        guard let context else { return }
        if headWaits {
            headWaits = false
            writer.send(outboundHead, to: context)
        }
        writer.flush(context)
    }

    /// True where some of what was written went on since the last look: a service that reads slowly reads.
    func hasProgressed(since unsent: inout Int) -> Bool {
        guard let context else { return false }
        return writer.hasProgressed(since: &unsent, of: context.channel)
    }
}
