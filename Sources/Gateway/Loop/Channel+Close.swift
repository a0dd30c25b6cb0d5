import NIOCore

#if canImport(Glibc)
import Glibc
#endif

/// How a connection ends where closing it alone would say something else.
extension Channel {
    /// Makes the close a reset: what runs to the connection's end would look whole with an orderly one.
    func resetOnClose() {
        guard let socket = self as? any SocketOptionProvider else { return }
        // Where it fails the socket is gone already, and with it what could have looked whole.
        socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenFailure { _ in }
    }

    /// Closes behind all that was written. Where the peer sends no more, closing the output alone would drop it.
    func closeAfterWrites() {
        let written = eventLoop.makePromise(of: Void.self)
        written.futureResult.whenComplete { _ in self.close(promise: nil) }
        writeAndFlush(ByteBuffer(), promise: written)
    }
}
