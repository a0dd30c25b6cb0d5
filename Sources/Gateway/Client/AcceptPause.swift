import Logging
import NIOCore

#if canImport(Glibc)
import Glibc
#endif

/// Stops a listener from accepting while no descriptor is left, until some are free again: NIO would try again at once, over
/// and over, and each descriptor that a running request gives back would be a new client's.
final class AcceptPause: ChannelInboundHandler {
    typealias InboundIn = any Channel

    /// Between two looks for free descriptors.
    static let interval = TimeAmount.milliseconds(100)
    /// After so long without a pause all is said to be well again: one line for many short pauses.
    static let calm = TimeAmount.seconds(10)

    private let log: LimitedLog
    private let hasRoom: () -> Bool
    private var isPaused = false
    private var isReported = false
    /// Pauses so far; tells whether another one came.
    private var pauses: UInt64 = 0

    /// - Parameter hasRoom: whether enough descriptors are free to go on.
    init(log: LimitedLog, hasRoom: @escaping () -> Bool) {
        self.log = log
        self.hasRoom = hasRoom
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? IOError, Descriptors.isExhaustion(error.errnoCode) else {
            return context.fireErrorCaught(error)
        }
        guard !isPaused else { return }
        isPaused = true
        pauses &+= 1
        if !isReported {
            isReported = true
            let reason = String(cString: strerror(error.errnoCode))
            log.write(LogKind(.warning, "no connection is accepted until descriptors are free", ["fault": reason]))
        }
        setReading(false, of: context.channel)
        lookAgain(context.channel)
    }

    private func lookAgain(_ channel: any Channel) {
        let bound = NIOLoopBound(self, eventLoop: channel.eventLoop)
        channel.eventLoop.scheduleTask(in: Self.interval) { bound.value.goOn(channel) }
    }

    private func goOn(_ channel: any Channel) {
        guard channel.isActive else { return }
        guard hasRoom() else { return lookAgain(channel) }
        isPaused = false
        setReading(true, of: channel)
        let bound = NIOLoopBound(self, eventLoop: channel.eventLoop)
        channel.eventLoop.scheduleTask(in: Self.calm) { [pauses] in bound.value.reportEnd(of: pauses) }
    }

    private func reportEnd(of pause: UInt64) {
        guard isReported, pause == pauses else { return }
        isReported = false
        log.write(LogKind(.info, "connections are accepted again"))
    }

    private func setReading(_ isOn: Bool, of channel: any Channel) {
        do {
            try channel.syncOptions?.setOption(.autoRead, value: isOn)
        } catch {
            // The listener is closed.
        }
    }
}
