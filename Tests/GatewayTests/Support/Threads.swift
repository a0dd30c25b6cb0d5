import Glibc
import NIOPosix

/// A thread for work that blocks.
struct BlockingThread {
    private let handle: pthread_t

    private final class Work: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    init(_ body: @escaping @Sendable () -> Void) throws {
        var handle = pthread_t()
        let work = Unmanaged.passRetained(Work(body))
        let result = pthread_create(&handle, nil, runWork, work.toOpaque())
        guard result == 0 else {
            work.release()
            throw SocketFault(call: "pthread_create", number: result)
        }
        self.handle = handle
    }

    func join() { pthread_join(handle, nil) }

    fileprivate static func run(_ pointer: UnsafeMutableRawPointer) {
        Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue().body()
    }
}

private func runWork(_ pointer: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let pointer { BlockingThread.run(pointer) }
    return nil
}

/// Runs the bodies of tests that block, so that they don't hold up the few threads that everything async shares.
final class BlockingExecutor: TaskExecutor {
    static let shared = BlockingExecutor()

    private let pool = NIOThreadPool(numberOfThreads: 2 * TestSlots.count)

    private init() { pool.start() }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        pool.submit { _ in job.runSynchronously(on: executor) }
    }
}

/// How many gateways run at a time; each brings a dozen threads.
actor TestSlots {
    static let shared = TestSlots()
    static let count = 6

    private var free = TestSlots.count
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func enter() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    func leave() {
        if waiting.isEmpty {
            free += 1
        } else {
            waiting.removeFirst().resume()
        }
    }
}
