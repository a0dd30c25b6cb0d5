import Glibc

/// The processor time of the calling thread, which stands still while another one has the core.
enum ProcessorTime {
    /// Nanoseconds; only differences mean something. A system call of some 200 ns.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
