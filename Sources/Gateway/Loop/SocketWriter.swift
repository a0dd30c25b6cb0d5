import NIOCore
import NIOPosix
import TLS

#if canImport(Glibc)
import Glibc
#endif

/// Writes to a connection: straight to its socket where the channel holds nothing that has to go out before, else through
/// the channel. A write through the channel's pipeline, its queue and its flush costs a seventh of a request.
///
/// All that a connection writes goes through its one writer. What the socket does not take, for whatever reason, is left to
/// the channel, which meets the same reason and deals with it.
///
/// The descriptor is the channel's own. The channel closes it and tells the connection so before it calls anything else of
/// ours but the promises of writes that failed, none of which writes; ``close()`` is to be called there.
///
/// A class for the reason of ``RequestState``.
final class SocketWriter {
    /// The channel's socket; -1 before ``open(_:)`` and where there is none any more.
    private(set) var descriptor: CInt = -1
    /// Whether TLS has to change the bytes on their way.
    private var isSecured = false
    /// Whether the channel was given something since it was last seen empty.
    private var isBehindChannel = false
    private var awaitsFlush = false

    /// Whether it knows a socket to write to.
    var isOpen: Bool { descriptor >= 0 }

    /// Knows a channel's socket from now on, and writes to it unless TLS stands before it.
    ///
    /// Asked once a connection, as the channel finds its descriptor by a cast that costs a fifth of a request.
    func open(_ channel: any Channel) {
        isSecured = (try? channel.pipeline.syncOperations.handler(type: TLSHandler.self)) != nil
        try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
            descriptor = $0
        }
    }

    /// The channel is closed: its descriptor may be another connection's already.
    func close() {
        descriptor = -1
    }

    /// Writes at once what the socket takes; the channel gets the rest, which goes out with the next flush.
    func send(_ bytes: ByteBuffer, to context: ChannelHandlerContext) {
        let sent = past(context.channel) { descriptor, flags in
            bytes.withUnsafeReadableBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, flags) }
        }
        write(bytes, after: sent, to: context)
    }

    /// The same for two pieces, the second right behind the first, in one call of the system.
    func send(_ first: ByteBuffer, _ second: ByteBuffer, to context: ChannelHandlerContext) {
        let sent = past(context.channel) { descriptor, flags in
            first.withUnsafeReadableBytes { first in
                second.withUnsafeReadableBytes { second in
                    withUnsafeTemporaryAllocation(of: iovec.self, capacity: 2) { pieces in
                        // sendmsg does not change what it is given; its type has no way to say so.
                        pieces.initializeElement(at: 0, to: iovec(UnsafeMutableRawBufferPointer(mutating: first)))
                        pieces.initializeElement(at: 1, to: iovec(UnsafeMutableRawBufferPointer(mutating: second)))
                        var message = msghdr()
                        message.msg_iov = pieces.baseAddress
                        message.msg_iovlen = pieces.count
                        return sendmsg(descriptor, &message, flags)
                    }
                }
            }
        }
        write(first, after: sent, to: context)
        write(second, after: max(sent - first.readableBytes, 0), to: context)
    }

    /// Gives bytes to the channel; they go out with the next flush. They may wait long for a peer that reads slowly, and do
    /// not hold more room meanwhile than they take.
    func write(_ bytes: ByteBuffer, to context: ChannelHandlerContext) {
        isBehindChannel = true
        awaitsFlush = true
        context.write(NIOAny(bytes.rightSized()), promise: nil)
    }

    /// Has the channel write what it was given since the last time.
    func flush(_ context: ChannelHandlerContext) {
        guard awaitsFlush else { return }
        awaitsFlush = false
        context.flush()
    }

    /// True where the kernel got rid of some bytes since the last look: a peer that reads slowly reads.
    ///
    /// - Parameter unsent: what it had not got rid of then; -1 before the first look.
    func hasMoved(since unsent: inout CInt) -> Bool {
        guard descriptor >= 0 else { return false }
        var left: CInt = -1
        _ = ioctl(descriptor, UInt(TIOCOUTQ), &left)
        defer { unsent = left }
        return left != unsent
    }

    /// Gives what is left of bytes to the channel, if anything is.
    private func write(_ bytes: ByteBuffer, after sent: Int, to context: ChannelHandlerContext) {
        guard sent < bytes.readableBytes else { return }
        var rest = bytes
        rest.moveReaderIndex(forwardBy: sent)
        write(rest, to: context)
    }

    /// Has `call` write to the socket where the channel holds nothing.
    ///
    /// - Parameter call: given the descriptor and the flags of the system's call, gives its result.
    /// - Returns: how many bytes the socket took, from the first.
    @inline(__always)
    private func past(_ channel: any Channel, _ call: (CInt, CInt) -> Int) -> Int {
        guard descriptor >= 0, !isSecured, hasCaughtUp(channel) else { return 0 }
        return max(call(descriptor, CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL)), 0)
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

extension iovec {
    fileprivate init(_ bytes: UnsafeMutableRawBufferPointer) {
        self.init(iov_base: bytes.baseAddress, iov_len: bytes.count)
    }
}
