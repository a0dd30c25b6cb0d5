import NIOCore
import Sessions

/// The worker's clock tick and its end.
extension Worker {
    /// Milliseconds between two hand-overs of the access log.
    static let logInterval: Int64 = 100
    /// Nanoseconds between two looks for what no token is left for.
    static let purgeInterval: Int64 = 10_000_000_000

    /// Runs the deadlines and the log's hand-over from now on, on one timer.
    func startTicking() {
        ticking?.cancel()
        let interval = min(loop.wheel.slotWidth, Worker.logInterval * 1_000_000)
        let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
        ticking = loop.eventLoop.scheduleRepeatedTask(
            initialDelay: .nanoseconds(interval),
            delay: .nanoseconds(interval)
        ) { task in
            if bound.value.isStopped { return task.cancel() }
            bound.value.tick()
        }
    }

    /// Takes in what became of sessions and users, and ends the tunnels of sessions that are over and of users who are
    /// blocked now: a walk over all of them, with each such change and with nothing else.
    func take(_ changes: [SessionChange]) {
        loop.run {
            self.changes.apply(changes, now: purgeTime())
            isInformed = true
            for change in changes {
                if case .sessionEnded(let sessionID, _) = change.kind { successors[Array(sessionID.utf8)] = nil }
            }
            guard clients.hasTunnels, changes.contains(where: \.takesAccess) else { return }
            clients.forEachTunnel { $0.endIfRevoked(by: self.changes) }
        }
    }

    private func tick() {
        loop.visitDeadlines()
        log.handOver()
        if loop.now >= nextPurge {
            nextPurge = loop.now + Worker.purgeInterval
            changes.purge(now: purgeTime())
            let now = loop.wallSeconds
            // As many as there are sessions in their last minutes.
            successors = successors.filter { $1.expiresAt > now + (snapshot.settings.renewalWindow ?? 0) }
        }
    }

    /// Seconds since 1970, never ahead of what tokens are judged by.
    private func purgeTime() -> Int64 {
        purgeClock.time(wall: loop.wallMilliseconds, steady: loop.now / 1_000_000) / 1000
    }

    /// Ends idle connections and tunnels, and makes each response its connection's last; fulfils `settled` when no client
    /// is there, be it for a moment, or time is up. Whoever comes is served.
    func settle(_ settled: EventLoopPromise<Void>, within limit: TimeAmount) {
        loop.run {
            let timeout = loop.eventLoop.scheduleTask(in: limit) { settled.succeed(()) }
            clients.stop {
                timeout.cancel()
                settled.succeed(())
            }
        }
    }

    /// Lets requests finish once no listener brings more, and fulfils `ended` when the last client is gone. What is left
    /// when time is up is cut.
    func drain(_ ended: EventLoopPromise<Void>, within limit: TimeAmount) {
        loop.run {
            drained = ended
            for cluster in snapshot.clusters {
                cluster.closeIdle()
            }
            let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
            loop.eventLoop.scheduleTask(in: limit) { bound.value.endDrain() }
            clients.stop { bound.value.endDrain() }
        }
    }

    private func endDrain() {
        guard let drained else { return }
        self.drained = nil
        isDrainOver = true
        loop.run { clients.closeAll() }
        drained.succeed(())
    }

    /// Ends what is left once no listener brings anything more. Not to be called from a visit of a deadline.
    func stop() {
        isDrainOver = true
        loop.run {
            clients.closeAll()
            for cluster in snapshot.clusters {
                cluster.end()
            }
        }
        log.handOver()
        isStopped = true
        // The entries hold their connections, and those hold this worker.
        loop.forgetDeadlines()
    }
}

extension SessionChange {
    /// Whether it takes away the access of somebody who had it.
    fileprivate var takesAccess: Bool {
        switch kind {
        case .sessionEnded, .userBlocked: true
        case .userUnblocked, .userKnown: false
        }
    }
}
