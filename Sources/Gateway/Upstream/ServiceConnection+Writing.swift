import NIOCore

/// The way of a request's bytes to its service.
extension ServiceConnection {
    /// Puts the head in ``outboundHead`` before what goes out with the next flush.
    func writeHead() {
        headWaits = true
    }

    /// Hands bytes of the request's body to the channel, without flushing.
    func write(_ bytes: ByteBuffer) {
        if headWaits {
            headWaits = false
            handOver(outboundHead)
        }
        handOver(bytes)
    }

    /// Sends what was written. Where that fails, the exchange may have ended before this returns.
    func flush() {
        if headWaits {
            headWaits = false
            guard let channel = context?.channel else { return }
            let sent = writer.send(outboundHead, over: channel)
            if sent < outboundHead.readableBytes {
                var rest = outboundHead
                rest.moveReaderIndex(forwardBy: sent)
                handOver(rest)
            }
        }
        if writer.takeFlush() { context?.flush() }
    }

    private func handOver(_ bytes: ByteBuffer) {
        writer.channelTakes()
        context?.write(NIOAny(bytes), promise: nil)
    }
}
