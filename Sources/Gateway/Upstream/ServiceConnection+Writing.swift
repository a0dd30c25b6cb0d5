import NIOCore

/// The way of a request's bytes to its service.
extension ServiceConnection {
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

    /// Sends what was written. Where that fails, the exchange may have ended before this returns.
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
