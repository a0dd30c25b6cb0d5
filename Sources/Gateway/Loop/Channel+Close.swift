import NIOCore

#if canImport(Glibc)
import Glibc
#endif

/// Ways to close a connection that differ from a plain close.
extension Channel {
    /// Makes the close a reset: what runs to the connection's end would look whole with an orderly one.
    func resetOnClose() {
        guard let socket = self as? any SocketOptionProvider else { return }
        // If it fails, the socket is already closed, so nothing can look complete.
        socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenFailure { _ in }
    }

    /// Closes after all written bytes. If the peer sends no more, closing only the output would drop the written bytes.
    func closeAfterWrites() {
        let written = eventLoop.makePromise(of: Void.self)
        written.futureResult.whenComplete { _ in self.close(promise: nil) }
        writeAndFlush(ByteBuffer(), promise: written)
    }
}
