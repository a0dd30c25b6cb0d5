import NIOCore
import NIOPosix

#if canImport(Glibc)
import Glibc
#endif

/// The way past the channel for what is to be written: straight to the socket, where the channel holds nothing that has to
/// go out before. A write through the channel's pipeline and its queue costs a seventh of a request.
///
/// Whoever writes asks ``send(_:over:)`` first and hands the channel what is left, telling so with ``channelTakes()``. What
/// the socket refuses, for whatever reason, is left: the channel meets the same reason and deals with it.
///
/// The descriptor is the channel's own. The channel closes it and tells the connection so before it calls anything else of
/// ours but the promises of writes that failed, none of which writes; ``close()`` is to be called there.
///
/// One for each connection; a class for the reason of ``RequestState``.
final class SocketWriter {
    private var descriptor: CInt = -1
    /// Whether the channel was given something since it was last seen empty.
    private var isBehindChannel = false
    private var awaitsFlush = false

    /// Writes to a channel's socket from now on. Not for one with a handler that changes the bytes on their way.
    ///
    /// Asked once a connection, as the channel finds its descriptor by a cast that costs a fifth of a request.
    func open(_ channel: any Channel) {
        try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
            descriptor = $0
        }
    }

    /// The channel is closed: its descriptor may be another connection's already.
    func close() {
        descriptor = -1
    }

    /// Gives the socket what it takes now.
    ///
    /// - Returns: how many of the readable bytes that is, from the first.
    func send(_ bytes: ByteBuffer, over channel: any Channel) -> Int {
        guard descriptor >= 0, hasCaughtUp(channel) else { return 0 }
        let sent = bytes.withUnsafeReadableBytes {
            Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL))
        }
        return max(sent, 0)
    }

    /// The channel is about to be given bytes: what comes later goes behind them.
    func channelTakes() {
        isBehindChannel = true
        awaitsFlush = true
    }

    /// Whether the channel was given something since the last time.
    func takeFlush() -> Bool {
        defer { awaitsFlush = false }
        return awaitsFlush
    }

    private func hasCaughtUp(_ channel: any Channel) -> Bool {
        guard isBehindChannel else { return true }
        guard let options = channel.syncOptions,
            let held = try? options.getOption(.bufferedWritableBytes), held == 0
        else { return false }
        isBehindChannel = false
        return true
    }
}
