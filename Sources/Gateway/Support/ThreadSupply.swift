#if canImport(Glibc)
import Glibc
#endif

/// The process cannot have as many threads as it needs.
package struct ThreadShortage: Error, CustomStringConvertible {
    let needed: Int
    let started: Int
    /// Of the attempt that failed.
    let number: CInt

    /// The reason and the cure, for an operator.
    package var description: String {
        let lack =
            started < needed
            ? "only \(started) of \(needed) threads could be started"
            : "there is too little memory for \(needed) threads"
        return
            "\(lack) (\(String(cString: strerror(number)))): raise the limit of tasks (TasksMax= of the unit, pids.max of "
            + "the cgroup, ulimit -u) or of memory (ulimit -v)"
    }
}

/// Whether there are threads to be had. Later, neither the loops nor the runtime of tasks could say that there are none: the
/// one would crash, the other wait for ever.
package enum ThreadSupply {
    /// Address space, in bytes, that is there beside the threads' stacks, for what they allocate.
    private static let headroom = 256 << 20

    /// Starts so many threads at once, and ends them again.
    ///
    /// - Throws: the system has fewer for this process, or too little memory beside them.
    package static func check(_ count: Int) throws(ThreadShortage) {
        let door = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        pthread_mutex_init(door, nil)
        pthread_mutex_lock(door)
        var threads: [pthread_t] = []
        var result: CInt = 0
        while threads.count < count, result == 0 {
            var thread = pthread_t()
            result = pthread_create(&thread, nil, passDoor, door)
            if result == 0 { threads.append(thread) }
        }
        if result == 0 { result = reserve() }
        pthread_mutex_unlock(door)
        for thread in threads { pthread_join(thread, nil) }
        pthread_mutex_destroy(door)
        door.deallocate()
        guard result == 0 else { throw ThreadShortage(needed: count, started: threads.count, number: result) }
    }

    private static func reserve() -> CInt {
        let room = mmap(nil, headroom, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard room != MAP_FAILED else { return errno }
        munmap(room, headroom)
        return 0
    }
}

private func passDoor(_ door: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let door = door?.assumingMemoryBound(to: pthread_mutex_t.self) else { return nil }
    pthread_mutex_lock(door)
    pthread_mutex_unlock(door)
    return nil
}
