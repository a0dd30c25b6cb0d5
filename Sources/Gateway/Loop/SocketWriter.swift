import NIOCore
import NIOPosix
import TLS

#if canImport(Glibc)
import Glibc
#endif

/// Writes to a connection: directly to its socket if the channel holds no earlier bytes, else through the channel. A
/// write through the channel's pipeline, its queue and its flush costs a seventh of a request.
///
/// All writes of a connection go through its one writer. Bytes that the socket does not accept, for any reason, are
/// passed to the channel, which meets the same reason and handles it.
///
/// The descriptor belongs to the channel. The channel closes it and notifies the connection before it calls any other
/// code of ours except the promises of failed writes, which do not write; ``close()`` must be called there.
///
/// A class for the same reason as ``RequestState``.
final class SocketWriter {
    /// The channel's socket; -1 before ``open(_:)`` and where there is none any more.
    private(set) var descriptor: CInt = -1
    /// Whether TLS must encrypt the bytes.
    private var isSecured = false
    /// Whether the channel was given something since it was last seen empty.
    private var isBehindChannel = false
    private var awaitsFlush = false

    /// Whether it knows a socket to write to.
    var isOpen: Bool { descriptor >= 0 }

    /// Starts to use a channel's socket, unless the channel has TLS.
    ///
    /// Called once per connection, as the channel finds its descriptor by a cast that costs a fifth of a request.
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

    /// Writes the bytes that the socket accepts; the channel gets the rest, which is sent with the next flush.
    func send(_ bytes: ByteBuffer, to context: ChannelHandlerContext) {
        let sent = past(context.channel) { descriptor, flags in
            bytes.withUnsafeReadableBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, flags) }
        }
        write(bytes, from: sent, to: bytes.readableBytes, context)
    }

    /// Writes bytes with a piece of other bytes in the middle, in one system call.
    ///
    /// - Parameter offset: the number of bytes before the piece.
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

    /// Passes bytes to the channel, which sends them with the next flush. They may wait long for a slow peer, and hold
    /// no more memory than they need.
    ///
    /// - Parameter promise: succeeds when the kernel has taken them.
    func write(_ bytes: ByteBuffer, to context: ChannelHandlerContext, promise: EventLoopPromise<Void>? = nil) {
        isBehindChannel = true
        awaitsFlush = true
        context.write(NIOAny(bytes.rightSized()), promise: promise)
    }

    /// Makes the channel write the bytes since the last flush.
    func flush(_ context: ChannelHandlerContext) {
        guard awaitsFlush else { return }
        awaitsFlush = false
        context.flush()
    }

    /// Whether bytes of the peer wait in the kernel.
    var hasUnreadInput: Bool {
        guard descriptor >= 0 else { return false }
        var count: CInt = 0
        return ioctl(descriptor, UInt(FIONREAD), &count) == 0 && count > 0
    }

    /// True if the kernel has sent some bytes since the last check: the peer reads, even if slowly. Bytes written since
    /// then look the same.
    ///
    /// - Parameter unsent: the number of bytes that channel and kernel held at the last check. Before the first check:
    ///   0, if having something to read is sufficient, or -1, if nothing is required.
    func hasProgressed(since unsent: inout Int, of channel: any Channel) -> Bool {
        guard descriptor >= 0 else { return false }
        var left: CInt = 0
        _ = ioctl(descriptor, UInt(TIOCOUTQ), &left)
        // The kernel may hold as many bytes as before: the channel refills what it sends.
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

    /// Makes `call` write to the socket if the channel holds nothing.
    ///
    /// - Parameter call: gets the descriptor and the flags of the system call, and returns its result.
    /// - Returns: the number of bytes that the socket accepted, from the first.
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
    /// For a call that only reads: sendmsg does not change its arguments, but its type does not say so.
    fileprivate init(_ bytes: UnsafeRawBufferPointer) {
        self.init(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
    }
}
