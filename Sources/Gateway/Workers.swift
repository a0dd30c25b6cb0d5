import Configuration
import NIOCore

/// The workers, one for each event loop, as the rest of the process reaches them.
struct Workers: Sendable {
    private let bound: [NIOLoopBound<Worker>]

    init(_ bound: [NIOLoopBound<Worker>]) {
        self.bound = bound
    }

    /// The worker of a loop; called on that loop.
    func worker(on eventLoop: any EventLoop) -> Worker? {
        for entry in bound where entry.eventLoop === eventLoop {
            return entry.value
        }
        return nil
    }

    /// Runs something on each worker, and is done when it has run on all.
    func forEach(_ body: @escaping @Sendable (Worker) -> Void) async throws {
        for entry in bound {
            try await entry.eventLoop.submit { body(entry.value) }.get()
        }
    }

    /// Lets every worker finish what it serves; done when all have, or when the loop's clock says enough.
    func drain(within limit: TimeAmount) async {
        let endings = bound.map { entry in
            entry.eventLoop.flatSubmit { () -> EventLoopFuture<Void> in
                let ended = entry.eventLoop.makePromise(of: Void.self)
                entry.value.drain(ended, within: limit)
                return ended.futureResult
            }
        }
        for ending in endings {
            do {
                try await ending.get()
            } catch {
                // The loop is gone, and its connections with it.
                continue
            }
        }
    }
}
