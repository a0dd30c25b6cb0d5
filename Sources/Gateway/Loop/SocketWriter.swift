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
        write(bytes, from: sent, to: bytes.readableBytes, context)
    }

    /// The same for bytes with a piece of others in their midst, in one call of the system.
    ///
    /// - Parameter place: how many of the bytes go before the piece.
    func send(_ bytes: ByteBuffer, with piece: ByteBuffer, at offset: Int, to context: ChannelHandlerContext) {
        let sent = past(context.channel) { descriptor, flags in
            bytes.withUnsafeReadableBytes { bytes in
                piece.withUnsafeReadableBytes { piece in
                    withUnsafeTemporaryAllocation(of: iovec.self, capacity: 3) { pieces in
                        pieces.initializeElement(at: 0, to: iovec(UnsafeRawBufferPointer(rebasing: bytes[..<offset])))
                        pieces.initializeElement(at: 1, to: iovec(piece))
                        pieces.initializeElement(at: 2, to: iovec(UnsafeRawBufferPointer(rebasing: bytes[offset...])))
                        var message = msghdr()
                        message.msg_iov = pieces.baseAddress
                        message.msg_iovlen = pieces.count
                        return sendmsg(descriptor, &message, flags)
                    }
                }
            }
        }
        let end = bytes.readableBytes + piece.readableBytes
        guard sent < end else { return }
        write(bytes, from: sent, to: offset, context)
        write(piece, from: sent - offset, to: piece.readableBytes, context)
        write(bytes, from: max(sent - piece.readableBytes, offset), to: bytes.readableBytes, context)
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

    /// True where the kernel got rid of some bytes since the last look: a peer that reads slowly reads. What was written
    /// meanwhile looks the same.
    ///
    /// - Parameter unsent: what channel and kernel had not got rid of then. Before the first look: 0, where having something
    ///   to read is enough, or -1, where nothing is needed.
    func hasProgressed(since unsent: inout Int, of channel: any Channel) -> Bool {
        guard descriptor >= 0 else { return false }
        var left: CInt = 0
        _ = ioctl(descriptor, UInt(TIOCOUTQ), &left)
        // The kernel alone may hold as much as before: it gets from the channel what it got rid of.
        let all = Int(left) + (held(by: channel) ?? 0)
        defer { unsent = all }
        return all != unsent
    }

    /// Gives a part of bytes to the channel, if there is anything in it.
    ///
    /// - Parameters: the first byte's place, or one before all bytes, and the place behind the last.
    private func write(_ bytes: ByteBuffer, from start: Int, to end: Int, _ context: ChannelHandlerContext) {
        let start = max(start, 0)
        guard start < end, let part = bytes.getSlice(at: bytes.readerIndex + start, length: end - start) else { return }
        write(part, to: context)
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
        guard held(by: channel) == 0 else { return false }
        isBehindChannel = false
        return true
    }

    private func held(by channel: any Channel) -> Int? {
        try? channel.syncOptions?.getOption(.bufferedWritableBytes)
    }
}

extension iovec {
    /// For a call that only reads: sendmsg does not change what it is given; its type has no way to say so.
    fileprivate init(_ bytes: UnsafeRawBufferPointer) {
        self.init(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
    }
}
